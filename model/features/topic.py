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
    per_page = np.diff(lines.word_start[lines.page_start])
    most = int(per_page.max(initial=0))
    size = 1 << int(2 * most + 1).bit_length()
    flat = np.full(n * _N_OUTPUTS, np.nan)
    share_words(
        lines.page_start, title, lines.word_start, lines.word_hash, lines.word_length,
        found.is_prose.astype(np.uint8), found.first, found.end, size - 1, _N_OUTPUTS, CONTENT_LENGTH,
        np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64), np.zeros(len(lines.word_hash), np.int64),
        *(np.zeros(most + 1, dtype=np.int64) for _ in range(6)), flat, compile=lines.compile,
    )  # fmt: skip
    values = flat.reshape(n, _N_OUTPUTS)
    for column, (name, description) in enumerate(_OUTPUTS):
        yield prefix + name, description, values[:, column]


@kernel(outputs=1)
def share_words(  # type: ignore[no-untyped-def]
    page_start, title, word_start, word_hash, word_length,
    is_prose, stretch_first, stretch_end, mask, n_outputs, content_length,
    slot_hash, slot_page, word_id,
    on_lines, on_prose, on_stretch, in_title, last_line, next_prose, out,
):  # fmt: skip
    """Number the words of each page through a hash table, count the lines that hold them, compare each line."""
    for page in range(len(page_start) - 1):
        begin = page_start[page]
        end = page_start[page + 1]
        known = 0
        slot_number = page  # a slot belongs to the page whose number it carries, so the table needs no clearing
        for line in range(begin, end):
            inside = stretch_first[line] <= line < stretch_end[line]
            for w in range(word_start[line], word_start[line + 1]):
                slot = word_hash[w] & mask
                while slot_page[slot] >= slot_number << 32 and slot_hash[slot] != word_hash[w]:
                    slot = (slot + 1) & mask
                if slot_page[slot] < slot_number << 32:
                    slot_hash[slot] = word_hash[w]
                    slot_page[slot] = (slot_number << 32) + known
                    on_lines[known] = on_prose[known] = on_stretch[known] = in_title[known] = 0
                    last_line[known] = -1
                    next_prose[known] = -1
                    known += 1
                number = slot_page[slot] & 0xFFFFFFFF
                word_id[w] = number
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
            inside = stretch_first[line] <= line < stretch_end[line]
            for w in range(word_start[line], word_start[line + 1]):
                number = word_id[w]
                own = 1 if is_prose[line] else 0
                elsewhere = on_prose[number] - own > 0
                words += 1
                in_prose += 1 if elsewhere else 0
                in_first += in_title[number]
                if in_title[number] and last_line[number] != line:
                    covered += 1
                last_line[number] = line
                if word_length[w] >= content_length:
                    content += 1
                    content_in_prose += 1 if elsewhere else 0
                    content_in_stretch += 1 if on_stretch[number] - (own if inside else 0) > 0 else 0
                    content_own += 1 if on_lines[number] == 1 else 0
                    if next_prose[number] >= 0 and prose_seen - next_prose[number] <= 3:
                        content_below += 1
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
                    next_prose[word_id[w]] = prose_seen
                prose_seen += 1
