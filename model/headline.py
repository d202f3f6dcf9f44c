"""The best headline among the lines that repeat it, and the headline without the site's name.

1. Each headline line is ranked: likely, near the text it heads and before it, repeated elsewhere.
2. A title that the page broke over several lines is joined.
3. Of "Title - Site name" the parts that the page shows to be the site's name are left out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from copytaster.model.places import Places
from copytaster.model.wording import has_word, letters, without_bullet, words
from copytaster.model.wrap import LogicalLine

FAR = 60
"""Lines between headline and text beyond which distance no longer counts."""
FAR_COST = 0.3
"""What that distance takes off a line's rank: a page title at the very top loses to the large title below."""
AFTER_TEXT_COST = 0.5
"""What all the text before a line takes off its rank, and a part of the text in proportion: the line is a sticky header
or stands in a list of stories."""
REPEAT_GAIN = 0.1
"""What each other printing of the same title adds, twice at most."""
NAMESAKES = 8
"""Headline lines below a line among which a title may begin with it."""
MAX_SITE_WORDS = 7
"""A part of a title with more words than that is no site's name."""
MAX_LINES = 4
"""A title is broken over no more lines than that."""
MAX_TITLE = 400
"""Characters beyond which a title is left as it is."""
FOOTER = 60
"""Last lines of furniture among which the copyright notice is looked for."""
VARIANT = 0.34
"""Two neighbouring headline lines that share more of their words than that are versions of a title, not its halves."""

_SEPARATOR = re.compile(r"\s+(?:[-–—·•:~/]|--|::)\s+|\s*[|»｜]\s*|\s*::\s*")
_COLON = re.compile(r":\s+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,6}$", re.IGNORECASE)
_COPYRIGHT = ("©", "(c)", "copyright", "all rights reserved")
# The space that joining puts before the punctuation with which a title's second line begins.
_before_colon = re.compile(r" (?=[:,;])")
_begins_midway = re.compile(r"[:,;–—-]|[^\W\d_]").match
_ends_midway = re.compile(r"[,:&–—-]$").search


def headline(
    rows: Sequence[str],
    lines: Sequence[LogicalLine],
    places: Places,
    likelihoods: Sequence[float] | NDArray[np.floating] | None = None,
    site: str | None = None,
) -> tuple[str | None, tuple[int, ...]]:
    """Choose a page's headline.

    Args:
        rows: Every row of the dump.
        lines: The page's lines.
        places: Where the lines of each label stand.
        likelihoods: For each the probability that it is a headline; None if unknown.
        site: The site's registrable domain, where it is known.

    Returns:
        The headline and the indices of the lines it was made of; None and no index if no line is labelled headline.
    """
    candidates = [index for index in places.headline if has_word(lines[index].text)]
    # `lynx` prints the titles of feeds and other relations of the page above it, behind this mark.
    candidates = [index for index in candidates if not lines[index].text.startswith("#")] or candidates
    if not candidates:
        return None, ()
    best = candidates[0] if len(candidates) == 1 else _best(lines, places.body, candidates, likelihoods)
    parts = _broken_title(rows, lines, candidates, best)
    text = without_bullet(_before_colon.sub("", " ".join(lines[index].text for index in parts)))
    if len(parts) == 1:
        text = without_bullet(lines[best].text)
        others = [lines[index].text for index in candidates if index != best]
        text = without_site(text, others, lines, places.nav, is_page_title=best == 0, site=site)
    return text, tuple(parts)


def _best(
    lines: Sequence[LogicalLine],
    body: Sequence[int],
    candidates: Sequence[int],
    likelihoods: Sequence[float] | NDArray[np.floating] | None,
) -> int:
    """The candidate that ranks highest; of equals the last."""
    text_before = [0, *accumulate(len(lines[index].text) for index in body)]
    wordings = [" ".join(words(lines[index].text)) for index in candidates]
    printed = Counter(wordings)
    best = (-math.inf, -1)
    for number, (index, wording) in enumerate(zip(candidates, wordings, strict=True)):
        place = bisect(body, index)
        later = slice(number + 1, number + 1 + NAMESAKES)
        if any(
            other.startswith(f"{wording} ") and bisect(body, below) == place
            for below, other in zip(candidates[later], wordings[later], strict=True)
        ):
            continue  # the name of a company or a site, with which the title below begins
        distance = (body[place] if place < len(body) else len(lines)) - index
        rank = 1.0 if likelihoods is None else likelihoods[index]
        rank += REPEAT_GAIN * min(2, printed[wording] - 1)
        rank -= FAR_COST * min(FAR, distance) / FAR
        rank -= AFTER_TEXT_COST * text_before[place] / max(1, text_before[-1])
        best = max(best, (rank, index))
    return best[1]


