"""What a text says, apart from how it is printed: its words, its letters, whether it ends like a sentence."""

from __future__ import annotations

import functools
import re

LONG_LINE = 90
"""A line of so many columns reads like a sentence even where its full stop is missing (a cut-off blurb)."""

# Scripts written without spaces, whose characters count as words: Thai, Lao, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Whether there may be any of them. Compiling a pattern goes through the tens of thousands of characters in it, which
# only a page should wait for that has some.
_may_be_unspaced = re.compile("[^\0-\u0dff\u2000-\u2e7f]").search
_SPACED_WORD = re.compile(r"\w+")  # the same where none of these occur, several times as fast
_HANGUL = ("\uac00", "\ud7af")
_wide = re.compile("[^\0-\u2e7f\U00040000-\U0010ffff]").search
_has_letter = re.compile(r"[^\W_]").search
_has_word = re.compile(r"\w").search
_NOT_LETTERS = re.compile(r"[\W_]+")
_TERMINALS = frozenset(".!?…。！？।؟։።")
_CLOSING = "\"'”’»«“」』)]"
_BULLET = re.compile(r"[*•·◦▪‣●○■□◆►▶➤➜✓✔+\-–—]\s+")

WIDEST = 2.5
"""Columns of a character of Han, kana or Hangul."""
COLUMNS_OF_WORD = 6
"""Columns of a word where no spaces are written."""
MAX_ENDING = 8
"""Characters at the end of a text among which the punctuation of its sentence stands."""
STEM = 5
"""Letters by which two words count as forms of one when contents are compared."""


def words(text: str) -> list[str]:
    """The lower-cased words; of scripts without spaces, each character."""
    is_spaced = text.isascii() or not _may_be_unspaced(text) or not _unspaced().search(text)
    return (_SPACED_WORD if is_spaced else _word()).findall(text.lower())


@functools.cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@functools.cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


def has_word(text: str) -> bool:
    """Whether there are any `words` in the text."""
    return _has_word(text) is not None


def letters(text: str) -> str:
    """The lower-cased letters and digits alone, so that "The Daily-Star" equals "thedailystar"."""
    return _NOT_LETTERS.sub("", text.casefold())


def stems(text: str) -> set[str]:
    """What the text speaks of: beginnings of its longer words; pairs of characters in scripts without spaces."""
    if text.isascii():
        return {word[:STEM] for word in words(text) if len(word) > 3}
    found = set()
    before = ""
    for word in words(text):
        if _may_be_unspaced(word[0]) and _unspaced().match(word):
            if before:
                found.add(before + word)
            before = word
            continue
        before = ""
        if _HANGUL[0] <= word[0] <= _HANGUL[1]:
            found.add(word[:2])  # particles are glued to Korean nouns
        elif len(word) > 3:
            found.add(word[:STEM])
    return found


def columns(text: str) -> int:
    """Roughly the width of the text: a character of Han, kana or Hangul is worth `WIDEST` letters."""
    if not has_wide(text):
        return len(text)
    return len(text) + 3 * sum(character > "\u2e80" for character in text) // 2


def has_wide(text: str) -> bool:
    """Whether there is a character of Han, kana or Hangul in the text, or another that is as wide."""
    return not text.isascii() and _wide(text) is not None


def is_long(text: str, least: int) -> bool:
    """Whether the text has so many words, taking `COLUMNS_OF_WORD` for a word where no spaces are written."""
    return text.count(" ") >= least - 1 or (has_wide(text) and columns(text) >= COLUMNS_OF_WORD * least)


def ends_like_sentence(text: str) -> bool:
    """Whether the text ends with the punctuation of a sentence."""
    last = text[-1:]
    return last in _TERMINALS or (last in _CLOSING and text[-MAX_ENDING:].rstrip(_CLOSING)[-1:] in _TERMINALS)


def reads_like_sentence(text: str) -> bool:
    """Whether the text ends like a sentence or is as long as one."""
    return ends_like_sentence(text) or columns(text) >= LONG_LINE


def says_something(text: str) -> bool:
    """Whether the text has a letter or a digit."""
    return text[:1].isalpha() or _has_letter(text) is not None


def without_bullet(text: str) -> str:
    """The text of a list item without the bullet that the renderer put before it; numbers stay."""
    bullet = None if text[:1].isalnum() else _BULLET.match(text)
    return text[bullet.end() :] if bullet else text
