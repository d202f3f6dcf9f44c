"""Offsets into a text as labelling tools count them, and the lines of the text that spans lie on.

Python counts code points. JavaScript counts UTF-16 code units, so that an emoji counts twice; some tools count what a
reader takes for one character, grapheme clusters (Unicode Standard Annex 29), so that a family emoji counts once.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from copytaster.labels.page import clean_row

_LINE_END = re.compile(r"\r\n|\r|\n")


class OffsetsError(ValueError):
    """Offsets that cannot be counted or lie outside the text."""


class Unit(StrEnum):
    """What an offset counts."""

    CODE_POINTS = "code-points"
    UTF_16 = "utf-16"
    GRAPHEMES = "graphemes"


class Ruler:
    """Translates between Python's indices into a text and another count.

    Args:
        text: The text.
        unit: What the other count counts.

    Raises:
        OffsetsError: If grapheme clusters are asked for and the package that knows them is not installed.
    """

    def __init__(self, text: str, unit: Unit) -> None:
        # Offset of each index, one more than there are characters; None where the two are the same.
        self._offsets: Sequence[int] | None = None
        if unit is Unit.UTF_16 and not text.isascii():
            self._offsets = [0, *itertools.accumulate(1 + (character > "\uffff") for character in text)]
        elif unit is Unit.GRAPHEMES and not (text.isascii() and "\r\n" not in text):
            lengths = map(len, _clusters(text))
            self._offsets = [0]
            for number, length in enumerate(lengths, 1):
                self._offsets.extend([number] * length)
        self._length = len(text)

    def offset(self, index: int) -> int:
        """The offset of an index; inside a cluster that of its end."""
        return index if self._offsets is None else self._offsets[index]

    def index(self, offset: int) -> int:
        """The index of an offset; inside a surrogate pair that of its end.

        Raises:
            OffsetsError: If it lies outside the text.
        """
        last = self._length if self._offsets is None else self._offsets[-1]
        if not 0 <= offset <= last:
            raise OffsetsError(f"offset {offset} is outside the text, which ends at {last}")
        if self._offsets is None:
            return offset
        place = bisect.bisect_left(self._offsets, offset)
        if self._offsets[place] != offset:
            return place
        # Of the indices that have the offset the last, where a cluster ends, not one inside it.
        return bisect.bisect_right(self._offsets, offset) - 1


def graphemes_known() -> bool:
    """Whether the package that knows grapheme clusters is installed."""
    import importlib.util

    return importlib.util.find_spec("regex") is not None


def _clusters(text: str) -> list[str]:
    try:
        import regex
    except ImportError:
        raise OffsetsError("counting grapheme clusters is optional: pip install 'copytaster[graphemes]'") from None
    found: list[str] = regex.findall(r"\X", text)
    return found


class TextLine(NamedTuple):
    """A line of a text that is not blank.

    Attributes:
        number: Its number, from 1, blank lines counted.
        begin: The index of its first visible character.
        end: The index behind its last.
    """

    number: int
    begin: int
    end: int


def text_lines(text: str) -> tuple[list[str], list[TextLine]]:
    """The rows of a text as `Page.from_text` makes them, and where in the text those that are not blank stand."""
    rows: list[str] = []
    lines: list[TextLine] = []
    starts = [0]
    ends = []
    for match in _LINE_END.finditer(text):
        ends.append(match.start())
        starts.append(match.end())
    ends.append(len(text))
    if starts[-1] == len(text):  # a line end at the very end begins no other row
        starts.pop()
        ends.pop()
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        row = clean_row(text[start:end])
        rows.append(row)
        if row:
            lines.append(TextLine(number, start + len(row) - len(row.lstrip()), start + len(row)))
    return rows, lines


def joined(rows: Sequence[str]) -> str:
    """The text of some rows, of which `text_lines` makes the same rows again."""
    return "\n".join(rows) + ("\n" if rows and not rows[-1] else "")
