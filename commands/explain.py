"""`copytaster explain`."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import ModelPath, load_model
from copytaster.commands.status import MODEL_UNUSABLE, SOME_FAILED, USAGE, stop

if TYPE_CHECKING:
    from copytaster.dumps.explanation import Paint
    from copytaster.labels.label import Label
    from copytaster.labels.page import Page
    from copytaster.model.classifier import Reading
    from copytaster.model.explain import Explanation

_COLOURS = {"headline": "magenta", "body": "green", "teaser": "yellow", "nav": "blue"}
# As in the width of a page; a pipe has no other.
_WIDTH = 100


class Format(StrEnum):
    """How to write."""

    TEXT = "text"
    JSON = "json"


def explain(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="A page's dump or HTML, or - for standard input.")],
    line: Annotated[
        list[int] | None,
        typer.Option("--line", "-l", metavar="N", help="Explain this line of the dump; may be given several times."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="Features to show for and against.")] = 8,
    page: Annotated[
        str | None, typer.Option("--page", metavar="ID", help="The page to take where the input holds several.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the page was found: its words count as those of a title.")
    ] = None,
    model: ModelPath = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Show the lines of a page with their labels, and why a line has its label.

    \b
      copytaster explain page.txt                the lines, with label and probability
      copytaster explain page.txt --line 12      what spoke for and against its label
      copytaster explain page.txt -l 12 -f json
      lynx -dump https://example.org/ | copytaster explain -

    A "?" marks a doubtful line. Numbers are log odds: +0.7 doubles the odds of the label against the likeliest other
    one, +2.3 makes them tenfold, and what is below 0 speaks for the other. Colours are for terminals only, and
    NO_COLOR switches them off.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.model.attribution import NoCoverError
    from copytaster.model.explain import LineNumberError
    from copytaster.model.explain import explain as explain_lines

    chosen = _page(source, page)
    classifier = load_model(model)
    if url is not None:
        chosen = replace(chosen, url=url)
    try:
        reading, explanations = explain_lines(chosen, line or (), classifier=classifier)
    except LineNumberError as error:
        stop(f"{chosen.id}: {error}", USAGE)
    except NoCoverError as error:
        stop(f"{model or 'the shipped model'}: {error}", MODEL_UNUSABLE)
    if format is Format.JSON:
        _print_json(reading, explanations, classifier.fingerprint)
    elif explanations:
        _print_explanations(reading, explanations, top)
    else:
        _print_lines(reading)


def _page(source: str, wanted: str | None) -> Page:
    """The page of an input, or the one that is wanted of several."""
    from copytaster.dumps import BadPage, InputError, read_pages

    found = []
    try:
        for page in read_pages([source]):
            if wanted is not None and page.id != wanted:
                continue
            found.append(page)
            if wanted is not None or len(found) > 1:
                break
    except InputError as error:
        stop(str(error), USAGE)
    if not found:
        stop(f"{source}: holds no page" + (f" called {wanted}" if wanted is not None else ""), USAGE)
    if len(found) > 1:
        ids = " and ".join(page.id for page in found)
        stop(f"{source}: holds several pages, such as {ids}; choose one with --page", USAGE)
    if isinstance(found[0], BadPage):
        stop(str(found[0]), SOME_FAILED)
    return found[0]


def _print_json(reading: Reading, explanations: list[Explanation], model: str) -> None:
    from copytaster.dumps.explanation import explanation_record, line_record

    record = {
        "id": reading.page.id,
        "url": reading.page.url,
        "model": model,
        "lines": [line_record(line) for line in reading.lines],
        "explained": [explanation_record(explanation) for explanation in explanations],
    }
    # As ASCII, because a terminal's encoding need not have every character.
    typer.echo(json.dumps(record, indent=2))


def _print_lines(reading: Reading) -> None:
    from copytaster.dumps.explanation import line_row

    if not reading.lines:
        typer.echo("the page has no lines", err=True)
    width = _columns() if sys.stdout.isatty() else None
    paint = _paint()
    for line in reading.lines:
        typer.echo(line_row(line, paint, width), color=True)


def _print_explanations(reading: Reading, explanations: list[Explanation], top: int) -> None:
    from copytaster.dumps.explanation import explanation_text, line_row, lines_around

    paint, width = _paint(), _columns()
    for count, explanation in enumerate(explanations):
        if count:
            typer.echo("-" * width + "\n")
        for line in lines_around(reading.lines, explanation.line.number):
            mark = ">" if line.number == explanation.line.number else " "
            typer.echo(line_row(line, paint, width, mark), color=True)
        typer.echo()
        typer.echo(explanation_text(explanation, top, width))


def _columns() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns


def _paint() -> Paint:
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def paint(text: str, label: Label) -> str:
        return typer.style(text, fg=_COLOURS[label], bold=True) if is_coloured else text

    return paint
