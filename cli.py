"""The commands: they parse, call the API, print, and tell how it went with their exit status.

The API is imported inside the commands, so that ``--help`` is quick and ``predict`` never waits for scikit-learn.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from copytaster.model.limits import MAX_CHARS, MAX_LINES

if TYPE_CHECKING:
    from copytaster.dumps.progress import JsonLog, Progress
    from copytaster.dumps.run import Request
    from copytaster.labels import LabelFileError, LabelledPage
    from copytaster.model.classifier import Classifier

SOME_FAILED = 1
USAGE = 2
MODEL_UNUSABLE = 3
INTERRUPTED = 130


class Format(StrEnum):
    """The formats of `copytaster.dumps.FORMATS`, which would take too long to import for ``--help``."""

    MARKDOWN = "markdown"
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    TSV = "tsv"
    PARQUET = "parquet"


# No rich formatting: it breaks up the examples, and a traceback with local variables would print whole pages.
app = typer.Typer(
    name="copytaster",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal's encoding lacks is no reason to fail.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    # Asked to end, it removes what is half written.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    app(prog_name="copytaster")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"copytaster {version('copytaster')}")
        raise typer.Exit


@app.callback()
def copytaster(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Rebuild the article from the plain-text dump of a web page.

    Copytaster reads a dump line by line, labels each line headline, body, teaser or nav, and puts the article
    together from them. It needs no HTML.

    \b
      copytaster predict page.txt                  the article, as Markdown
      copytaster predict dumps/ -o articles.jsonl  a folder of dumps, one JSON record a page
      copytaster train my-pages/ -o mine.npz       a model of your own, from labelled pages
      copytaster evaluate my-pages/ --folds 5      how good such a model is
      copytaster guide                             what the four labels mean

    Exit status: 0 all done, 1 some pages failed, 2 wrong usage, 3 the model file is unusable.
    """  # noqa: D301 - click keeps the lines after \b as they are


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUTS",
        help="Dumps: text, JSON Lines, Parquet, WET, WARC or HTML files, plain, .gz or .zst; folders; patterns; "
        "addresses; @FILE with an input a line; - for standard input.",
        show_default=False,
    ),
]
LabelledPaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATHS",
        help="Labelled pages: folders of .tsv and .jsonl files, or such files, plain, .gz or .zst.",
        show_default=False,
    ),
]
ModelPath = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="A model file made by `copytaster train`; else the shipped model."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Worker processes; by default one for each core. The result does not depend on it.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress. Problems are shown all the same.")]


