"""Features of the words a line shares with the page's address, which for most stories names their title.

    https://news.example/2024/05/rain-stops-the-spring-fair-1234.html

An address is known where a dump comes from an archive or a crawl, and missing where it is a file somebody saved.
"""

from __future__ import annotations

import numpy as np

from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns
from copytaster.model.lines import Lines

MIN_WORDS = 3
"""Words from which a part of an address is taken for a title."""


def address(lines: Lines) -> Columns:
    """Words shared with the address; missing where it holds no title."""
    n = len(lines)
    words = np.full(n, np.nan)
    covered = np.full(n, np.nan)
    if len(lines.address_hash):
        most = int(np.diff(lines.address_start).max())
        share_address(
            lines.page_start, lines.word_start, lines.word_hash, lines.address_start, lines.address_hash, MIN_WORDS,
            np.zeros(most, dtype=np.int64), words, covered, compile=lines.compile,
        )  # fmt: skip
    yield "address_words", "share of the words that the title in the page's address holds too", words
    yield "address_covered", "share of the words of that title that this line holds", covered


@kernel(outputs=2)
def share_address(  # type: ignore[no-untyped-def]
    page_start, word_start, word_hash, address_start, address_hash, min_words, last_line, words, covered
):
    """Compare each line with the address of its page."""
    for page in range(len(page_start) - 1):
        first = address_start[page]
        count = address_start[page + 1] - first
        if count < min_words:
            continue
        present = 0  # bits of the hashes, by which most words are told to be none of the address's
        for number in range(count):
            last_line[number] = -1
            present |= 1 << (address_hash[first + number] % 62)
        for line in range(page_start[page], page_start[page + 1]):
            begin = word_start[line]
            end = word_start[line + 1]
            if begin == end:
                continue
            shared = held = 0
            for w in range(begin, end):
                if present >> (word_hash[w] % 62) & 1:
                    for number in range(count):
                        if address_hash[first + number] == word_hash[w]:
                            shared += 1
                            if last_line[number] != line:
                                last_line[number] = line
                                held += 1
                            break
            words[line] = shared / (end - begin)
            covered[line] = held / count
