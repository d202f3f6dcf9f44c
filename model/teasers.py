"""Other stories' teasers: a title, and the blurb printed under it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copytaster.model.article import Teaser
from copytaster.model.places import Places, between
from copytaster.model.wording import columns, says_something, without_bullet
from copytaster.model.wrap import LogicalLine

MAX_BETWEEN = 2
"""Lines of furniture (a date, a section, an author) that may stand between a title and its blurb."""
MIN_BLURB = 60
"""Columns of the shortest blurb; a shorter line is the next title."""
BLURB_TO_TITLE = 1.4
"""A blurb is longer than its title by this factor, or as long as a sentence of its own ..."""
LONG_BLURB = 110
"""... which is so many columns."""

# A blurb is a sentence, whole or cut off; a title too may end with a question or an exclamation mark.
_ends_blurb = re.compile(r"[.…。।۔][\"'”’»«“」』)\]]*$").search
_is_ranked = re.compile(r"\d{1,2}[.)]\s").match


def teasers(
    lines: Sequence[LogicalLine], places: Places, left_out: Sequence[int] = (), headline: str | None = None
) -> tuple[list[Teaser], list[tuple[int, ...]]]:
    """Group a page's teaser lines.

    Args:
        lines: The page's lines.
        places: Where the lines of each label stand.
        left_out: Indices of teaser lines that are the article's own standfirst.
        headline: The article's headline; a list of stories that names it too advertises no other story with it.

    Returns:
        The teasers, each once, and for each the indices of all the lines that print it.
    """
    own = {lines[index].text.lower() for index in left_out} | {(headline or "").lower()}
    found: dict[str, list[str]] = {}  # a title and the lines of its blurb
    sources: dict[str, list[int]] = {}
    printed: set[str] = set()
    key = ""
    last = -1
    for index in places.teaser:
        printed_text = lines[index].text
        text = without_bullet(printed_text)
        wording = text.lower()
        if wording in own or (text is not printed_text and printed_text.lower() in own) or not says_something(text):
            continue
        if key and _reached(places.nav, last, index) and _is_blurb(text, found[key], index - last - 1):
            if wording not in printed:
                found[key].append(text)
        else:
            key = wording
            found.setdefault(key, [text])
        printed.add(wording)
        sources.setdefault(key, []).append(index)
        last = index
    grouped = [Teaser(title, " ".join(blurb) or None) for title, *blurb in found.values()]
    return grouped, [tuple(numbers) for numbers in sources.values()]


def _is_blurb(text: str, teaser: Sequence[str], between: int) -> bool:
    """Whether the line is the blurb of the teaser before it, or goes on with its blurb."""
    width = columns(text)
    if width < MIN_BLURB or not _ends_blurb(text[-8:]) or _is_ranked(text):
        return False
    if len(teaser) > 1:
        return between == 0 and width >= LONG_BLURB
    return width >= BLURB_TO_TITLE * columns(teaser[0]) or width >= LONG_BLURB


def _reached(nav: Sequence[int], last: int, index: int) -> bool:
    """Whether few lines and nothing but furniture stand between two lines."""
    lines = index - last - 1
    return lines == 0 or (lines <= MAX_BETWEEN and len(between(nav, last, index)) == lines)