@app.command()
def predict(
    inputs: Inputs,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; standard output by default. The name gives the format (.md .txt .json .jsonl .tsv "
            ".parquet) and the compression (.gz .zst). A folder, as in out/, gets a file for each input.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - what the option is called
        Format | None,
        typer.Option(
            "--format", "-f", help="How to write: by default as the output's name says, and Markdown on a terminal."
        ),
    ] = None,
    model: ModelPath = None,
    prefer: Annotated[
        str,
        typer.Option(
            metavar="precision|balanced|recall",
            help="Drop doubtful lines, or rather keep them. A number is added to every line's log odds of body.",
        ),
    ] = "balanced",
    text_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the dump.")] = "text",
    id_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep their id.")] = "id",
    url_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the URL.")] = "url",
    max_lines: Annotated[int, typer.Option(min=1, metavar="N", help="Most lines of a page.")] = MAX_LINES,
    max_chars: Annotated[int, typer.Option(min=1, metavar="N", help="Most characters of a page.")] = MAX_CHARS,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; else one for each core.")] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Most seconds a page may take; 0 for no limit.")] = 60,
    errors: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a JSON record of each page that fails here.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the same command was stopped.")] = False,
    quiet: Quiet = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Tell how it goes as JSON, an object a line.")] = False,
) -> None:
    """Put the articles of dumps together.

    \b
      copytaster predict page.txt
      lynx -dump https://example.org/ | copytaster predict -
      copytaster predict dumps/ -o articles.jsonl
      copytaster predict CC-MAIN-2026.warc.wet.gz -o articles.jsonl.gz
      copytaster predict crawl.jsonl --text-key content -f jsonl
      copytaster predict page.txt -f tsv     every line with its label and probability
      copytaster predict new/ --model mine.npz
      copytaster predict wet/ -o articles.jsonl.gz --errors failed.jsonl --resume

    A page that cannot be read is named on standard error and left out; the exit status is then 1. The output appears
    when it is complete; an earlier one of that name in a folder of inputs is not read.

    Stopped with Ctrl-C or in any other way, the same command with --resume goes on, and the output is the same as if it
    had not been stopped. Until then a hidden file beside the output (.NAME.part) keeps what is done.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.dumps import InputError, JsonKeys
    from copytaster.dumps.progress import report_for
    from copytaster.dumps.run import Request
    from copytaster.model.limits import Limits

    keys = JsonKeys(text=text_key, id=id_key, url=url_key)
    limits = Limits(max_lines=max_lines, max_chars=max_chars)
    written_as = format.value if format else None
    request = Request(inputs, output, written_as, errors, keys, limits, workers, timeout or None, resume)
    try:
        report = report_for(request, quiet=quiet, log_json=log_json)
    except InputError as error:
        _stop(str(error), USAGE)
    classifier = _preferring(_load(model), prefer)
    problem, status = _run(request, classifier, report)
    report.end(problem)
    if status or report.tally.failed:
        raise typer.Exit(status or SOME_FAILED)
    if report.tally.done == report.tally.empty == 1 and not (quiet or log_json):
        typer.echo("no article found", err=True)


@app.command()
def train(
    paths: LabelledPaths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write.", show_default=False)
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the random choices; another seed makes another model.")] = 0,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder of your own to keep measured pages in, for the next training."),
    ] = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Train a model of your own on labelled pages.

    \b
      copytaster predict some-pages/ -f tsv -o first.tsv   labels to correct, instead of an empty page
      copytaster guide                                     what the labels mean
      copytaster train my-pages/ -o mine.npz --jobs 4
      copytaster predict new-pages/ --model mine.npz

    A labelled page is a .tsv file with a line `label<TAB>text` for each line of the dump. The same pages and the same
    seed give the same model file, byte for byte.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if output.is_dir() or not output.absolute().parent.is_dir():
        # Better now than when the training is over.
        _stop(f"{output}: give a file in a folder that exists", USAGE)
    pages, skipped = _labelled(paths)
    from dataclasses import replace

    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.model.modelfile import ModelFileError
    from copytaster.training.cache import CacheError
    from copytaster.training.fit import DEFAULT_RECIPE, TrainingError, fit
    from copytaster.training.summary import how_to_evaluate, summary

    recipe = replace(DEFAULT_RECIPE, seed=seed)
    try:
        with Progress(sys.stderr, not quiet) as progress:
            classifier = fit(pages, recipe=recipe, jobs=jobs or cpu_count(), progress=progress.say, cache=cache)
        classifier.save(output)
    except (ModelFileError, CacheError) as error:
        _stop(str(error), USAGE)
    except TrainingError as error:
        _stop(str(error), SOME_FAILED)
    typer.echo(summary(pages))
    typer.echo(f"wrote {output}: {output.stat().st_size / 1e6:.1f} MB, model {classifier.fingerprint}")
    typer.echo(how_to_evaluate(paths, output))
    _exit_if_left_out(skipped, "labelled page")


@app.command()
def evaluate(
    paths: LabelledPaths,
    model: ModelPath = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", min=2, metavar="K", help="Train K models, each without some of the sites, and test on those."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Measure a model on labelled pages, or by cross-validation.

    \b
      copytaster evaluate my-pages/                      the shipped model on your pages
      copytaster evaluate my-pages/ --model mine.npz
      copytaster evaluate my-pages/ --folds 5 --jobs 2   a model made of them, by site

    A model does well on the pages that it was trained with, which says nothing: give it others, or use --folds,
    where no site is in both training and test.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if model is not None and folds is not None:
        _stop("--model and --folds exclude each other: --folds trains models of its own", USAGE)
    classifier = _load(model) if folds is None else None
    pages, skipped = _labelled(paths)
    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.training.evaluate import cross_validate
    from copytaster.training.evaluate import evaluate as measure
    from copytaster.training.fit import TrainingError

    try:
        with Progress(sys.stderr, not quiet) as progress:
            if classifier is not None:
                report = measure(pages, classifier)
            else:
                report = cross_validate(pages, folds=folds or 0, jobs=jobs or cpu_count(), progress=progress.say)
    except TrainingError as error:
        _stop(str(error), SOME_FAILED)
    typer.echo(json.dumps(report.record(), ensure_ascii=False, indent=2) if as_json else str(report))
    _exit_if_left_out(skipped, "labelled page")


@app.command()
def guide() -> None:
    """Show the label guide: what each of the four labels is for.

    \b
      copytaster guide | less
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.labels.guide import guide as label_guide

    typer.echo(label_guide(), nl=False)


