"""The lines of a batch of pages, packed into arrays and measured.

One pass over the code points of a batch counts the kinds of characters of every line and cuts it into words. All that
the features need of the text is here; nothing after this module looks at a character again.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from copytaster.labels.page import Page
from copytaster.model import compiled
from copytaster.model.characters import Kind, tables
from copytaster.model.compiled import kernel
from copytaster.model.margins import lengths, margins
from copytaster.model.vocabulary import number_words
from copytaster.model.wrap import LogicalLine, logical_lines

KINDS = len(Kind)

# What the scan counts in a line besides the kinds of its characters, in the order of the columns of `Lines.marks`.
MARKS = (
    "words",  # runs of letters and digits; in unspaced scripts pairs of neighbouring characters
    "capitalised_words",
    "upper_words",  # two letters or more, all upper case
    "number_words",  # all digits
    "years",  # numbers of four digits, which mostly are years
    "times",  # digit, colon, digit
    "longest_word",
    "terminals_inside",  # sentence ends followed by a space or, in unspaced scripts, by anything
    "first_kind",
    "last_kind",
    "before_last_kind",
    "parts",  # separators, or dashes between spaces: the joints of a title or a breadcrumb
)
_MARK = {name: column for column, name in enumerate(MARKS)}
_N_MARKS = len(MARKS)
(
    _WORDS, _CAPITALISED, _UPPER_WORDS, _NUMBER_WORDS, _YEARS, _TIMES, _LONGEST, _TERMINALS_INSIDE, _FIRST, _LAST,
    _BEFORE_LAST, _PARTS,
) = range(_N_MARKS)  # fmt: skip

# Kernels see plain integers, which the compiler takes for constants.
_SPACE = int(Kind.SPACE)
_LOWER = int(Kind.LOWER)
_UPPER = int(Kind.UPPER)
_UNSPACED = int(Kind.UNSPACED)
_DIGIT = int(Kind.DIGIT)
_CONNECTOR = int(Kind.CONNECTOR)
_TERMINAL = int(Kind.TERMINAL)
_COLON = int(Kind.COLON)
_QUOTE = int(Kind.QUOTE)
_CLOSE = int(Kind.CLOSE)
_DASH = int(Kind.DASH)
_SEPARATOR = int(Kind.SEPARATOR)
_IGNORED = int(Kind.IGNORED)

PAIR_LENGTH = 99
"""The length given to pairs of characters, which carry as much meaning as long words."""

_HASH_START = 2166136261
_HASH_PRIME = 16777619
_HASH_MASK = 0xFFFFFFFF  # 32-bit FNV-1a: its products stay below 2**63, so the interpreter and the compiler agree
_LINE_END = "\n"

MAX_ADDRESS_WORDS = 40
"""Words of an address's title that are looked at."""
_ORIGIN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?[^/]*", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_NO_LETTERS = re.compile(r"[^\w]+|[\d_]+")


