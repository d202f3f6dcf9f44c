"""Undoes hard wrapping: the lines of a dump that a renderer made of one are joined to one logical line again.

`lynx -dump` and `w3m -dump` break paragraphs at 80 columns, and old archives are wrapped at 72. A classifier that saw
such a fragment alone could not tell a paragraph from a menu, so everything after reading works on logical lines.
A renderer breaks a line exactly where the next word would not fit, which is a test sharp enough to need no learning.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from copytaster.model.links import find_links

MIN_WIDTH, MAX_WIDTH = 40, 140
"""Columns between which a page can be hard-wrapped; a page with longer lines is not."""
MAX_CHARACTERS = 100
"""The same for renderers that count characters instead of columns."""
MAX_LONGER_SHARE = 0.01
"""Share of the rows that may stick out in any case ..."""
MAX_CENTRED_SHARE = 0.05
"""... and up to which a smaller width is tried where a larger one does not hold; ..."""
MAX_CENTRED = 2
"""... of a short page, so many rows."""
MIN_BREAKS = 3
"""So many rows must be followed by a word that did not fit before a page counts as wrapped ..."""
MIN_BREAKS_INDENTED = 2
"""... or so many where the rows are indented, as `lynx` does it, ..."""
INDENTED = 0.7
"""... which is so if this share of the rows is; ..."""
MIN_BREAK_SHARE = 0.5
"""... and of the rows at least ``NEARLY_FULL`` of the width that are followed by another, this share."""
MIN_BREAKS_BELOW = 5
MIN_BREAK_SHARE_BELOW = 0.7
"""The same for a width that some rows stick out of."""
NEARLY_FULL = 0.6
"""See `MIN_BREAK_SHARE`."""
MAX_INDENT_CHANGE = 6
"""Columns by which a continuation may be indented otherwise than its first row."""

_BULLET = re.compile(r"(?:[*+\-#o•·◦▪‣–—○●□■◆]|\(?\d{1,3}[.)]|\[\d+\]) ")
_DASHES = frozenset("-–—")
_ENDS = frozenset(".:;!?…\"'”’»")  # what a row ends with before an item of a list rather than in mid-sentence
_FIRST_WORD = re.compile("[^ ]+")  # up to a space that a row may be broken at: not up to a no-break space
_has_letter = re.compile(r"[^\W\d_]").search
# Whether there may be a character of the two patterns below. Compiling those goes through the tens of thousands of
# characters in them one by one, which only a page should wait for that has some.
_may_be_far = re.compile("[^\0-\u10ff\u2000-\u2e7f]").search


@functools.cache
def _unspaced() -> re.Pattern[str]:
    """Scripts without spaces, where a renderer may break between any two characters and no space belongs in between."""
    return re.compile("[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")


@functools.cache
def _wide() -> re.Pattern[str]:
    """Characters that take two columns of a terminal."""
    return re.compile(
        "[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
        "\uffe0-\uffe6\U0001f300-\U0001f64f\U0001f900-\U0001f9ff\U00020000-\U0003fffd]"
    )


_new = tuple.__new__


class LogicalLine(NamedTuple):
    """A line as its author wrote it.

    Attributes:
        first: Number of its first line in the dump, from 1.
        last: Number of its last line in the dump; equal to ``first`` unless it was hard-wrapped.
        text: The stripped rows, joined by a space, or by nothing between two characters of an unspaced script.
    """

    first: int
    last: int
    text: str


def logical_lines(rows: Sequence[str]) -> list[LogicalLine]:
    """The lines of a dump that are not blank, hard-wrapped ones joined, a text browser's link numbers left out.

    Args:
        rows: Every row of the dump, blank ones as empty strings, as in `Page.rows`. The list of addresses at the end of
            `lynx -dump` counts as a single line.
    """
    links = find_links(rows)
    if links is None:
        return _joined(rows)
    # Only once they are joined: the browser broke the rows with the numbers in them.
    without_number = links.remover()
    lines = [LogicalLine(line.first, line.last, without_number(line.text)) for line in _joined(rows[: links.start])]
    return [*lines, LogicalLine(links.start + 1, len(rows), rows[links.start].strip())]


def _joined(rows: Sequence[str]) -> list[LogicalLine]:
    wrap = find_wrap(rows)
    if wrap is None:
        # Past the tuple's own constructor and in no loop of ours: most dumps come this way.
        numbers = list(itertools.compress(itertools.count(1), rows))
        texts = map(str.strip, filter(None, rows))
        return list(map(_new, itertools.repeat(LogicalLine), zip(numbers, numbers, texts, strict=True)))
    lines: list[LogicalLine] = []
    number = 0
    while number < len(rows):
        first = number
        number += 1
        if not rows[first]:
            continue
        pieces = [rows[first].strip()]
        while number < len(rows) and rows[number] and wrap.continues(rows[number - 1], rows[number], rows[first]):
            pieces.append(rows[number].strip())
            number += 1
        lines.append(LogicalLine(first + 1, number, _join(pieces)))
    return lines


def _columns(text: str) -> int:
    """Terminal columns the text takes: East Asian wide characters take two."""
    return len(text) if text.isascii() or not _may_be_far(text) else len(_wide().sub("  ", text))


class Wrap(NamedTuple):
    """How a dump was hard-wrapped.

    Attributes:
        width: Columns of a full row.
        columns: How the renderer measured a row: `lynx` counts a wide character as one column, `w3m` as two.
    """

    width: int
    columns: Callable[[str], int]

    def continues(self, row: str, after: str, first: str) -> bool:
        """Whether `after` holds the words that did not fit into `row` any more; `first` is their line's first row."""
        text = after.lstrip()
        if _BULLET.match(text) and not _is_in_sentence(row, after, first):
            return False
        if abs(_indent(after) - _indent(first)) > MAX_INDENT_CHANGE and not _are_centred(first, after):
            return False
        if _is_unspaced(text[:1]):
            # One more character than the next: closing punctuation may not begin a row and takes its neighbour along.
            return self.columns(row) + 2 * self.columns(text[0]) > self.width
        word = _FIRST_WORD.match(text)
        return self.columns(row) + 1 + self.columns(word.group() if word else "") > self.width


