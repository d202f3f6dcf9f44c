"""The pages whose text came out worst, with their lines and what they truly are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from copytaster.dumps.markup import escape, lines_markup
from copytaster.training.report.tables import number
from copytaster.training.scores import PageScore

PAGES = 20
"""Pages shown."""
MOST_LINES = 300
"""Lines of a page shown; of a longer page those around the lines that are wrong."""
AROUND = 3
"""Lines shown above and below a wrong one of a longer page."""


def worst(scores: Sequence[PageScore], pages: int = PAGES) -> list[PageScore]:
    """The pages on which anything is wrong, the least right text first, and of equals those with more wrong lines."""
    faulty = [score for score in scores if score.wrong.any() or score.text_score < 1]
    return sorted(faulty, key=lambda score: (score.text_score, -float(score.wrong.mean())))[:pages]


def page_markup(score: PageScore, *, is_open: bool = False) -> str:
    """A page as HTML: how right it is, and its lines in colour."""
    page, wrong = score.page.page, int(score.wrong.sum())
    what = "word F1" if score.word_f1 is not None else "no text marked; share of characters rightly left out"
    facts = [
        f"{what} {number(score.text_score, 2)}",
        f"{wrong:,} of {int(score.decided.sum()):,} lines wrong",
        *(["headline wrong"] if score.headline_right is False else []),
    ]
    known = [page.site, *(page.meta[key] for key in ("lang", "renderer", "kind") if page.meta.get(key))]
    return (
        f"<details{' open' if is_open else ''}><summary><strong>{escape(page.id)}</strong> "
        f"<span>{escape(' · '.join(facts))}</span></summary>\n"
        f"<p>{escape(' · '.join(known))}</p>\n{_lines_markup(score)}</details>\n"
    )


def _lines_markup(score: PageScore) -> str:
    lines, truth = score.lines(), score.truth()
    out, end = [], 0
    for first, after in _stretches(score):
        out.append(_gap(first - end))
        out.append(lines_markup(lines[first:after], truth[first:after]))
        end = after
    return "".join([*out, _gap(len(lines) - end)])


def _stretches(score: PageScore) -> list[tuple[int, int]]:
    """The runs of lines that are shown, by the first and the one after the last."""
    n = len(score.numbers)
    shown = np.ones(n, dtype=bool)
    if n > MOST_LINES:
        near = np.ones(2 * AROUND + 1)
        shown = np.convolve(score.wrong, near, mode="full")[AROUND : AROUND + n] > 0
        shown &= np.cumsum(shown) <= MOST_LINES
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shown.astype(np.int8), [0]])))
    return [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]


def _gap(lines: int) -> str:
    return f'<p class="gap">{lines:,} line{"" if lines == 1 else "s"} left out</p>\n' if lines else ""
