"""When the article was published, as printed: dates in the notations and languages of the news."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from copytaster.model.months import MONTHS

MAX_LENGTH = 300
"""Characters of the longest line in which a date is looked for; a longer one is a caption or a paragraph."""
MAX_BESIDE = 40
"""Characters that stand beside a date of publication; beside one in a caption or an announcement stand more."""
MAX_PARTED = 120
"""Characters of the longest line in which separators bound what stands beside a date."""

# Digits of other scripts count: the two that begin a year in ASCII, Arabic, Persian and Devanagari.
_YEAR = r"(?:19|20|١٩|٢٠|۱۹|۲۰|१९|२०)\d\d"
_BULLETS = " *+●•·○▪"
_has_digit = re.compile(r"\d").search
_may_be_numeric = re.compile(r"\d\s?[-./•年년]\s?\d").search  # whether the pattern below can find any; quicker
_NUMERIC = re.compile(
    rf"(?P<y>{_YEAR})\s?[-./•年년]\s?(?P<m>\d\d?)\s?[-./•月월]\s?(?P<d>\d\d?)(?!\d)(?:日|일)?"
    rf"|(?<![\d.:/-])(?P<d2>\d\d?)[./-]\s?(?P<m2>\d\d?)[./-]\s?(?P<y2>{_YEAR}|\d\d(?![\d:.]))"
)
_NAME = r"(?P<m>[^\W\d_][^\W\d_][^\W\d_]+)"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th|er|º|ª|\.)?[,\s/-]*(?:d[ei]s? |of |tháng )?{_NAME}\.?"
    rf"(?:[,\s/-]*(?:del? |')?(?P<y>{_YEAR}|(?<=[-' ])\d\d(?![\d:.])))?"
)
_MONTH_FIRST = re.compile(
    rf"(?<![^\W\d_]){_NAME}\.?\s+(?P<d>\d\d?)(?!\d|[:.]\d)(?:st|nd|rd|th)?(?:\s?,?\s*'?(?P<y>{_YEAR}|(?<=')\d\d))?"
)
_TIME = re.compile(
    r"(?:\s?[（(]\w{1,3}[）)])?[\s,|·•–—@-]*(?:um|at|à|às|alle|ore|kl\.?|klo|о|в)?"
    r"\s*\d{1,2}(?:[:.hH時시]\s?\d{2}(?::\d{2})?[분分]?|(?=\s?[ap]\.?m))"
    r"(?:\s?(?:[ap]\.?m\.?|Uhr|h)(?![^\W\d_]))?(?:\s(?-i:[A-Z]{2,5})(?![^\W_]))?",
    re.IGNORECASE,
)
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_has_word_on_digit = re.compile(r"\d[^\W\d_]{3}").search
_capital_inside = re.compile(r"(?<=[a-zß-ÿ])[A-Z][^\W\d_]+$").search
_UPDATED = re.compile(
    r"updat|upd\.|aktuali[sz]|actuali[sz]|\bstand\b|aggiorn|modif|mis à jour|bijgewerkt|opp?dater|uppdater|edited"
    r"|обновл|更新|수정|güncel",
    re.IGNORECASE,
)


RELATIVE = r"\d+\s*-?(?:min(?:ute)?s?\b|hours? ago|days? ago|weeks? ago|months? ago)"
"""Pattern of times that are told from today, and of how long a text takes to read."""
_is_time = re.compile(rf"(?:{RELATIVE}(?: read)?|\d\d?[:.]\d\d(?: ?Uhr)?)", re.IGNORECASE).fullmatch


_says_published = re.compile(
    r"\W*(?:\w+ )?(?:publ(?!ic(?:ly)?\b)|pubbl|veröff|posted|opubl|опубл)", re.IGNORECASE
).match
_SEPARATORS = "|·•⋅"


class PrintedDate(NamedTuple):
    """A date found in a line.

    Attributes:
        start: Where in the line it begins.
        end: Where it ends, a time that follows included.
        year: The year; None if none is printed.
        month: The month. In a numeric date of two small numbers it may be the day.
        day: The day of the month.
        updated: Whether it tells when the page was changed.
    """

    start: int
    end: int
    year: int | None
    month: int
    day: int
    updated: bool


class Furniture:
    """Lines of furniture that may tell author or date.

    On most pages the first few tell both, so nothing is looked for before it is asked for.

    Args:
        printed: The lines, the likeliest first.
    """

    def __init__(self, printed: Sequence[str]) -> None:
        self._printed = printed

    @cached_property
    def lines(self) -> list[str]:
        """The lines without the bullets that renderers put before the items of lists."""
        return [line.strip(_BULLETS) for line in self._printed]

    @cached_property
    def dates(self) -> list[PrintedDate | None]:
        """The date in each line, or None."""
        return [find_date(line) for line in self.lines]

    @cached_property
    def tells_when(self) -> list[bool]:
        """Whether each line has a date, or is a time or the minutes a reader needs, which stand where dates do."""
        return [
            date is not None or ("0" <= line[:1] <= "9" and _is_time(line) is not None)
            for line, date in zip(self.lines, self.dates, strict=True)
        ]


def find_date(line: str) -> PrintedDate | None:
    """The best date in a line: one with a year before one without, a first publication before an update."""
    if len(line) > MAX_LENGTH or not _has_digit(line):
        return None
    best = None
    patterns = (_NUMERIC,) if _may_be_numeric(line) else ()
    for pattern in (*patterns, _MONTH_FIRST, _DAY_FIRST) if _names_month(line) else patterns:
        for match in pattern.finditer(line):
            date = _read(line, match)
            if date is not None and (best is None or _worth(date) > _worth(best)):
                best = date
    return best


def _names_month(line: str) -> bool:
    """Whether the two patterns for dates with a month's name can find any; several times as fast as they are."""
    if _has_word_on_digit(line):  # "21stmarch"
        return True
    words = _LONG_WORD.findall(line)
    if not MONTHS.keys().isdisjoint(map(str.lower, words)):
        return True
    inside = [_capital_inside(word) for word in words if not word[1:].islower()]
    return any(glued.group().lower() in MONTHS for glued in inside if glued)


