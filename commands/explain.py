"""`copytaster explain`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copytaster.commands.options import ModelPath, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, stop

if TYPE_CHECKING:
    from copytaster.labels import Label, Page
    from copytaster.model.article import LabelledLine
    from copytaster.model.explanation import Explanation, Stage

_COLOURS = {"headline": "magenta", "body": "green", "teaser": "yellow", "nav": "bright_black"}
_AROUND = 2  # lines above and below a line that is explained
_NARROWEST = 40


def explain(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="A dump, of any kind that predict reads; - for standard input.")
    ],
    line: Annotated[
        list[int] | None,
        typer.Option("--line", "-l", min=1, metavar="N", help="Tell why line N has its label. May be repeated."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="Features to name for and against, in each stage.")] = 5,
    page: Annotated[
        str | None, typer.Option(metavar="ID", help="Which page of an input that holds several.", show_default=False)
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the page was found, if the input does not say.")
    ] = None,
    model: ModelPath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show how the lines of a page are labelled, and why.

    \b
      copytaster explain page.txt                the page, each line with its label and probability
      copytaster explain page.txt --line 25      what spoke for and against the label of line 25
      copytaster explain crawl.jsonl --page 17   a page of several
      lynx -dump https://example.org/ | copytaster explain - -l 40 -l 41

    Each number beside a feature is the log odds that it adds to the label, against the likeliest other one: +1 makes
    the label 2.7 times as likely, -1 the other. A label of less than 0.75 has a question mark.
    """  # noqa: D301 - click keeps the lines after \b as they are
    classifier = load_model(model)
    found = _page(source, page, url)
    from copytaster.model.explanation import LineError
    from copytaster.model.explanation import explain as reasons_of

    try:
        explanations = reasons_of(found, line or [], classifier)
    except LineError as error:
        stop(str(error), USAGE)
    (reading,) = classifier.read([found])
    if as_json:
        typer.echo(json.dumps(_record(found, reading.lines, explanations, top), ensure_ascii=False, indent=2))
        return
    colour = False if os.environ.get("NO_COLOR") else None  # None: where it is written to a terminal
    width = max(_NARROWEST, shutil.get_terminal_size((100, 24)).columns)
    for text in _told(reading.lines, explanations, top, width) if line else _listed(reading.lines, width):
        typer.echo(text, color=colour)


def _page(source: str, wanted: str | None, url: str | None) -> Page:
    """The page of an input; of several the one that is wanted."""
    from dataclasses import replace

    from copytaster.dumps import InputError, read_pages
    from copytaster.dumps.text import BadPage

    try:
        pages = (page for page in read_pages([source]) if wanted is None or page.id == wanted)
        found, another = next(pages, None), next(pages, None)
    except InputError as error:
        stop(str(error), USAGE)
    if found is None:
        problem = "no page in it" if wanted is None else f"no page {wanted} in it; `copytaster predict -f jsonl`"
        stop(f"{source}: {problem}{'' if wanted is None else ' shows the ids'}", USAGE)
    if isinstance(found, BadPage):
        stop(f"{found.id}: {found.reason}", SOME_FAILED)
    if another is not None:
        stop(f"{source}: holds several pages, such as {found.id} and {another.id}; choose one with --page", USAGE)
    return found if url is None else replace(found, url=url)


def _listed(lines: Sequence[LabelledLine], width: int, marked: Sequence[int] = ()) -> Iterator[str]:
    """The lines of a page, a row each."""
    from copytaster.dumps.markup import is_doubtful

    digits = len(str(lines[-1].number)) if lines else 1
    last = 0
    for line in lines:
        if last and line.number > last + 1:
            yield ""
        last = line.number
        mark = ">" if line.number in marked else " "
        start = f"{mark}{line.number:>{digits}}  "
        told = f"{line.label:8} {line.probability:.2f}{'?' if is_doubtful(line) else ' '}"
        yield start + _coloured(told, line.label) + "  " + _cut(line.text, width - len(start) - len(told) - 2)
    if not lines:
        yield "the page has no line with text"


def _told(lines: Sequence[LabelledLine], explanations: Sequence[Explanation], top: int, width: int) -> Iterator[str]:
    """Each explanation under the line that it is about."""
    for number, explanation in enumerate(explanations):
        if number:
            yield ""
        place = next(n for n, line in enumerate(lines) if line.number == explanation.line.number)
        yield from _listed(lines[max(0, place - _AROUND) : place + _AROUND + 1], width, explanation.rows)
        yield ""
        line, rival = explanation.line, explanation.rival
        label = _coloured(line.label, line.label)
        yield f"Line {line.number:,}: {label} {line.probability:.3f}, {rival} {line.probabilities[rival]:.3f}"
        if len(explanation.rows) > 1:
            yield f"Lines {explanation.rows[0]:,} to {explanation.rows[-1]:,} are one, wrapped, and labelled so."
        if explanation.from_page:
            yield f"By itself {rival} is likelier: {line.label} is what fits the page as a whole."
        for title, stage in (
            ("In its place on the page (second stage, which decides)", explanation.in_place),
            ("By itself and the words around it (first stage)", explanation.by_itself),
        ):
            yield ""
            yield f"{title}: log odds {stage.log_odds:+.2f}"
            yield from _stage(stage, line.label, rival, top, width)


def _stage(stage: Stage, label: Label, rival: Label, top: int, width: int) -> Iterator[str]:
    shown = []
    for word, sign in ((f"for {label}", 1), (f"for {rival}", -1)):
        reasons = [reason for reason in stage.reasons if reason.weight * sign > 0][:top]
        shown += reasons
        for number, reason in enumerate(reasons):
            value = "missing" if reason.value is None else f"{reason.value:.4g}"
            start = f"  {'' if number else word:14}{reason.weight:+6.2f}  "
            end = f" = {value}"
            yield start + _cut(reason.description, width - len(start) - len(end)) + end
    rest = sum(reason.weight for reason in stage.reasons) - sum(reason.weight for reason in shown)
    yield f"  {'the rest':14}{rest:+6.2f}  {len(stage.reasons) - len(shown)} other features"
    yield f"  {'before':14}{stage.before:+6.2f}  before anything is known of the line"


def _coloured(text: str, label: Label) -> str:
    return typer.style(text, fg=_COLOURS[label], bold=label == "headline")


def _cut(text: str, width: int) -> str:
    """The text without control characters, cut to a width of characters."""
    plain = "".join(character if character.isprintable() else " " for character in text[: width + 1])
    return plain if len(plain) <= width else plain[: max(1, width - 1)] + "…"


def _record(page: Page, lines: Sequence[LabelledLine], explanations: Sequence[Explanation], top: int) -> dict[str, Any]:
    """All of it for JSON; of each stage the `top` weightiest reasons."""

    def of_stage(stage: Stage) -> dict[str, Any]:
        return {
            "log_odds": stage.log_odds,
            "before": stage.before,
            "reasons": [vars(reason) for reason in stage.reasons[: 2 * top]],
        }

    return {
        "id": page.id,
        "lines": [
            {"number": line.number, "label": line.label, "probability": line.probability, "text": line.text}
            for line in lines
        ],
        "explanations": [
            {
                "number": explanation.line.number,
                "rows": explanation.rows,
                "label": explanation.line.label,
                "rival": explanation.rival,
                "probabilities": explanation.line.probabilities,
                "from_page": explanation.from_page,
                "second_stage": of_stage(explanation.in_place),
                "first_stage": of_stage(explanation.by_itself),
            }
            for explanation in explanations
        ],
    }
