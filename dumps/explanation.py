"""Lines and the reasons for their labels, as text for a terminal and as records for JSON."""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from copytaster.dumps.markup import is_doubtful, percent
from copytaster.labels.label import Label
from copytaster.model.article import LabelledLine
from copytaster.model.explain import Contribution, Explanation, Stage

Paint = Callable[[str, Label], str]
"""Colours a text for a label, or leaves it as it is."""

NARROWEST = 40
"""Columns that a narrower terminal is taken for."""
CONTEXT = 2
"""Lines that are shown above and below an explained one."""

# Marks that turn the direction of what follows; a terminal would turn the rest of the row too.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WIDE = frozenset("WF")
_COLUMNS_BEFORE_TEXT = 26
_STAGES = {
    "second": "Second stage, which decides. It sees the line, and what the first stage thinks of it and of its neighbours.",
    "first": "First stage, whose probabilities the second sees as p_{label} and p_{rival}. It sees the line and the page.",
}


def line_row(line: LabelledLine, paint: Paint, width: int | None = None, mark: str = " ") -> str:
    """A line as a row: its number, label, probability, "?" if it is doubtful, and text.

    Args:
        line: The line.
        paint: How to colour the label.
        width: Columns to cut the row at; None for all of the text.
        mark: What stands before the number.
    """
    text = _DIRECTIONS.sub("", line.text)
    if width is not None:
        text = shortened(text, max(width, NARROWEST) - _COLUMNS_BEFORE_TEXT)
    doubt = "?" if is_doubtful(line) else " "
    label = paint(f"{line.label:<8}", line.label)
    return f"{mark}{line.number:>5}  {label} {percent(line.probability):>6} {doubt} {text}"


def lines_around(lines: Sequence[LabelledLine], number: int) -> list[LabelledLine]:
    """A line and the few above and below it."""
    place = next(at for at, line in enumerate(lines) if line.number == number)
    return list(lines[max(0, place - CONTEXT) : place + CONTEXT + 1])


def explanation_text(explanation: Explanation, top: int, width: int) -> str:
    """Why a line has its label, in words.

    Args:
        explanation: The explanation.
        top: Features to show for either label and stage.
        width: Columns of the terminal.
    """
    width = max(width, NARROWEST)
    line, rival = explanation.line, explanation.rival
    shares = ", ".join(f"{label} {percent(share)}" for label, share in _by_share(line))
    parts = [_wrapped(f"Line {line.number}: why {line.label} and not {rival}? The model says: {shares}.", width)]
    if explanation.first != explanation.last:
        together = f"Rows {explanation.first} to {explanation.last} of the dump count as one line and share a label."
        parts.append(_wrapped(together, width))
    if explanation.was_decoded:
        parts.append(_wrapped(_why_decoded(line.label, rival), width))
    parts += [_stage_text(stage, explanation, top, width) for stage in explanation.stages]
    return "\n\n".join(parts) + "\n"


def line_record(line: LabelledLine) -> dict[str, Any]:
    """A line as JSON has it."""
    return {
        "number": line.number,
        "label": str(line.label),
        "probability": line.probability,
        "probabilities": {str(label): share for label, share in line.probabilities.items()},
        "text": line.text,
    }


def explanation_record(explanation: Explanation, top: int | None = None) -> dict[str, Any]:
    """An explanation as JSON has it, with all features or the ``top`` greatest; a missing value is null."""
    return {
        "number": explanation.line.number,
        "rows": [explanation.first, explanation.last],
        "text": explanation.text,
        "label": str(explanation.line.label),
        "rival": str(explanation.rival),
        "was_decoded": explanation.was_decoded,
        "stages": [
            {
                "stage": stage.name,
                "probabilities": {str(label): share for label, share in stage.probabilities.items()},
                "start": stage.start,
                "log_odds": stage.log_odds,
                "contributions": [
                    {
                        "feature": feature.name,
                        "description": feature.description,
                        "value": value if math.isfinite(value) else None,
                        "log_odds": log_odds,
                    }
                    for feature, value, log_odds in stage.contributions[:top]
                ],
            }
            for stage in explanation.stages
        ],
    }


def shortened(text: str, columns: int) -> str:
    """A text cut to some columns of a terminal, on which some characters take two and some none."""
    used = 0
    for at, character in enumerate(text):
        used += _columns(character)
        if used > columns:
            end, room = at, used - _columns(character)
            while end and room > columns - 1:
                end -= 1
                room -= _columns(text[end])
            return f"{text[:end]}…"
    return text


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _by_share(line: LabelledLine) -> list[tuple[Label, float]]:
    return sorted(line.probabilities.items(), key=lambda item: -item[1])


def _why_decoded(label: Label, rival: Label) -> str:
    if label == Label.BODY:
        why = f"the text around it runs on, so it counts as {label} all the same"
    elif label == Label.HEADLINE:
        why = "a page with a text has a title, and no other line is as likely to be it"
    else:
        why = "it does not lie in the run of lines that make up the article"
    return f"The page as a whole changed its label: taken alone the line is likelier {rival}, but {why}."


def _stage_text(stage: Stage, explanation: Explanation, top: int, width: int) -> str:
    label, rival = explanation.line.label, explanation.rival
    rows = [
        _wrapped(_STAGES[stage.name].format(label=label, rival=rival), width),
        _wrapped(
            f"{label} {percent(stage.probabilities[label])}, {rival} {percent(stage.probabilities[rival])}; log odds of "
            f"{label} against {rival}: {stage.log_odds:+.2f}, from {stage.start:+.2f} for any line.",
            width,
        ),
    ]
    for favoured, sign in ((label, 1), (rival, -1)):
        speaking = [contribution for contribution in stage.contributions if contribution.log_odds * sign > 0]
        rows.append(f"  for {favoured}:" if speaking else f"  for {favoured}: nothing")
        rows += [_contribution_row(contribution, width) for contribution in speaking[:top]]
        if rest := speaking[top:]:
            rows.append(f"    {sum(part.log_odds for part in rest):+6.2f}  {len(rest)} other features together")
    return "\n".join(rows)


def _contribution_row(contribution: Contribution, width: int) -> str:
    feature, value, log_odds = contribution
    shown = "missing" if math.isnan(value) else f"{value:.3g}"
    text = f"{feature.description}: {shown} ({feature.name})"
    return _wrapped(text, width, first=f"    {log_odds:+6.2f}  ", rest=" " * 12)


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