def _worth(date: PrintedDate) -> tuple[bool, bool, int]:
    return date.year is not None, not date.updated, -date.start


def _read(line: str, match: re.Match[str]) -> PrintedDate | None:
    found = {name[0]: text for name, text in match.groupdict().items() if text is not None}
    name = found["m"]
    start = match.start()
    month = int(name) if name.isdigit() else MONTHS.get(name.lower())
    if month is None and match.start("m") == start and (glued := _capital_inside(name)):
        start += glued.start()  # "StaffNovember 21"
        month = MONTHS.get(glued.group().lower())
    day = int(found["d"])
    if month is None or not (1 <= day <= 31 and 1 <= month <= 31 and min(day, month) <= 12):
        return None
    year = int(found["y"]) if "y" in found else None
    if year is not None and year < 100:
        year += 2000 if year < 70 else 1900
    time = _TIME.match(line, match.end())
    # Whatever stands between the date before and this one tells what this one means.
    before = line[max(0, start - 30) : start]
    updated = _UPDATED.search(before) is not None
    return PrintedDate(start, time.end() if time else match.end(), year, month, day, updated)


def _stands_alone(line: str, date: PrintedDate) -> bool:
    """Whether little stands beside the date, in its line or between separators, or the line says "published"."""
    if len(line) - (date.end - date.start) <= MAX_BESIDE or _says_published(line):
        return True
    if len(line) > MAX_PARTED:
        return False
    before = max(line.rfind(mark, 0, date.start) for mark in _SEPARATORS)
    after = min([place for mark in _SEPARATORS if (place := line.find(mark, date.end)) >= 0], default=len(line))
    return after - before - 1 - (date.end - date.start) <= MAX_BESIDE


def published(*places: Furniture) -> str | None:
    """The article's date as printed.

    Args:
        places: Lines of furniture, those that most likely tell the date first.
    """
    best: str | None = None
    first = True
    best_worth = (False, False, False)  # whether it has a year, stands alone, is no update
    for furniture in places:
        before = ""
        for line, date in zip(furniture.lines, furniture.dates, strict=True):
            if date is not None:
                alone = _stands_alone(line, date)
                updated = date.updated or _UPDATED.search(before) is not None
                worth = (date.year is not None, alone, not updated)
                if best is None or worth > best_worth:
                    best = line[date.start : date.end].strip(" ,")
                    best_worth = worth
                    if all(worth):
                        return best
            before = line if len(line) < MAX_BESIDE and date is None else ""
        if first and best_worth >= (True, True, False):
            return best  # a date far from the headline is rather another story's, even if this one is an update
        first = False
    return best