def _run(request: Request, classifier: Classifier, report: Progress | JsonLog) -> tuple[str | None, int]:
    """Run it, and tell what ended it early, if anything did, and with what status to exit."""
    from copytaster.dumps import FormatError, InputError, MissingExtraError, OutputError, RunError
    from copytaster.dumps.run import run

    try:
        with report:
            run(request, classifier, report)
    except FormatError as error:
        return f"{error} with --format", USAGE
    except (InputError, OutputError, MissingExtraError) as error:
        return str(error), USAGE
    except RunError as error:
        return str(error), SOME_FAILED
    except KeyboardInterrupt:
        return "stopped", INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has seen enough, as in `copytaster predict ... | head`. Python must not flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return None, 0


def _load(path: Path | None) -> Classifier:
    from copytaster.model.classifier import load
    from copytaster.model.modelfile import ModelFileError

    try:
        return load(path)
    except ModelFileError as error:
        _stop(str(error), MODEL_UNUSABLE)


def _preferring(classifier: Classifier, prefer: str) -> Classifier:
    from copytaster.model.classifier import PreferenceError

    try:
        return classifier.preferring(float(prefer) if prefer[-1:].isdigit() else prefer)
    except PreferenceError as error:
        _stop(f"--prefer: {error}", USAGE)
    except ValueError:
        _stop(f"--prefer: {prefer!r} is neither a number nor precision, balanced or recall", USAGE)


def _labelled(paths: Iterable[Path]) -> tuple[list[LabelledPage], int]:
    """The labelled pages of some paths, and how many were skipped because they cannot be read."""
    from copytaster.labels import read_labelled

    for path in paths:
        if not os.path.lexists(path):
            _stop(f"{path}: no such file or folder; give a folder of labelled pages, or one file", USAGE)
    problems: list[LabelFileError | str] = []
    pages: list[LabelledPage] = []
    for page in (page for path in paths for page in read_labelled(path, problems.append)):
        rows = page.page.rows
        if len(rows) > MAX_LINES or sum(map(len, rows)) > MAX_CHARS:
            limits = f"{MAX_LINES:,} lines or {MAX_CHARS:,} characters"
            problems.append(f"{page.page.id}: the page has more than {limits}; label a part of it")
        else:
            pages.append(page)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if not pages:
        _stop("no labelled page could be read; `copytaster guide` tells how to label", SOME_FAILED)
    return pages, len(problems)


def _exit_if_left_out(count: int, what: str) -> None:
    if count:
        typer.echo(f"{count:,} {what}{'' if count == 1 else 's'} left out", err=True)
        raise typer.Exit(SOME_FAILED)


def _stop(message: str, status: int) -> NoReturn:
    typer.echo(f"copytaster: {message}", err=True)
    raise typer.Exit(status)
