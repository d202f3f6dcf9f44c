"""The distinct words of each page, numbered, so that what is counted of them can be kept in small arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from copytaster.model.compiled import kernel


def number_words(
    page_start: npt.NDArray[np.int64],
    word_hash: npt.NDArray[np.int64],
    *,
    compile: bool,  # noqa: A002
) -> npt.NDArray[np.int32]:
    """Number the distinct words of each page in the order they first occur.

    Args:
        page_start: int64 (p + 1,), index of each page's first word, and w.
        word_hash: int64 (w,), equal for equal words.
        compile: Whether there are enough words for a compiled loop.

    Returns:
        int32 (w,), from 0 on each page.
    """
    most = int(np.diff(page_start).max(initial=0))
    size = 1 << (2 * most + 1).bit_length()
    number = np.zeros(len(word_hash), dtype=np.int32)
    find_words(
        page_start, word_hash, np.full(size, -1, dtype=np.int32), np.zeros(len(word_hash), dtype=np.int64), number,
        compile=compile,
    )  # fmt: skip
    return number


@kernel(outputs=1)
def find_words(page_start, word_hash, slots, known_hash, number):  # type: ignore[no-untyped-def]
    """A hash table of the words known so far, which each page begins anew: one known from an earlier page is not."""
    mask = len(slots) - 1
    known = 0
    for page in range(len(page_start) - 1):
        first = known
        for w in range(page_start[page], page_start[page + 1]):
            slot = word_hash[w] & mask
            while slots[slot] >= first and known_hash[slots[slot]] != word_hash[w]:
                slot = (slot + 1) & mask
            if slots[slot] < first:
                slots[slot] = known
                known_hash[known] = word_hash[w]
                known += 1
            number[w] = slots[slot] - first
