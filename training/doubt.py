"""Which pages would teach a model most, were they labelled: those it doubts, of sites and layouts not seen yet.

1. A line's *margin* is the probability of its label less that of the likeliest other (Scheffer et al. 2001: margin
   sampling). A page's *doubt* is one less its lines' mean margin.
2. Pages of one site, and of one layout, teach much the same. So they are chosen one by one, and each choice lowers the
   score of the pages that are like it: greedy choice, as for a submodular gain (Nemhauser et al. 1978).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Page
from copytaster.model.classifier import Reading
from copytaster.model.wrap import find_wrap

DOUBTFUL = 0.5
"""Margin below which a line is doubtful: a line in twenty on pages new to the model, with over half of its errors."""
SURE_LINES = 10
"""Lines without doubt that each page is taken to have besides its own: a page of two doubtful lines teaches little."""
SITE_COST = 1.0
"""A page's score is divided by one plus this for each page of its site that comes before it, ..."""
LAYOUT_COST = 0.25
"""... and by one plus this for each of its layout."""

_SIZES = (32, 128, 512)
_SPACED = 0.25
_STEPS = 4
_BODY, _TEASER = LABELS.index(Label.BODY), LABELS.index(Label.TEASER)


class Layout(NamedTuple):
    """How a page is laid out, so coarsely that pages of one template have the same.

    Attributes:
        size: 0 for pages of up to 32 lines, 1 of up to 128, 2 of up to 512, else 3.
        is_wrapped: Whether a renderer broke its lines.
        is_spaced: Whether more than a quarter of its rows are blank.
        body: Which quarter the share of its lines labelled body falls into, from 0 to 4.
        teaser: The same for teasers.
    """

    size: int
    is_wrapped: bool
    is_spaced: bool
    body: int
    teaser: int


class Doubt(NamedTuple):
    """What there is to learn from a page.

    Attributes:
        id: The page's id.
        site: Its site.
        layout: Its layout.
        doubt: 0 to 1, one less the mean margin of its lines and of `SURE_LINES` without doubt.
        lines: How many lines it has.
        doubtful: How many of them have a margin below `DOUBTFUL`.
    """

    id: str
    site: str
    layout: Layout
    doubt: float
    lines: int
    doubtful: int


class Suggestion(NamedTuple):
    """A page in its place among others.

    Attributes:
        place: Which of the pages it is: its index in what was given.
        score: Its doubt, lowered by the pages like it that come before it.
        why: The reasons, in words.
    """

    place: int
    score: float
    why: str


def margins(labels: npt.ArrayLike, probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """By how much the label of each line beats the likeliest other; below 0 where decoding overruled the forest.

    Args:
        labels: For each of n lines an index into `LABELS`.
        probabilities: (n, 4), those of the labels.
    """
    rest = np.array(probabilities, dtype=np.float64).reshape(-1, len(LABELS))
    lines = np.arange(len(rest))
    labels = np.asarray(labels, dtype=np.intp)
    given = rest[lines, labels]
    rest[lines, labels] = -1.0
    return given - rest.max(axis=1, initial=-1.0)


def doubt_of(reading: Reading) -> Doubt:
    """What there is to learn from a page that a model has read."""
    margin = margins(reading.labels, reading.probabilities)
    return Doubt(
        id=reading.page.id,
        site=reading.page.site,
        layout=_layout(reading.page, np.asarray(reading.labels, dtype=np.int64)),
        doubt=float((1.0 - margin.clip(min=0.0)).sum() / (len(margin) + SURE_LINES)),
        lines=len(margin),
        doubtful=int((margin < DOUBTFUL).sum()),
    )


def suggest(doubts: Sequence[Doubt], labelled: Iterable[Doubt] = ()) -> list[Suggestion]:
    """Put pages into the order in which labelling them teaches a model most.

    Args:
        doubts: What there is to learn from each page.
        labelled: The same of pages that are labelled already: others like them come later.

    Returns:
        All pages, the most instructive first; of equals the one given first.
    """
    labelled = list(labelled)
    sites = Counter(doubt.site for doubt in labelled)
    layouts = Counter(doubt.layout for doubt in labelled)

    def score(index: int) -> float:
        doubt = doubts[index]
        return doubt.doubt / (1 + SITE_COST * sites[doubt.site]) / (1 + LAYOUT_COST * layouts[doubt.layout])

    suggestions = []
    for index, reached in _best_first(_alike(doubts), score):
        doubt = doubts[index]
        suggestions.append(Suggestion(index, reached, _why(doubt, sites[doubt.site], layouts[doubt.layout])))
        sites[doubt.site] += 1
        layouts[doubt.layout] += 1
    return suggestions


def _alike(doubts: Sequence[Doubt]) -> list[list[int]]:
    """The pages by site and layout, each group with the page of most doubt last: within a group nothing else counts."""
    groups: dict[tuple[str, Layout], list[int]] = {}
    for index in sorted(range(len(doubts)), key=lambda index: (doubts[index].doubt, -index)):
        groups.setdefault((doubts[index].site, doubts[index].layout), []).append(index)
    return list(groups.values())


def _best_first(groups: Sequence[list[int]], score: Callable[[int], float]) -> Iterable[tuple[int, float]]:
    """The page with the best score, again and again; scores may only fall in between.

    So a score that was the best when it was taken, and has not fallen since, is the best still: most others need not be
    looked at (Minoux 1978).
    """
    heap = [(-score(group[-1]), group[-1], group) for group in groups]
    heapq.heapify(heap)
    while heap:
        _, index, group = heap[0]
        now = (-score(index), index, group)
        if now > heap[0]:
            heapq.heapreplace(heap, now)
            continue
        group.pop()
        yield index, -now[0]
        if group:
            heapq.heapreplace(heap, (-score(group[-1]), group[-1], group))
        else:
            heapq.heappop(heap)


def _layout(page: Page, labels: npt.NDArray[np.int64]) -> Layout:
    share = np.bincount(labels, minlength=len(LABELS)) / max(len(labels), 1)
    return Layout(
        size=sum(len(labels) > size for size in _SIZES),
        is_wrapped=find_wrap(page.rows) is not None,
        is_spaced=page.rows.count("") > _SPACED * len(page.rows),
        body=int(_STEPS * share[_BODY]),
        teaser=int(_STEPS * share[_TEASER]),
    )


def _why(doubt: Doubt, same_site: int, same_layout: int) -> str:
    return f"{doubt.doubtful:,} of {doubt.lines:,} lines doubtful, site {_seen(same_site)}, layout {_seen(same_layout)}"


def _seen(times: int) -> str:
    return "new" if not times else "seen once" if times == 1 else f"seen {times:,} times"