def find_wrap(rows: Sequence[str]) -> Wrap | None:
    """How a dump was hard-wrapped, or None if it was not."""
    for row in rows:  # quickly out on most pages: a row of one word could not have been broken, any other tells
        if len(row) > MAX_WIDTH and _breakable(row):
            return None
    return _find_wrap(rows, _columns) or (None if all(map(str.isascii, rows)) else _find_wrap(rows, len))


def _find_wrap(rows: Sequence[str], columns: Callable[[str], int]) -> Wrap | None:
    widths = sorted((columns(row) for row in rows if len(row) > MIN_WIDTH // 2 and _breakable(row)), reverse=True)
    if not widths or widths[0] > (MAX_WIDTH if columns is _columns else MAX_CHARACTERS):
        return None
    widths = _of_paragraphs(rows, columns, widths)
    enough = MIN_BREAKS_INDENTED if _are_indented(rows) else MIN_BREAKS
    # Code and preformatted text stick out, and titles that are centred use margins that paragraphs do not.
    likely = widths[int(MAX_LONGER_SHARE * len(widths)) : max(MAX_CENTRED, int(MAX_CENTRED_SHARE * len(widths))) + 1]
    for width in sorted(set(likely), reverse=True):
        if width < MIN_WIDTH:
            return None
        wrap = Wrap(width, columns)
        followed = breaks = 0
        for row, after in itertools.pairwise(rows):
            if after and len(row) * 2 >= NEARLY_FULL * width and columns(row) >= NEARLY_FULL * width:
                broken = wrap.continues(row, after, row)
                breaks += broken
                # A row of an unspaced script is broken anywhere, so one that is not full has simply ended.
                followed += broken or not (_may_be_far(row) and _unspaced().search(row))
        least, share = (enough, MIN_BREAK_SHARE) if width == likely[0] else (MIN_BREAKS_BELOW, MIN_BREAK_SHARE_BELOW)
        if breaks >= least and breaks >= share * followed:
            return wrap
    return None


def _of_paragraphs(rows: Sequence[str], columns: Callable[[str], int], widths: list[int]) -> list[int]:
    """The widths, longest first, of rows indented like most of the long ones; of all, if those are few.

    Titles are centred, and may stick out of the width of the paragraphs.
    """
    long = [row for row in rows if len(row) * 2 >= NEARLY_FULL * widths[0] and columns(row) >= NEARLY_FULL * widths[0]]
    indents = Counter(map(_indent, long))
    usual, count = indents.most_common(1)[0] if indents else (0, 0)
    if count < MIN_BREAKS:
        return widths
    return sorted((columns(row) for row in long if _indent(row) == usual and _breakable(row)), reverse=True) or widths


def _are_indented(rows: Sequence[str]) -> bool:
    """Whether most rows begin with spaces."""
    printed = [row for row in rows if row]
    return sum(row[0] == " " for row in printed) >= INDENTED * len(printed)


def _is_in_sentence(row: str, after: str, first: str) -> bool:
    """Whether the dash that begins a row stands between two parts of a sentence and begins no item of a list."""
    begins = after.lstrip()[0] in _DASHES and first.lstrip()[0] not in _DASHES
    return begins and _indent(row) == _indent(after) and row[-1] not in _ENDS


def _are_centred(one: str, other: str) -> bool:
    """Whether both rows have the same middle, as the rows of a centred title do."""
    return abs(_indent(one) + len(one) - _indent(other) - len(other)) <= 1


def _breakable(row: str) -> bool:
    """Whether a renderer could have broken the row: in scripts without spaces anywhere, but never a rule of dashes."""
    return " " in row.strip() or (not row.isascii() and _has_letter(row) is not None)


def _join(pieces: Sequence[str]) -> str:
    text = pieces[0]
    for piece in pieces[1:]:
        gap = "" if _is_unspaced(text[-1]) and _is_unspaced(piece[0]) else " "
        text += gap + piece
    return text


def _is_unspaced(character: str) -> bool:
    return not character.isascii() and _may_be_far(character) is not None and _unspaced().match(character) is not None


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())