@dataclass(frozen=True, eq=False)
class Lines:
    """The logical lines of a batch of pages; ``n`` lines, ``p`` pages, ``w`` words.

    Attributes:
        pages: For each page its logical lines.
        page_start: int64 (p + 1,), index of each page's first line, and n.
        kind_counts: int32 (n, len(Kind)), characters of each kind in the line.
        marks: int32 (n, len(MARKS)), what else was counted.
        hash: int64 (n,), equal for lines of equal words, whatever their digits, case and punctuation.
        word_start: int64 (n + 1,), index of each line's first word, and w.
        word_hash: int64 (w,), 32-bit hash of the folded word.
        word_length: int32 (w,), its characters; `PAIR_LENGTH` for a pair of characters of an unspaced script.
        indent: int32 (n,), columns before the line's text.
        blanks_before: int32 (n,), blank rows between the line and the one above it; at a page's start those above it.
        blanks_after: int32 (n,), the same below.
        blank_share: float64 (p,), the share of the page's rows that are blank.
        address_start: int64 (p + 1,), index of the first of each page's words in ``address_hash``, and their number.
        address_hash: int64, hashes of the distinct words of the title that the page's address holds, as in
            ``word_hash``.
        compile: Whether the batch is large enough for compiled kernels.
    """

    pages: Sequence[Sequence[LogicalLine]]
    page_start: npt.NDArray[np.int64]
    kind_counts: npt.NDArray[np.int32]
    marks: npt.NDArray[np.int32]
    hash: npt.NDArray[np.int64]
    word_start: npt.NDArray[np.int64]
    word_hash: npt.NDArray[np.int64]
    word_length: npt.NDArray[np.int32]
    indent: npt.NDArray[np.int32]
    blanks_before: npt.NDArray[np.int32]
    blanks_after: npt.NDArray[np.int32]
    blank_share: npt.NDArray[np.float64]
    address_start: npt.NDArray[np.int64]
    address_hash: npt.NDArray[np.int64]
    compile: bool

    def __len__(self) -> int:
        return len(self.hash)

    def kind(self, *kinds: Kind) -> npt.NDArray[np.float64]:
        """float64 (n,), how many characters of these kinds each line has."""
        columns = self._columns_of_kinds
        return sum((columns[kind] for kind in kinds[1:]), columns[kinds[0]])

    def mark(self, name: str) -> npt.NDArray[np.float64]:
        """float64 (n,), one of the `MARKS` of each line."""
        return self._columns_of_marks[_MARK[name]]

    @functools.cached_property
    def _columns_of_kinds(self) -> npt.NDArray[np.float64]:
        return np.ascontiguousarray(self.kind_counts.T, dtype=np.float64)

    @functools.cached_property
    def _columns_of_marks(self) -> npt.NDArray[np.float64]:
        return np.ascontiguousarray(self.marks.T, dtype=np.float64)

    @functools.cached_property
    def width(self) -> npt.NDArray[np.float64]:
        """float64 (n,), length in columns: a character of an unspaced script says as much as two others."""
        return self._columns_of_kinds.sum(axis=0) + self.kind(Kind.UNSPACED)

    @functools.cached_property
    def page_of_line(self) -> npt.NDArray[np.int64]:
        """int64 (n,), the index of each line's page."""
        return np.repeat(np.arange(len(self.pages)), np.diff(self.page_start))

    @functools.cached_property
    def first_of_page(self) -> npt.NDArray[np.int64]:
        """int64 (n,), the index of the first line of each line's page."""
        return np.repeat(self.page_start[:-1], np.diff(self.page_start))

    @functools.cached_property
    def end_of_page(self) -> npt.NDArray[np.int64]:
        """int64 (n,), the index after the last line of each line's page."""
        return np.repeat(self.page_start[1:], np.diff(self.page_start))

    @functools.cached_property
    def word_number(self) -> npt.NDArray[np.int32]:
        """int32 (w,), the number of each word among the distinct words of its page, in the order they first occur."""
        return number_words(self.word_start[self.page_start], self.word_hash, compile=self.compile)

    def shifted(self, column: npt.NDArray[np.float64], offset: int) -> npt.NDArray[np.float64]:
        """float64 (n,), the value ``offset`` lines below (above, if negative), NaN beyond the page's ends."""
        there = np.arange(len(self)) + offset
        inside = (there >= self.first_of_page) & (there < self.end_of_page)
        return np.where(inside, column[np.where(inside, there, 0)] if len(self) else column, np.nan)

    def sums_around(
        self, column: npt.NDArray[np.int64], reach: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Twice what is given, (n,) or several of these: the sums over ``reach`` lines above and below, on the page.

        Integers only: a running sum of floats would depend on the other pages of the batch.
        """
        running = np.zeros((*column.shape[:-1], len(self) + 1), dtype=np.int64)
        np.cumsum(column, axis=-1, out=running[..., 1:])
        index = np.arange(len(self))
        above = running[..., :-1] - running.take(np.maximum(index - reach, self.first_of_page), axis=-1)
        below = running.take(np.minimum(index + reach + 1, self.end_of_page), axis=-1) - running[..., 1:]
        return above, below


def pack(pages: Sequence[Page]) -> Lines:
    """Pack and measure the lines of some pages."""
    logical = [logical_lines(page.rows) for page in pages]
    page_start = np.cumsum([0, *map(len, logical)], dtype=np.int64)
    n = int(page_start[-1])
    first, last, lines = zip(*itertools.chain(*logical), strict=True) if n else ((), (), ())
    # The titles in the pages' addresses are cut into words by the same pass, as lines behind all others.
    texts = [*lines, *(title_of_address(page.url) if page.url else "" for page in pages)]
    total = len(texts)
    text = _LINE_END.join(texts)
    # As indices, which numpy would otherwise make of them for each table.
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.intp)
    kinds, folded = tables()
    line_start = np.zeros(total + 1, dtype=np.int64)
    length = lengths(texts)
    np.cumsum(length + len(_LINE_END), out=line_start[1:])

    kind_counts = np.zeros(total * KINDS, dtype=np.int32)
    marks = np.zeros(total * _N_MARKS, dtype=np.int32)
    line_hash = np.zeros(total, dtype=np.int64)
    word_start = np.zeros(total + 1, dtype=np.int64)
    word_hash = np.zeros(len(codes), dtype=np.int64)
    word_length = np.zeros(len(codes), dtype=np.int32)
    compile_ = compiled.pays(len(codes))
    scan(
        line_start, kinds.take(codes), folded.take(codes), KINDS, _N_MARKS, PAIR_LENGTH,
        kind_counts, marks, line_hash, word_start, word_hash, word_length, compile=compile_,
    )  # fmt: skip
    addresses = [list(dict.fromkeys(word_hash[word_start[k] : word_start[k + 1]].tolist())) for k in range(n, total)]
    return Lines(
        pages=logical,
        page_start=page_start,
        kind_counts=kind_counts.reshape(total, KINDS)[:n],
        marks=marks.reshape(total, _N_MARKS)[:n],
        hash=line_hash[:n],
        word_start=word_start[: n + 1],
        word_hash=word_hash[: word_start[n]],
        word_length=word_length[: word_start[n]],
        **margins(pages, page_start, np.array(first, dtype=np.int64), np.array(last, dtype=np.int64), length[:n]),
        address_start=np.cumsum([0, *map(len, addresses)], dtype=np.int64),
        address_hash=np.array([word for words in addresses for word in words], dtype=np.int64),
        compile=compile_,
    )  # fmt: skip


def title_of_address(url: str) -> str:
    """The words of the part of an address that holds most of them, numbers left out: "rain stops the spring fair"."""
    path = unquote(_ORIGIN.sub("", url.partition("?")[0].partition("#")[0]))
    parts = [_NO_LETTERS.split(_SUFFIX.sub("", part))[:MAX_ADDRESS_WORDS] for part in path.split("/")]
    return max((" ".join(filter(None, part)) for part in parts), key=lambda title: (title.count(" "), len(title)))


@kernel(outputs=6)
def scan(  # type: ignore[no-untyped-def]
    line_start, kinds, folded, n_kinds, n_marks, pair_length,
    kind_counts, marks, line_hash, word_start, word_hash, word_length,
):  # fmt: skip
    """Count the kinds of characters of every line and cut it into words."""
    w = 0
    for line in range(len(line_start) - 1):
        at_kinds = line * n_kinds
        at_marks = line * n_marks
        word_start[line] = w
        hash_of_line = _HASH_START
        longest = words = capitalised = upper_words = number_words = years = times = ends = parts = 0
        first_kind = last_kind = before_last_kind = _SPACE
        # the word being read
        length = uppers = digits = 0
        first_upper = False
        hash_of_word = _HASH_START
        # the character before, and the unspaced one before that has not been paired yet
        previous = before_previous = _SPACE
        alone = 0
        begin = line_start[line]
        end = line_start[line + 1] - 1
        position = begin - 1
        while position < end:
            position += 1
            kind = int(kinds[position]) if position < end else _SPACE
            code = int(folded[position]) if position < end else 0
            if kind == _LOWER:
                # Most of any text are small letters, which are read at a stretch.
                stretch = 1
                hash_of_word = ((hash_of_word ^ code) * _HASH_PRIME) & _HASH_MASK
                while position + 1 < end and kinds[position + 1] == _LOWER:
                    position += 1
                    stretch += 1
                    hash_of_word = ((hash_of_word ^ int(folded[position])) * _HASH_PRIME) & _HASH_MASK
                kind_counts[at_kinds + _LOWER] += stretch
                if first_kind == _SPACE:
                    first_kind = _LOWER
                before_last_kind = _LOWER if stretch > 1 else last_kind
                last_kind = _LOWER
                if length == 0:
                    first_upper = False
                length += stretch
                before_previous = _LOWER if stretch > 1 else previous
                previous = _LOWER
                continue
            if position < end:
                kind_counts[at_kinds + kind] += 1
                if kind != _SPACE and kind != _IGNORED:
                    if first_kind == _SPACE:
                        first_kind = kind
                    before_last_kind = last_kind
                    last_kind = kind
            in_word = _LOWER <= kind <= _CONNECTOR and kind != _UNSPACED
            if in_word:
                if length == 0:
                    first_upper = kind == _UPPER
                if kind == _UPPER:
                    uppers += 1
                elif kind == _DIGIT:
                    digits += 1
                length += 1
                hash_of_word = ((hash_of_word ^ code) * _HASH_PRIME) & _HASH_MASK
            elif length > 0:
                word_hash[w] = hash_of_word
                word_length[w] = length
                w += 1
                words += 1
                hash_of_line = ((hash_of_line ^ hash_of_word) * _HASH_PRIME) & _HASH_MASK
                capitalised += 1 if first_upper else 0
                upper_words += 1 if uppers == length and length > 1 else 0
                if digits == length:
                    number_words += 1
                    years += 1 if length == 4 else 0
                longest = max(longest, length)
                length = uppers = digits = 0
                hash_of_word = _HASH_START
            if kind == _UNSPACED:
                if previous == _UNSPACED:
                    pair = ((((_HASH_START ^ alone) * _HASH_PRIME) & _HASH_MASK) ^ code) * _HASH_PRIME & _HASH_MASK
                    word_hash[w] = pair
                    word_length[w] = pair_length
                    w += 1
                    words += 1
                    hash_of_line = ((hash_of_line ^ pair) * _HASH_PRIME) & _HASH_MASK
                alone = code
            if previous == _TERMINAL and kind in (_SPACE, _UNSPACED, _QUOTE, _CLOSE):
                ends += 1 if position < end else 0
            if previous == _COLON and kind == _DIGIT and before_previous == _DIGIT:
                times += 1
            if kind == _SEPARATOR or (previous == _DASH and kind == _SPACE and before_previous == _SPACE):
                parts += 1
            before_previous = previous
            previous = kind
        line_hash[line] = hash_of_line
        marks[at_marks + _WORDS] = words
        marks[at_marks + _CAPITALISED] = capitalised
        marks[at_marks + _UPPER_WORDS] = upper_words
        marks[at_marks + _NUMBER_WORDS] = number_words
        marks[at_marks + _YEARS] = years
        marks[at_marks + _TIMES] = times
        marks[at_marks + _LONGEST] = longest
        marks[at_marks + _TERMINALS_INSIDE] = ends
        marks[at_marks + _FIRST] = first_kind
        marks[at_marks + _LAST] = last_kind
        marks[at_marks + _BEFORE_LAST] = before_last_kind
        marks[at_marks + _PARTS] = parts
    word_start[len(line_start) - 1] = w
