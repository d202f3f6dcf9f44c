"""The arguments and options that commands share, and what is read from them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.status import MODEL_UNUSABLE, SOME_FAILED, USAGE, stop
from copytaster.model.limits import MAX_CHARS, MAX_LINES

if TYPE_CHECKING:
    from copytaster.labels import LabelFileError, LabelledPage
    from copytaster.model.classifier import Classifier

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
Cache = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", help="A folder of your own to keep measured pages in, for the next time."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress. Problems are shown all the same.")]


def load_model(path: Path | None) -> Classifier:
    """The model of a file, or the shipped one."""
    from copytaster.model.classifier import load
    from copytaster.model.modelfile import ModelFileError

    try:
        return load(path)
    except ModelFileError as error:
        stop(str(error), MODEL_UNUSABLE)


def preferring(classifier: Classifier, prefer: str) -> Classifier:
    """The model, leaning as an option says."""
    from copytaster.model.classifier import PreferenceError

    try:
        return classifier.preferring(float(prefer) if prefer[-1:].isdigit() else prefer)
    except PreferenceError as error:
        stop(f"--prefer: {error}", USAGE)
    except ValueError:
        stop(f"--prefer: {prefer!r} is neither a number nor precision, balanced or recall", USAGE)


def check_output(path: Path) -> None:
    """See that a file can be written, before the work that takes long."""
    import tempfile

    from copytaster.labels.compression import is_special

    parent = path.absolute().parent
    if path.is_dir() or not parent.is_dir():
        stop(f"{path}: give a file in a folder that exists", USAGE)
    if is_special(path):
        return
    try:
        # Trying is the only test that knows of permissions, read-only disks and full ones.
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        stop(f"{path}: cannot be written ({error.strerror or error}); give a file in another folder", USAGE)


def labelled_pages(paths: Iterable[Path]) -> tuple[list[LabelledPage], int]:
    """The labelled pages of some paths, and how many were skipped because they cannot be read."""
    from copytaster.labels import read_labelled
    from copytaster.labels.files import NO_LABELLED_PAGES, has_labelled

    for path in paths:
        if not os.path.lexists(path):
            stop(f"{path}: no such file or folder; give a folder of labelled pages, or one file", USAGE)
        if path.is_dir() and not has_labelled(path):
            stop(f"{path}: {NO_LABELLED_PAGES}", USAGE)
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
        stop("no labelled page could be read; `copytaster guide` tells how to label", SOME_FAILED)
    return pages, len(problems)
