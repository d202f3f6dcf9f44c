"""The standfirst, told from the titles and blurbs of other stories that stand near it.

It stands between the headline and the text, and it speaks of what the text speaks of. A list of other stories there
has a heading of its own, which is furniture; the heading of a list of key points is labelled like its points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copytaster.model.places import Places, between
from copytaster.model.wording import ends_like_sentence, reads_like_sentence, stems, without_bullet, words
from copytaster.model.wrap import LogicalLine

MAX_DISTANCE = 60
"""Lines before the text in which a standfirst is looked for; between them stand buttons, dates, captions."""
SHARED_BY_SENTENCE = 0.25
"""So much of what a sentence speaks of must occur in the text for it to be the standfirst's ..."""
SHARED_BY_TITLE = 0.6
"""... and so much of a line that is no sentence, which may be another story's title."""
MAX_TEXT = 20_000
MAX_LINE = 600
"""Characters of the text, and of a line, that are compared."""
MAX_BLOCKS = 5
"""A standfirst is not scattered over more runs of teaser lines; titles with furniture between them are."""
HEADING_WORDS = 6
"""A heading of key points has no more words than that."""

_of_another_story = re.compile(
    r"[^\W\d_ ]+(?: [^\W\d_]+)?(?<=[A-ZÀ-Þ]): |[\[【(](?:PR|AD|Ad)[\]】)]|\d{1,2}:\d\d "
).match


def standfirst(lines: Sequence[LogicalLine], places: Places, headline: int | None, body: int) -> list[int]:
    """The indices of the lines that make up the standfirst.

    Args:
        lines: The page's lines.
        places: Where the lines of each label stand.
        headline: Index of the last headline line before the text; None if there is none.
        body: Index of the text's first line; the number of lines if there is no text.
    """
    first = body - MAX_DISTANCE if headline is None else max(headline + 1, body - MAX_DISTANCE)
    blocks = _blocks(between(places.teaser, first, body))
    if not blocks:
        return []
    spoken_of = _spoken_of(lines, sorted([*places.headline, *places.body]))
    found: list[int] = []
    for block in blocks:
        found += _own_lines(lines, block, spoken_of, body, follows_headline=block[0] - 1 == headline)
    if len(blocks) > MAX_BLOCKS:
        found = [index for index in found if index - 1 == headline or ends_like_sentence(lines[index].text)]
    return _printed_once(lines, found, body) if found else []


def _spoken_of(lines: Sequence[LogicalLine], article: Sequence[int]) -> str:
    """The beginning of the article in lower case: a search in it is quicker than a set of all its words."""
    size = 0
    texts = []
    for index in article:
        text = lines[index].text
        texts.append(text)
        size += len(text)
        if size > MAX_TEXT:
            break
    return "\n".join(texts)[:MAX_TEXT].lower()


def _blocks(indices: Sequence[int]) -> list[list[int]]:
    """The runs of neighbouring lines."""
    blocks: list[list[int]] = []
    for index in indices:
        if blocks and blocks[-1][-1] == index - 1:
            blocks[-1].append(index)
        else:
            blocks.append([index])
    return blocks


def _own_lines(
    lines: Sequence[LogicalLine], block: Sequence[int], spoken_of: str, body: int, *, follows_headline: bool
) -> list[int]:
    texts = [lines[index].text for index in block]
    if len(block) > 1 and _is_heading(texts[0]) and sum(map(reads_like_sentence, texts[1:])) * 2 >= len(block) - 1:
        return list(block)
    own = []
    for index, text in zip(block, texts, strict=True):
        beside_headline = follows_headline and index == block[0]
        leads_in = len(block) == 1 and index == body - 1 and ends_like_sentence(text)
        if beside_headline or leads_in or (not _of_another_story(text) and _shares(text, spoken_of)):
            own.append(index)
    if len(own) * 2 > len(block):
        return list(block) if len(block) > 2 else own
    # In a list of other stories some share words with this one by chance.
    return [
        index
        for index in own
        if (follows_headline and index == block[0])
        or (ends_like_sentence(lines[index].text) and not _is_bulleted(lines[index].text))
    ]


def _shares(text: str, spoken_of: str) -> bool:
    """Whether enough of what the line speaks of is spoken of in the article."""
    content = stems(text[:MAX_LINE])
    shared = sum(stem in spoken_of for stem in content)
    needed = SHARED_BY_SENTENCE if reads_like_sentence(text) and not _is_bulleted(text) else SHARED_BY_TITLE
    return shared > 0 and shared >= needed * len(content)


def _is_bulleted(text: str) -> bool:
    return text[:1] in "*•"


def _is_heading(text: str) -> bool:
    return len(words(text)) <= HEADING_WORDS and text == without_bullet(text) and text[-1:] not in ".!…"


def _printed_once(lines: Sequence[LogicalLine], found: Sequence[int], body: int) -> list[int]:
    """Without lines printed before, and without those with which the text itself begins."""
    known = {" ".join(words(line.text)) for line in lines[body : body + 3]}
    once = []
    for index in found:
        wording = " ".join(words(lines[index].text))
        if wording and wording not in known:
            known.add(wording)
            once.append(index)
    return once