def _broken_title(rows: Sequence[str], lines: Sequence[LogicalLine], candidates: Sequence[int], best: int) -> list[int]:
    """The chosen line and those that go on with it or that it goes on with."""
    chosen = {index for index in candidates if index > 0}
    parts = [best]
    if best not in chosen:  # the page title is never broken
        return parts
    while len(parts) < MAX_LINES and parts[-1] + 1 in chosen and _goes_on(rows, lines, parts[-1], parts[-1] + 1):
        parts.append(parts[-1] + 1)
    while len(parts) < MAX_LINES and parts[0] - 1 in chosen and _goes_on(rows, lines, parts[0] - 1, parts[0]):
        parts.insert(0, parts[0] - 1)
    return parts


def _goes_on(rows: Sequence[str], lines: Sequence[LogicalLine], first: int, second: int) -> bool:
    """Whether the second of two neighbouring headline lines is the rest of the first."""
    here, there = lines[first], lines[second]
    mine, other = set(words(here.text)), set(words(there.text))
    if len(mine & other) > VARIANT * min(len(mine), len(other)):
        return False
    if _ends_midway(here.text) or (_begins_midway(there.text) and not there.text[0].isupper()):
        return True
    # Blank lines tell blocks apart, but only in dumps that print them at all.
    apart = there.first - here.last > 1
    return not apart and "" in rows


def without_site(
    title: str,
    others: Sequence[str],
    lines: Sequence[LogicalLine],
    nav: Sequence[int],
    *,
    is_page_title: bool,
    site: str | None = None,
) -> str:
    """Leave the site's name out of a title, where the page shows which part that is.

    Args:
        title: The title as printed.
        others: The page's other headline lines; one that equals some of the parts settles the matter.
        lines: The page's lines.
        nav: The indices of those that are furniture.
        is_page_title: Whether the title is the page's first line, which browsers show and search engines read. Only
            there is a name of the menu or the logo enough to cut a part: in the large title it is a kicker.
        site: The site's registrable domain, where it is known.
    """
    if len(title) > MAX_TITLE:
        return title
    breaks = [match.span() for match in _SEPARATOR.finditer(title) if match.start() > 0 and match.end() < len(title)]
    leading = _COLON.search(title)
    if not breaks and leading is None:
        return title
    known = {letters(other) for other in others}
    for start, end in reversed(breaks):
        for part in (title[:start], title[end:]):
            if letters(part) in known:
                return part
    names = _SiteNames(lines, nav, site)
    while breaks and names.hold(title[breaks[-1][1] :], in_menu=is_page_title):
        title = title[: breaks[-1][0]]
        breaks.pop()
    if leading is not None and leading.start() < (breaks[0][0] if breaks else len(title)):
        breaks.insert(0, leading.span())
    if breaks and names.hold(title[: breaks[0][0]], in_menu=False):
        title = title[breaks[0][1] :]
    return title


class _SiteNames:
    """The names by which a page calls its site."""

    def __init__(self, lines: Sequence[LogicalLine], nav: Sequence[int], site: str | None) -> None:
        self._site = letters(site.rpartition(".")[0]) if site and "." in site else ""
        self._lines = lines
        self._nav = nav

    @cached_property
    def _menu(self) -> str:
        """The lines of furniture, each between line ends."""
        return "\n".join(["", *[self._lines[index].text for index in self._nav], ""]).casefold()

    @cached_property
    def _rights(self) -> str:
        """The letters of the copyright notices, without spaces within each."""
        footer = [self._lines[index].text for index in self._nav[-FOOTER:]]
        if not _claims_copyright("\n".join(footer)):
            return ""
        return " ".join([letters(text) for text in footer if _claims_copyright(text)])

    def hold(self, part: str, *, in_menu: bool) -> bool:
        """Whether the part of a title is one of the names."""
        name = letters(part)
        if not name or len(part.split()) > MAX_SITE_WORDS:
            return False
        if _DOMAIN.match(part.strip()):
            return True
        if len(self._site) >= 3 and len(name) >= 3 and (name in self._site or (in_menu and self._site in name)):
            return True
        return (len(name) >= 4 and name in self._rights) or (in_menu and f"\n{part.strip().casefold()}\n" in self._menu)


def _claims_copyright(text: str) -> bool:
    return any(map(text.lower().__contains__, _COPYRIGHT))
