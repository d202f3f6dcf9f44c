"""The paragraphs of the article: body lines in order, list items marked alike, second printings left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copytaster.model.wording import ends_like_sentence, is_long, reads_like_sentence
from copytaster.model.wrap import LogicalLine

MIN_REPEATED = 12
"""A line with fewer words may well stand twice in an article: a refrain, a subhead, a table cell ..."""
MIN_PULLED = 6
"""... and one with fewer than that in a heading and in a paragraph."""
MAX_PULLED = 400
"""Characters of the longest pull quote."""
QUOTE_DISTANCE = 6
"""Paragraphs between a pull quote and the paragraph it was pulled from."""

# The marks that renderers put before list items; a dash is left, since dialogue begins with one in many languages.
_BULLET = re.compile(r"[*+•·◦▪‣●○■□]\s+(?=\S)")
_is_item = re.compile(r"(?:[*+•·◦▪‣●○■□–—-]|\(?\d{1,3}[.)])\s").match
# What may stand around a text in one printing and not in the other.
_AROUND = " \"'“”„‟«»‘’‚「」『』.…"
_is_quoted = re.compile("[\"'“”„‟«»‘’‚「『]").match


def paragraphs(lines: Sequence[LogicalLine], body: Sequence[int]) -> tuple[list[str], list[tuple[int, ...]]]:
    """The paragraphs, and for each the indices of the lines it was made of.

    Args:
        lines: The page's lines.
        body: The indices of the body lines, in order.
    """
    printed = [lines[index].text for index in body]
    dropped = _second_printing(printed, [text.lower().strip(_AROUND) for text in printed])
    texts: list[str] = []
    sources: list[tuple[int, ...]] = []
    for place, (index, text) in enumerate(zip(body, printed, strict=True)):
        if place not in dropped:
            texts.append("- " + text[mark.end() :] if (mark := _BULLET.match(text)) else text)
            sources.append((index,))
    return texts, sources


def _second_printing(texts: Sequence[str], wordings: Sequence[str]) -> set[int]:
    """Places of pull quotes and of passages printed before, with their short lines (subheads, attributions)."""
    dropped: set[int] = set()
    seen: set[str] = set()
    passage: list[int] = []
    for place, (text, wording) in enumerate(zip(texts, wordings, strict=True)):
        if wording in seen:
            passage.append(place)
        else:
            if passage:
                _drop_passage(passage, texts, wordings, dropped)
                passage = []
            seen.add(wording)
            if _is_pulled(text, wordings, place):
                dropped.add(place)
    _drop_passage(passage, texts, wordings, dropped)
    return dropped


def _drop_passage(passage: Sequence[int], texts: Sequence[str], wordings: Sequence[str], dropped: set[int]) -> None:
    for place in passage:
        if is_long(wordings[place], MIN_REPEATED) and reads_like_sentence(texts[place]) and not _is_item(texts[place]):
            dropped.update(passage)
            return


def _is_pulled(text: str, wordings: Sequence[str], place: int) -> bool:
    """Whether the line, which reads like a quote, repeats a part of a paragraph nearby."""
    wording = wordings[place]
    if (
        len(wording) > MAX_PULLED
        or not is_long(wording, MIN_PULLED)
        or _is_item(text)
        or not (_is_quoted(text) or ends_like_sentence(text))
    ):
        return False
    length = len(wording)
    for other in wordings[max(0, place - QUOTE_DISTANCE) : place + QUOTE_DISTANCE + 1]:
        if len(other) > length and wording in other:
            return True
    return False
