"""What kind of character each code point is, and its folded form: two tables over all of Unicode.

The tables ship as data (`characters.npz`) instead of being asked of `unicodedata`, since that changes with the version
of Python and a model must see the same features everywhere. ``python -m copytaster.model.characters`` makes the file.
"""

from __future__ import annotations

import functools
import unicodedata
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

TABLE_FILE = Path(__file__).with_name("characters.npz")
CODE_POINTS = 0x110000


class Kind(IntEnum):
    """Kinds of characters, by Unicode category and, for punctuation, by what it does on a page."""

    SPACE = 0
    LOWER = 1
    UPPER = 2
    LETTER = 3  # letters without case: Arabic, Hebrew, Devanagari, Hangul, ...
    UNSPACED = 4  # letters of scripts that put no spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar
    MARK = 5
    DIGIT = 6
    NUMBER = 7  # Roman numerals, fractions, circled numbers, ...
    CONNECTOR = 8  # the underscore and its like
    TERMINAL = 9  # ends a sentence
    COMMA = 10
    COLON = 11
    APOSTROPHE = 12
    QUOTE = 13
    OPEN = 14
    CLOSE = 15
    DASH = 16
    SEPARATOR = 17  # stands between the parts of a title, a breadcrumb or a menu
    BULLET = 18
    AT = 19
    HASH = 20
    PUNCTUATION = 21  # any other
    CURRENCY = 22
    SYMBOL = 23
    IGNORED = 24  # format characters, private use, unassigned


_SINGLED_OUT: dict[Kind, str] = {
    Kind.TERMINAL: ".!?…。！？｡．؟۔।॥՞։።፧៕៖၊။᠃⸮‼⁇⁈⁉",
    Kind.COMMA: ",;،؛、，；﹐､፣",
    Kind.COLON: ":：﹕",
    Kind.APOSTROPHE: "'’ʼ＇",
    Kind.QUOTE: '"“”„‟«»‘‚‛「」『』《》〈〉＂',
    Kind.SEPARATOR: "|/\\·・‧›‹→←↑↓⇒▸▶►◀◄▼▲➔➜➤❯｜／>＞≫¦",
    Kind.BULLET: "•●○■□◆◇▪▫◦‣*✓✔★☆❖",
    Kind.AT: "@＠",
    Kind.HASH: "#＃",
}
_CATEGORIES = {
    "Ll": Kind.LOWER, "Lu": Kind.UPPER, "Lt": Kind.UPPER, "Lo": Kind.LETTER, "Lm": Kind.LETTER,
    "Mn": Kind.MARK, "Mc": Kind.MARK, "Me": Kind.MARK, "Nd": Kind.DIGIT, "Nl": Kind.NUMBER, "No": Kind.NUMBER,
    "Pc": Kind.CONNECTOR, "Ps": Kind.OPEN, "Pe": Kind.CLOSE, "Pi": Kind.QUOTE, "Pf": Kind.QUOTE, "Pd": Kind.DASH,
    "Po": Kind.PUNCTUATION, "Sc": Kind.CURRENCY, "Sm": Kind.SYMBOL, "So": Kind.SYMBOL, "Sk": Kind.SYMBOL,
    "Zs": Kind.SPACE, "Zl": Kind.SPACE, "Zp": Kind.SPACE, "Cc": Kind.SPACE,
}  # fmt: skip
_UNSPACED_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # halfwidth kana
    (0x20000, 0x3FFFF),
)
_DIGIT_FOLD = ord("0")


class CharacterTables(NamedTuple):
    """The two tables.

    Attributes:
        kinds: uint8 of shape (0x110000,), the `Kind` of each code point.
        folded: int32 of shape (0x110000,), each code point in lower case; every decimal digit becomes ``0``, so that
            dates, counts and prices look alike.
    """

    kinds: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.int32]


@functools.cache
def tables() -> CharacterTables:
    """The shipped tables, unpacked."""
    with np.load(TABLE_FILE, allow_pickle=False) as runs:
        lengths = np.diff(runs["starts"], append=CODE_POINTS)
        kinds = np.repeat(runs["kinds"], lengths)
        folded = np.arange(CODE_POINTS, dtype=np.int32)
        folded[runs["unfolded"]] = runs["folded"]
    return CharacterTables(kinds, folded)


def build() -> CharacterTables:
    """The tables as the running Python's Unicode database has them."""
    kinds = np.full(CODE_POINTS, Kind.IGNORED, dtype=np.uint8)
    folded = np.arange(CODE_POINTS, dtype=np.int32)
    for code in range(CODE_POINTS):
        character = chr(code)
        kind = _CATEGORIES.get(unicodedata.category(character), Kind.IGNORED)
        kinds[code] = kind
        if kind == Kind.DIGIT:
            folded[code] = _DIGIT_FOLD
        elif kind == Kind.UPPER and len(lower := character.lower()) == 1:
            folded[code] = ord(lower)
    for first, last in _UNSPACED_BLOCKS:
        block = kinds[first : last + 1]
        block[(block == Kind.LETTER) | (block == Kind.MARK)] = Kind.UNSPACED
    for kind, characters in _SINGLED_OUT.items():
        kinds[[ord(character) for character in characters]] = kind
    return CharacterTables(kinds, folded)


def write(path: Path) -> None:
    """Write the tables as runs of equal kinds and pairs of unequal folds."""
    kinds, folded = build()
    starts = np.flatnonzero(np.diff(kinds, prepend=np.uint8(255))).astype(np.int32)
    unfolded = np.flatnonzero(folded != np.arange(CODE_POINTS)).astype(np.int32)
    np.savez_compressed(
        path, starts=starts, kinds=kinds[starts], unfolded=unfolded, folded=folded[unfolded],
        unicode=np.frombuffer(unicodedata.unidata_version.encode(), dtype=np.uint8),
    )  # fmt: skip


if __name__ == "__main__":
    write(TABLE_FILE)
