"""Near-duplicate pages: the same page twice teaches nothing new, and on both sides of a split it makes scores too good.

Pages are sets of runs of words. MinHash (Broder, "On the resemblance and containment of documents", 1997) with banding
finds the pairs that are likely alike without comparing all with all; their resemblance is then computed exactly.
"""

from __future__ import annotations

import itertools
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import Label
from copytaster.labels.page import LabelledPage, Page
from copytaster.model.wording import words
from copytaster.training.findings import Finding, Severity, place_of, shown

RUN = 4
"""Words in a run."""
ALIKE = 0.7
"""Share of the runs of either page that both have, from which they are near-duplicates. Pages of one site that share
their menus only are far below."""
MIN_RUNS = 20
"""Runs of the shortest page that is looked at: error pages all look the same."""
BANDS, ROWS = 32, 4
"""Of the MinHash signature: a pair as alike as `ALIKE` is missed once in some ten thousand times."""

_FACTORS = np.random.default_rng(0).integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Twins(NamedTuple):
    """Two pages that are nearly the same.

    Attributes:
        first: The index of the first.
        second: The index of the second.
        resemblance: The share of the runs of either that both have.
    """

    first: int
    second: int
    resemblance: float


def near_duplicates(pages: Sequence[Page]) -> list[Twins]:
    """The pairs of pages that are nearly the same, the most alike first. Memory is that of the pages' words."""
    runs = [_runs(page) for page in pages]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for index, found in enumerate(runs):
        if len(found) >= MIN_RUNS:
            signature = _signature(found).reshape(BANDS, ROWS)
            for band in range(BANDS):
                buckets[band, signature[band].tobytes()].append(index)
    candidates = {pair for bucket in buckets.values() for pair in itertools.combinations(bucket, 2)}
    twins = [Twins(one, other, _resemblance(runs[one], runs[other])) for one, other in sorted(candidates)]
    return sorted((twin for twin in twins if twin.resemblance >= ALIKE), key=lambda twin: -twin.resemblance)


def _runs(page: Page) -> npt.NDArray[np.uint64]:
    """The distinct runs of a page's words, as hashes, sorted."""
    text = [zlib.crc32(word.encode("utf-8", "replace")) for row in page.rows for word in words(row)]
    hashes = np.array(text, dtype=np.uint64)
    if len(hashes) < RUN:
        return np.unique(hashes)
    count = len(hashes) - RUN + 1
    runs = np.zeros(count, dtype=np.uint64)
    for step in range(RUN):
        runs = (runs ^ hashes[step : step + count]) * _MIX
        runs ^= runs >> np.uint64(29)
    return np.unique(runs)


def _signature(runs: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = runs[:, None] * _FACTORS[None, :]
    return (mixed ^ (mixed >> np.uint64(32))).min(axis=0)


def _resemblance(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def check_duplicates(pages: Sequence[LabelledPage], against: Sequence[LabelledPage] = ()) -> Iterator[Finding]:
    """Say which pages are there twice, and where the two are labelled differently.

    Args:
        pages: The pages.
        against: Pages that are held back to test on; a page that is also there makes the test's score too good.
    """
    everything = [*pages, *against]
    for first, second, resemblance in near_duplicates([labelled.page for labelled in everything]):
        one, other = everything[first], everything[second]
        if first >= len(pages):
            continue  # both are in the other set
        about = f"{resemblance:.0%} the same as {place_of(one)}"
        details = {"other": one.page.id, "resemblance": round(resemblance, 4)}
        if second >= len(pages):
            yield Finding.on(
                one, Severity.ERROR, "page on both sides",
                f"{resemblance:.0%} the same as {place_of(other)}, which is on the other side of the split",
                "take one of the two away, and keep pages of one site on one side",
                details={**details, "other": other.page.id},
            )  # fmt: skip
            continue
        differing = _differently_labelled(one, other)
        if differing:
            line, others_line = differing[0]
            yield Finding.on(
                other, Severity.ERROR, "twins with different labels",
                f"{about}, but {len(differing)} line{'s' * (len(differing) != 1)} of both are labelled differently, "
                f"first {shown(other.page.rows[line - 1])}: {other.labels[line - 1]} here, "
                f"{one.labels[others_line - 1]} at {place_of(one, others_line)}",
                "decide, label both alike, and keep one of the two", line=line, details=details,
            )  # fmt: skip
        elif one.page.site != other.page.site:
            yield Finding.on(
                other, Severity.WARNING, "twins on two sites",
                f"{about}, and the two are of different sites, so one may be trained on and the other tested on",
                "keep one of the two, or give both the same '# site:'", details=details,
            )  # fmt: skip
        else:
            yield Finding.on(
                other, Severity.INFO, "twins", f"{about}: it counts twice", "keep one of the two", details=details
            )


def _differently_labelled(one: LabelledPage, other: LabelledPage) -> list[tuple[int, int]]:
    """Lines of the second page, and of the first, that occur once on both and have different labels."""
    first, second = _single_lines(one), _single_lines(other)
    return sorted(
        (number, first[text][0])
        for text, (number, label) in second.items()
        if text in first and None not in (label, first[text][1]) and label is not first[text][1]
    )


def _single_lines(page: LabelledPage) -> dict[str, tuple[int, Label | None]]:
    """The lines that occur once on a page, with their number and label."""
    found: dict[str, tuple[int, Label | None]] = {}
    repeated = set()
    for number in page.page.numbers:
        text = page.page.rows[number - 1].strip()
        if text in found:
            repeated.add(text)
        found[text] = (number, page.labels[number - 1])
    return {text: value for text, value in found.items() if text not in repeated}
