"""Features of a line's place: where on the page, between which blank lines, how indented, how often repeated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns, share
from copytaster.model.lines import Lines

MIN_BLANK_SHARE = 0.02
"""Share of blank rows from which a dump is taken to print the page's blank lines."""
SHAPE_REACH = 4
"""Lines above and below that `same_shape_near` looks at."""

_HASH_MASK = 0xFFFFFFFF
_MIX = 0x4F1BBCD9  # below 2**31, so that the product with a 32-bit key stays below 2**63


def position(lines: Lines) -> Columns:
    """Where the line stands, and on what page."""
    first, end = lines.first_of_page, lines.end_of_page
    index = np.arange(len(lines))
    width = lines.width.astype(np.int64)
    passed = np.concatenate([[0], np.cumsum(width)])
    total = (passed[end] - passed[first]).astype(np.float64)
    n = (end - first).astype(np.float64)
    yield "lines_above", "lines above on the page", (index - first).astype(np.float64)
    yield "lines_below", "lines below on the page", (end - 1 - index).astype(np.float64)
    yield "line_position", "place among the lines, 0 to 1", share((index - first).astype(np.float64), n)
    yield "text_position", "share of the page's text above", share((passed[index] - passed[first]).astype(float), total)
    yield "page_lines", "lines of the page", n
    yield "page_width", "mean width of the page's lines", share(total, n)


def blanks(lines: Lines) -> Columns:
    """Blank lines around; missing where a dump has hardly any, since there they mean nothing."""
    page = lines.page_of_line
    spaced = lines.blank_share[page] >= MIN_BLANK_SHARE
    block = _blocks(lines)
    size = np.bincount(block)[block].astype(np.float64) if len(lines) else np.zeros(0)
    index = np.arange(len(lines))
    start = np.full(len(lines) + 1, 0)
    if len(lines):
        start = np.searchsorted(block, block)
    yield "blank_share", "blank rows of the page", lines.blank_share[page]
    yield "blanks_before", "blank rows above", np.where(spaced, lines.blanks_before, np.nan)
    yield "blanks_after", "blank rows below", np.where(spaced, lines.blanks_after, np.nan)
    yield "block_lines", "lines of the block without blank rows", np.where(spaced, size, np.nan)
    yield "block_place", "lines above in the block", np.where(spaced, index - start[: len(lines)], np.nan)


def indentation(lines: Lines) -> Columns:
    """Columns before the text."""
    indent = lines.indent.astype(np.float64)
    yield "indent", "columns before the text", indent
    yield "indent_change", "columns more than the line above", indent - lines.shifted(indent, -1)


def repetition(lines: Lines) -> Columns:
    """The same line, or one that begins alike, elsewhere on the page."""
    _, total, place = occurrences(lines, lines.hash)
    yield "repeats", "lines of the page with the same words", total
    yield "repeats_above", "of these, above", place
    first_word = np.zeros(len(lines), dtype=np.int64)
    some = lines.mark("words") > 0
    first_word[some] = lines.word_hash[lines.word_start[:-1][some]]
    _, total, _ = occurrences(lines, first_word)
    yield "same_beginning", "lines of the page with the same first word", np.where(some, total, np.nan)
    shape = shapes(lines)
    same = np.zeros(len(lines))
    for reach in range(1, SHAPE_REACH + 1):
        alike = (shape[reach:] == shape[:-reach]) & (lines.page_of_line[reach:] == lines.page_of_line[:-reach])
        same[reach:] += alike
        same[:-reach] += alike
    yield "same_shape_near", "lines among the eight nearest of the same length and ends", same
    _, total, _ = occurrences(lines, shape.astype(np.int64))
    yield (
        "same_shape",
        "share of the page's lines of the same length and ends",
        share(total, (lines.end_of_page - lines.first_of_page).astype(np.float64)),
    )


def occurrences(
    lines: Lines, key: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each line the first line of its page with the same key, how many have it, and how many of these are above."""
    n = len(lines)
    bits = int(2 * np.diff(lines.page_start).max(initial=0) + 1).bit_length()
    first = np.zeros(n, dtype=np.int64)
    place = np.zeros(n, dtype=np.int64)
    find_alike(
        lines.page_start, key, np.full(1 << bits, -1, dtype=np.int64), np.zeros(n, dtype=np.int64),
        first, place, compile=lines.compile,
    )  # fmt: skip
    total = np.bincount(first, minlength=n)[first]
    return first, total.astype(np.float64), place.astype(np.float64)


@kernel(outputs=2)
def find_alike(page_start, key, slots, seen, first, place):  # type: ignore[no-untyped-def]
    """A hash table of lines, which each page begins anew: a slot that holds a line of an earlier page is free."""
    mask = len(slots) - 1
    for page in range(len(page_start) - 1):
        begin = page_start[page]
        for line in range(begin, page_start[page + 1]):
            slot = ((key[line] & _HASH_MASK) * _MIX >> 20) & mask
            while slots[slot] >= begin and key[slots[slot]] != key[line]:
                slot = (slot + 1) & mask
            if slots[slot] < begin:
                slots[slot] = line
            alike = slots[slot]
            first[line] = alike
            place[line] = seen[alike]
            seen[alike] += 1


def _blocks(lines: Lines) -> npt.NDArray[np.int64]:
    """The index of the block without blank rows that each line belongs to."""
    begins = lines.blanks_before > 0
    begins[lines.page_start[:-1][np.diff(lines.page_start) > 0]] = True
    return np.cumsum(begins) - 1


def shapes(lines: Lines) -> npt.NDArray[np.float64]:
    """A number for the line's length, on a scale of doublings, and for the kinds of characters at its ends."""
    size = np.frexp(lines.width)[1]
    return (size * 64 + lines.mark("first_kind")) * 64 + lines.mark("last_kind")
