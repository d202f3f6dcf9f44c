"""Features of what a line speaks of: words it shares with the prose of its page, with its title, with no other line.

A teaser speaks of something else than the article does; a headline's words return in the paragraphs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns
from copytaster.model.features.prose import Prose
from copytaster.model.lines import Lines

CONTENT_LENGTH = 5
"""Characters from which a word carries a topic rather than grammar, in most languages that put spaces between words."""

_OUTPUTS = (
    ("prose_words", "share of the words that other prose lines of the page hold too"),
    ("prose_content", "the same of the longer words"),
    ("stretch_content", "share of the longer words that other prose lines of the main stretch hold too"),
    ("own_content", "share of the longer words that no other line of the page holds"),
    ("title_words", "share of the words that the title holds too"),
    ("title_covered", "share of the title's words that this line holds"),
    ("below_content", "share of the longer words that the next three prose lines below hold"),
)
_N_OUTPUTS = len(_OUTPUTS)


def topic(lines: Lines, found: Prose, title: npt.NDArray[np.int64], prefix: str = "") -> Columns:
    """Words shared with the rest of the page; missing where a line has none, or the page's prose has none.

    Args:
        lines: The batch, of p pages.
        found: The lines that count as prose.
        title: int64 (p,), index of the line of each page that counts as its title: the first, in the first stage.
        prefix: Set before the features' names.
    """
    n = len(lines)
    distinct = 1 + int(lines.word_number.max(initial=-1))
    flat = np.full(n * _N_OUTPUTS, np.nan)
    share_words(
        lines.page_start, title, lines.word_start, lines.word_number, lines.word_length,
        found.is_prose.astype(np.uint8), found.first, found.end, _N_OUTPUTS, CONTENT_LENGTH,
        *(np.zeros(distinct, dtype=np.int32) for _ in range(6)), flat, compile=lines.compile,
    )  # fmt: skip
    values = flat.reshape(n, _N_OUTPUTS)
    for column, (name, description) in enumerate(_OUTPUTS):
        yield prefix + name, description, values[:, column]


@kernel(outputs=1)
def share_words(  # type: ignore[no-untyped-def]
    page_start, title, word_start, word_number, word_length,
    is_prose, stretch_first, stretch_end, n_outputs, content_length,
    on_lines, on_prose, on_stretch, in_title, last_line, next_prose, out,
):  # fmt: skip
    """Count the lines of each page that hold each of its words, then compare each line."""
    for page in range(len(page_start) - 1):
        begin = page_start[page]
        end = page_start[page + 1]
        known = 0  # words are numbered in the order they first occur
        for line in range(begin, end):
            inside = stretch_first[line] <= line < stretch_end[line]
            for w in range(word_start[line], word_start[line + 1]):
                number = word_number[w]
                if number == known:
                    on_lines[number] = on_prose[number] = on_stretch[number] = in_title[number] = 0
                    last_line[number] = -1
                    next_prose[number] = -1
                    known += 1
                if last_line[number] != line:
                    last_line[number] = line
                    on_lines[number] += 1
                    if is_prose[line]:
                        on_prose[number] += 1
                        if inside:
                            on_stretch[number] += 1
                    if line == title[page]:
                        in_title[number] = 1
        title_words = word_start[title[page] + 1] - word_start[title[page]] if end > begin else 0
        # From the bottom up, so that each word knows the prose line below that holds it: `next_prose` counts prose
        # lines from the page's end.
        for number in range(known):
            last_line[number] = -1
        prose_seen = 0
        for line in range(end - 1, begin - 1, -1):
            words = content = 0
            in_prose = content_in_prose = content_in_stretch = content_own = in_first = covered = content_below = 0
            own = 1 if is_prose[line] else 0
            own_inside = own if stretch_first[line] <= line < stretch_end[line] else 0
            # Sums of zeros and ones: the processor could not guess which way a word would branch.
            for w in range(word_start[line], word_start[line + 1]):
                number = word_number[w]
                elsewhere = 1 if on_prose[number] > own else 0
                counts = 1 if word_length[w] >= content_length else 0
                words += 1
                content += counts
                in_prose += elsewhere
                in_first += in_title[number]
                covered += in_title[number] if last_line[number] != line else 0
                last_line[number] = line
                content_in_prose += counts & elsewhere
                content_in_stretch += counts & (1 if on_stretch[number] > own_inside else 0)
                content_own += counts & (1 if on_lines[number] == 1 else 0)
                content_below += (
                    counts & (1 if next_prose[number] >= 0 else 0) & (1 if prose_seen - next_prose[number] <= 3 else 0)
                )
            at = line * n_outputs
            if words > 0:
                out[at] = in_prose / words
                out[at + 4] = in_first / words
            if content > 0:
                out[at + 1] = content_in_prose / content
                out[at + 2] = content_in_stretch / content
                out[at + 3] = content_own / content
                out[at + 6] = content_below / content
            if title_words > 0:
                out[at + 5] = covered / title_words
            if is_prose[line]:
                for w in range(word_start[line], word_start[line + 1]):
                    next_prose[word_number[w]] = prose_seen
                prose_seen += 1
