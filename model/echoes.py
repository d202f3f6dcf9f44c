"""Pages on which one body line may repeat another: few do, and only these need to be searched for second printings.

The words of a batch are there as numbers, which are compared many times as fast as texts are searched. Numbers only
rule out: what the text of a line has to be for it to be left out is said in `copytaster.model.paragraphs`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model.characters import Kind
from copytaster.model.compiled import kernel
from copytaster.model.lines import Lines
from copytaster.model.paragraphs import MAX_PULLED, MIN_PULLED, MIN_REPEATED, QUOTE_DISTANCE
from copytaster.model.wording import COLUMNS_OF_WORD, WIDEST, has_wide

_BODY = LABELS.index(Label.BODY)
_QUOTES = (Kind.QUOTE, Kind.APOSTROPHE)
_ENDS = (Kind.TERMINAL, Kind.CLOSE, *_QUOTES)


def may_repeat(lines: Lines, labels: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Whether a body line of a page may repeat another one of it, or a part of one.

    Args:
        lines: The batch, of n lines on p pages. Where its kernels are not compiled, this is not worth its time, and
            every page may.
        labels: int8 (n,), indices into `LABELS`.

    Returns:
        bool (p,), not False where `copytaster.model.paragraphs.paragraphs` would leave a line out, but for lines that
        differ in a letter whose small form depends on its place, or is two characters: a final sigma, a dotted I.
    """
    found = np.ones(len(lines.pages), dtype=bool)
    if not lines.compile:
        return found
    found[:] = False
    is_body = labels == _BODY
    body = np.flatnonzero(is_body)
    _mark_repeated(_long(lines, body, MIN_REPEATED), lines, found)
    may_be_pulled = np.zeros(len(lines), dtype=bool)
    may_be_pulled[_long(lines, np.flatnonzero(is_body & _may_be_quote(lines)), MIN_PULLED)] = True
    find_pulled(
        np.searchsorted(body, lines.page_start), body, may_be_pulled, lines.word_start, lines.word_hash,
        QUOTE_DISTANCE, found, compile=lines.compile,
    )  # fmt: skip
    return found


def _may_be_quote(lines: Lines) -> npt.NDArray[np.bool_]:
    """Whether lines may begin with a quotation mark, or end like a sentence."""
    first, last = lines.mark("first_kind"), lines.mark("last_kind")
    return np.isin(first, _QUOTES) | np.isin(last, _ENDS)


def _long(lines: Lines, indices: npt.NDArray[np.intp], words: int) -> npt.NDArray[np.intp]:
    """Those of some lines that may be long: they have the spaces or, which the text must tell, wide characters.

    See `copytaster.model.wording.is_long`.
    """
    found = lines.kind(Kind.SPACE)[indices] >= words - 1
    characters = (lines.width - lines.kind(Kind.UNSPACED))[indices]
    for place in np.flatnonzero(~found & (characters * WIDEST >= words * COLUMNS_OF_WORD)).tolist():
        page = lines.page_of_line[indices[place]]
        text = lines.pages[page][indices[place] - lines.page_start[page]].text
        found[place] = has_wide(text)
    return indices[found]


def _mark_repeated(indices: npt.NDArray[np.intp], lines: Lines, found: npt.NDArray[np.bool_]) -> None:
    """Mark the pages on which two of these lines have the same words."""
    page, words = lines.page_of_line[indices], lines.hash[indices]
    order = np.lexsort((words, page))
    page, words = page[order], words[order]
    found[page[1:][(page[1:] == page[:-1]) & (words[1:] == words[:-1])]] = True


@kernel(outputs=1)
def find_pulled(  # type: ignore[no-untyped-def]
    body_start, body, may_be_pulled, word_start, word_hash, reach, found
):  # fmt: skip
    """Mark the pages on which the words of a body line, but for the first and the last, follow one another in another.

    The first and the last may be parts of words there.
    """
    for page in range(len(body_start) - 1):
        begin = body_start[page]
        end = body_start[page + 1]
        for place in range(begin, end):
            if found[page]:
                break
            if not may_be_pulled[body[place]]:
                continue
            first = word_start[body[place]] + 1
            length = word_start[body[place] + 1] - 1 - first
            if length > MAX_PULLED:  # more words than a pull quote has characters
                continue
            if length < 1:
                found[page] = True
                break
            for other in range(max(begin, place - reach), min(end, place + reach + 1)):
                if other == place:
                    continue
                for at in range(word_start[body[other]], word_start[body[other] + 1] - length + 1):
                    if word_hash[at] != word_hash[first]:
                        continue
                    same = 1
                    while same < length and word_hash[at + same] == word_hash[first + same]:
                        same += 1
                    if same == length:
                        found[page] = True
                        break
