"""The link numbers of text browsers: `lynx -dump` puts ``[12]`` before each link and lists the addresses below.

The numbers are no part of what the page says, and the list is no part of the page; a classifier that was trained on
dumps without them is led astray by both. `lynx -dump -nolist` prints neither, but is easily forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

MIN_MARKED = 1 / 3
"""Share of the listed links, at least, whose number stands right before a text on the page: a list that nothing refers
to so is the author's own. The links of images and hidden ones have no text behind their number."""
MAX_SKIPPED = 200
"""Links without a text have no number on the page, and hidden ones none in the list; so many may follow one another."""

_is_item = re.compile(
    r"\s*(?:(?P<n>\d{1,5})\.|\[(?P<m>\d{1,5})\]) +(?:https?|ftp|file|mailto|javascript|tel|data|about)[:/]\S*$"
).match
_is_heading = re.compile(r" {0,3}\S[^.\[\]]{0,30}$").match
_NUMBER = re.compile(r"\[(\d{1,5})\]")
_BEFORE_TEXT = re.compile(r"\[(\d{1,5})\](?=[^\s.,;:!?()\[\]])")


class LinkList(NamedTuple):
    """The list of addresses at the end of a dump.

    Attributes:
        start: Index of its first row, the heading included.
        last: The last link's number.
    """

    start: int
    last: int

    def remover(self) -> Callable[[str], str]:
        """What takes the numbers out of the page's lines, which it must be given in order.

        They go up as the links do: a footnote's mark, which is out of their order, stays.
        """
        before = 0

        def remove(match: re.Match[str]) -> str:
            nonlocal before
            number = int(match[1])
            if before < number <= min(self.last, before + MAX_SKIPPED):
                before = number
                return ""
            return match[0]

        return lambda text: _NUMBER.sub(remove, text) if "[" in text else text


def find_links(rows: Sequence[str]) -> LinkList | None:
    """The list of addresses with which a dump ends, or None.

    Args:
        rows: Every row of the dump, blank ones as empty strings.
    """
    start = len(rows)
    last = below = 0
    count = 0
    for index in range(len(rows) - 1, -1, -1):
        row = rows[index]
        if item := _is_item(row):
            number = int(item["n"] or item["m"])
            if below and not below - MAX_SKIPPED <= number < below:
                break
            last, below = last or number, number
            start = index
            count += 1
            if number == 1:
                break
        elif row and not (below and _is_heading(row)):  # "Hidden links:" stands in the middle
            break
    if below != 1 or not _is_referred_to(rows[:start], last, count):
        return None
    return LinkList(_with_heading(rows, start), last)


def _is_referred_to(page: Sequence[str], last: int, count: int) -> bool:
    """Whether enough of the links are marked as a browser marks them: a footnote's mark follows its text."""
    marked = {int(number) for row in page if "[" in row for number in _BEFORE_TEXT.findall(row)}
    return len(marked & set(range(1, last + 1))) >= max(1, MIN_MARKED * count)


def _with_heading(rows: Sequence[str], start: int) -> int:
    """Where the list begins with its heading, in the browser's language, and with "Visible links:" below that."""
    above = start - 1
    for _ in range(2):
        while above >= 0 and not rows[above]:
            above -= 1
        if above < 1 or not _is_heading(rows[above]) or rows[above - 1]:
            break
        start = above
        above -= 1
    return start
