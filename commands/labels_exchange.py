"""`copytaster labels import` and `copytaster labels export`: labelled pages from and for other labelling tools."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import ModelPath, labelled_pages, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.labels import LabelledPage
    from copytaster.labels.offsets import Unit
    from copytaster.labels.spans import Guess
    from copytaster.model.classifier import Classifier


class ToolName(StrEnum):
    """The tools of `copytaster.labels.tools.TOOLS`."""

    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    PRODIGY = "prodigy"


class Unlabelled(StrEnum):
    """What becomes of a line without a span."""

    UNDECIDED = "?"
    NAV = "nav"


class Offsets(StrEnum):
    """The units of `copytaster.labels.offsets.Unit`, and to find out."""

    AUTO = "auto"
    CODE_POINTS = "code-points"
    UTF_16 = "utf-16"
    GRAPHEMES = "graphemes"


Force = Annotated[bool, typer.Option("--force", help="Write over files that are there.")]
OffsetsOption = Annotated[
    Offsets,
    typer.Option(
        "--offsets", help="What offsets count. By default what the tool counts; when reading, what fits the file best."
    ),
]


def import_labels(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that the tool exported.", show_default=False)],
    tool: Annotated[ToolName, typer.Option("--from", help="The tool.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write a file a page.", show_default=False)
    ],
    unlabelled: Annotated[
        Unlabelled, typer.Option("--unlabelled", help="What a line becomes that has no label there.")
    ] = Unlabelled.UNDECIDED,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="NAME=LABEL", help="A label that is called otherwise there. Repeatable."),
    ] = None,
    offsets: OffsetsOption = Offsets.AUTO,
    force: Force = False,
) -> None:
    """Make labelled pages of what another tool exported.

    \b
      copytaster labels import project-7.json --from label-studio -o pages/
      copytaster labels import all.jsonl --from doccano -o pages/ --unlabelled nav
      copytaster labels import out.jsonl --from prodigy -o pages/ --rename Title=headline

    A line takes the label of the spans that cover most of it. Lines on which spans contradict each other are named.

    Exit status: 0 all done, 1 some records gave no page or lines were not clear, 2 wrong usage.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.labels import Label
    from copytaster.labels.folder import FolderError, write_folder
    from copytaster.labels.offsets import OffsetsError
    from copytaster.labels.spans import ExchangeError
    from copytaster.labels.tools import TOOLS, import_file

    if not file.exists():
        stop(f"{file}: no such file", USAGE)
    if output.exists() and not output.is_dir():
        stop(f"{output}: give a folder for the pages", USAGE)
    renamed = dict(_renaming(pair) for pair in rename or [])
    default = Label.NAV if unlabelled is Unlabelled.NAV else None
    try:
        found = import_file(file, TOOLS[tool], unit=_unit(offsets), unlabelled=default, renamed=renamed)
        for problem in found.problems:
            typer.echo(problem, err=True)
        for reason in found.left_out:
            typer.echo(f"{reason}; it is left out", err=True)
        if not found.pages:
            stop(f"{file}: no labelled page in it", SOME_FAILED)
        write_folder(found.pages, output, force=force)
    except FolderError as error:
        stop(str(error), USAGE)
    except (ExchangeError, OffsetsError) as error:
        stop(str(error), SOME_FAILED)
    except OSError as error:
        stop(f"{error.filename or output}: cannot be written ({error.strerror or error})", USAGE)
    lines = sum(len(page.page.numbers) for page in found.pages)
    typer.echo(f"wrote {len(found.pages):,} page{'s' * (len(found.pages) != 1)}, {lines:,} lines, to {output}")
    if found.problems:
        typer.echo(f"{len(found.problems):,} line{'s' * (len(found.problems) != 1)} to look at", err=True)
    exit_if_left_out(len(found.left_out), "record")
    if found.problems:
        raise typer.Exit(SOME_FAILED)


