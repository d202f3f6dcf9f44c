"""Numbers as tables of HTML, which hold all that the plots show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from copytaster.dumps.markup import escape
from copytaster.training.intervals import Interval, Summary
from copytaster.training.scores import METRICS

NOTHING = "–"
"""What stands for a score that the pages say nothing of."""
TITLES = {"macro": "macro F1", "title": "headlines right", "words": "word F1"}
"""What scores are called whose name alone does not say it."""


def number(value: float, digits: int = 3, sign: str = "") -> str:
    """A number, or what stands for none."""
    return NOTHING if math.isnan(value) else f"{value:{sign}.{digits}f}".replace("-", "−")


def interval(score: Interval, sign: str = "") -> str:
    """A score and below it where it would lie with other sites."""
    if math.isnan(score.low):
        return number(score.value, sign=sign)
    ends = f"{number(score.low, sign=sign)} to {number(score.high, sign=sign)}"
    return f"{number(score.value, sign=sign)}<small>{ends}</small>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table whose first column names the rows. Cells are HTML, escaped by whoever makes them."""
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
        for name, *cells in rows
    )
    # A focusable region, so that a table that is wider than the screen can be scrolled by keyboard.
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )


def score_table(rows: Iterable[tuple[str, Summary]], caption: str, first: str = "") -> str:
    """The scores of some groups of pages, with intervals."""
    head = [first, "pages", "sites", *(TITLES.get(name, name) for name in METRICS)]
    return table(
        head,
        (
            [
                escape(name),
                f"{found.pages:,}",
                f"{found.sites:,}",
                *(interval(found.scores[metric]) for metric in METRICS),
            ]
            for name, found in rows
        ),
        caption,
    )


def folded(summary: str, content: str) -> str:
    """Something that is shown when it is asked for."""
    return f"<details><summary>{escape(summary)}</summary>\n{content}</details>\n"
