"""`copytaster predict`."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import Inputs, ModelPath, Quiet, load_model, preferring
from copytaster.commands.status import INTERRUPTED, SOME_FAILED, USAGE, stop
from copytaster.model.limits import MAX_CHARS, MAX_LINES

if TYPE_CHECKING:
    from copytaster.dumps.progress import JsonLog, Progress
    from copytaster.dumps.run import Request
    from copytaster.model.classifier import Classifier


class Format(StrEnum):
    """The formats of `copytaster.dumps.FORMATS`, which would take too long to import for ``--help``."""

    MARKDOWN = "markdown"
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    TSV = "tsv"
    HTML = "html"
    PARQUET = "parquet"


def predict(
    inputs: Inputs,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; standard output by default. The name gives the format (.md .txt .json .jsonl .tsv "
            ".html .parquet) and the compression (.gz .zst). A folder, as in out/, gets a file for each input.",
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
      copytaster predict page.txt -o a.html  the same to look at, with the article beside it
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
        stop(str(error), USAGE)
    classifier = preferring(load_model(model), prefer)
    problem, status = _run(request, classifier, report)
    report.end(problem)
    if status or report.tally.failed:
        raise typer.Exit(status or SOME_FAILED)
    if report.tally.done == report.tally.empty == 1 and not (quiet or log_json):
        typer.echo("no article found", err=True)


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