def export_labels(
    tool: Annotated[ToolName, typer.Option("--to", help="The tool.", show_default=False)],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATHS", help="Labelled pages, or dumps with --dumps.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file to write.", show_default=False)
    ] = None,
    dumps: Annotated[
        bool, typer.Option("--dumps", help="PATHS are dumps without labels; a model labels them, to be corrected.")
    ] = False,
    predictions: Annotated[
        bool, typer.Option("--predictions", help="Add what a model makes of labelled pages (Label Studio only).")
    ] = False,
    model: ModelPath = None,
    per_line: Annotated[
        bool, typer.Option("--per-line", help="A task a line instead of a page (Prodigy only).")
    ] = False,
    config: Annotated[
        bool, typer.Option("--config", help="Print the project's labelling configuration (Label Studio only).")
    ] = False,
    offsets: OffsetsOption = Offsets.AUTO,
    force: Force = False,
) -> None:
    """Write labelled pages, or dumps to be labelled, for another tool.

    \b
      copytaster labels export --to label-studio --config > config.xml
      copytaster labels export pages/ --to label-studio -o tasks.json --predictions
      copytaster labels export dumps/ --dumps --to doccano -o tasks.jsonl
      copytaster labels export pages/ --to prodigy -o tasks.jsonl --per-line

    Each labelled line is one span, from its first visible character to its last; undecided lines have none. Label
    Studio gets the model's labels as predictions, with their probabilities; the other tools get them as labels of
    dumps.

    Exit status: 0 all done, 1 some pages left out, 2 wrong usage, 3 the model file is unusable.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.labels import prodigy
    from copytaster.labels.labelstudio import CONFIG
    from copytaster.labels.offsets import OffsetsError
    from copytaster.labels.tools import TOOLS, export_file

    if (config or predictions) and tool is not ToolName.LABEL_STUDIO:
        stop("--config and --predictions are for --to label-studio", USAGE)
    if per_line and tool is not ToolName.PRODIGY:
        stop("--per-line is for --to prodigy", USAGE)
    if config:
        typer.echo(CONFIG, nl=False)
        return
    if not paths or output is None:
        stop("give the pages and, with -o, the file to write", USAGE)
    if model is not None and not (dumps or predictions):
        stop("--model is for --dumps and --predictions", USAGE)
    if output.exists() and not force:
        stop(f"{output}: already there; choose another name, or write over it with --force", USAGE)
    pages, skipped = _dumps(paths) if dumps else labelled_pages(paths)
    guesses = _guesses(pages, load_model(model)) if dumps or predictions else [None] * len(pages)
    write = prodigy.write_lines if per_line else TOOLS[tool].write
    try:
        export_file(list(zip(pages, guesses, strict=True)), write, _unit(offsets) or TOOLS[tool].unit, output)
    except OffsetsError as error:
        stop(str(error), USAGE)
    except OSError as error:
        stop(f"{output}: cannot be written ({error.strerror or error})", USAGE)
    typer.echo(f"wrote {len(pages):,} page{'s' * (len(pages) != 1)} to {output}", err=True)
    exit_if_left_out(skipped, "page")


def _renaming(pair: str) -> tuple[str, str]:
    name, sign, label = pair.rpartition("=")
    if not sign or not name or not label:
        stop(f"--rename: {pair!r} is not NAME=LABEL, as in Title=headline", USAGE)
    return name, label


def _unit(offsets: Offsets) -> Unit | None:
    from copytaster.labels.offsets import Unit

    return None if offsets is Offsets.AUTO else Unit(offsets.value)


def _dumps(paths: Sequence[Path]) -> tuple[list[LabelledPage], int]:
    """The pages of some dumps, all undecided, and how many could not be read."""
    from copytaster.dumps import BadPage, InputError, read_pages
    from copytaster.labels import LabelledPage

    pages: list[LabelledPage] = []
    bad = 0
    try:
        for page in read_pages([str(path) for path in paths]):
            if isinstance(page, BadPage):
                typer.echo(f"{page.id}: {page.reason}", err=True)
                bad += 1
            elif page.numbers:
                pages.append(LabelledPage(page, (None,) * len(page.rows)))
    except InputError as error:
        stop(str(error), USAGE)
    if not pages:
        stop("no page with text could be read", SOME_FAILED)
    return pages, bad


def _guesses(pages: Sequence[LabelledPage], classifier: Classifier) -> list[Guess | None]:
    """What a model makes of each page."""
    import itertools

    from copytaster.dumps.progress import Progress
    from copytaster.labels.spans import Guess
    from copytaster.model.classifier import BATCH_PAGES

    guesses: list[Guess | None] = []
    name = f"copytaster-{classifier.fingerprint}"
    remaining = iter(pages)
    with Progress(sys.stderr) as progress:
        while batch := list(itertools.islice(remaining, BATCH_PAGES)):
            for reading in classifier.read([page.page for page in batch]):
                labels = dict.fromkeys(range(1, len(reading.page.rows) + 1))
                scores = [0.0] * len(reading.page.rows)
                labels = {**labels, **{line.number: line.label for line in reading.lines}}
                for line in reading.lines:
                    scores[line.number - 1] = line.probability
                guesses.append(Guess(name, list(labels.values()), scores))
            progress.say(f"labelled {len(guesses):,} of {len(pages):,} pages")
    return guesses
