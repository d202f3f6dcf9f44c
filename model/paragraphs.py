"""The paragraphs of the article: body lines in order, list items marked alike, second printings left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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


def paragraphs(
    lines: Sequence[LogicalLine], body: Sequence[int], *, may_repeat: bool = True
) -> tuple[list[str], Sequence[int]]:
    """The paragraphs, and for each the index of the line it was made of.

    Args:
        lines: The page's lines.
        body: The indices of the body lines, in order.
        may_repeat: Whether a line may repeat another or a part of one; False saves looking for it.
    """
    printed = [lines[index].text for index in body]
    if may_repeat and (dropped := _second_printings(printed)):
        kept = [place for place in range(len(body)) if place not in dropped]
        printed = [printed[place] for place in kept]
        body = [body[place] for place in kept]
    return [_marked_alike(text) for text in printed], body


def _marked_alike(text: str) -> str:
    bullet = None if text[:1].isalnum() else _BULLET.match(text)
    return f"- {text[bullet.end() :]}" if bullet else text


def _second_printings(texts: Sequence[str]) -> set[int]:
    """Places of pull quotes and of passages printed before, with their short lines (subheads, attributions)."""
    wordings = [text.lower().strip(_AROUND) for text in texts]
    again = _printed_before(wordings)
    dropped = {place for place in _pulled(texts, wordings) if place not in again}
    for passage in _runs(again):
        if any(
            is_long(wordings[place], MIN_REPEATED) and reads_like_sentence(texts[place]) and not _is_item(texts[place])
            for place in passage
        ):
            dropped.update(passage)
    return dropped


def _printed_before(wordings: Sequence[str]) -> list[int]:
    """Places of the wordings that stand further up as well."""
    seen: set[str] = set(wordings)
    if len(seen) == len(wordings):  # as a rule
        return []
    again = []
    seen.clear()
    for place, wording in enumerate(wordings):
        if wording in seen:
            again.append(place)
        seen.add(wording)
    return again


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Neighbouring places together."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _pulled(texts: Sequence[str], wordings: Sequence[str]) -> Iterator[int]:
    """Places of the lines that read like a quote and repeat a part of a paragraph nearby."""
    for place, (text, wording) in enumerate(zip(texts, wordings, strict=True)):
        length = len(wording)
        if (
            length > MAX_PULLED
            or not (ends_like_sentence(text) or _is_quoted(text))
            or not is_long(wording, MIN_PULLED)
            or _is_item(text)
        ):
            continue
        for other in wordings[max(0, place - QUOTE_DISTANCE) : place + QUOTE_DISTANCE + 1]:
            if len(other) > length and wording in other:
                yield place
                break
