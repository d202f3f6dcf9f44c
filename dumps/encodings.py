"""Telling the encoding of a text that is not UTF-8.

1. Only lines with bytes outside ASCII say anything, and a few of them are enough.
2. Each language below is read in each codec it used to be written in.
3. The reading with the largest share of that language's own letters wins: a wrong reading gives letters that no single
   language uses together, symbols or capitals inside words, or characters that nobody needs.

In a single line of text this is right more often than charset-normalizer, which also takes French for Czech.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

# Bytes of telling lines to look at; more changes next to nothing.
_SAMPLE = 3072
_TELLING_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")

# Latin letters, digits and signs as Chinese and Japanese pages write them.
_FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
# Signs that any language may use.
_SIGNS = frozenset("\xa0–—‘’‚“”„…«»‹›•·°©®™€£§¿¡、。・ー「」『』【】《》〈〉\u3000" + _FULL_WIDTH)
# Signs that may stand between two letters of a word; any other there speaks against a reading.
_INNER_SIGNS = frozenset("’·ー・–—\xa0、。，：；・「」（）『』【】《》！？")

# What a character is worth to a reading. A capital is worth less, because KOI8-R read as Windows-1251 is all capitals.
_SMALL, _CAPITAL, _SIGN, _FOREIGN, _UNDECODABLE = 1.0, 0.5, 0.5, -1.0, -3.0
_MISPLACED = -2.0
# A script other than Latin fills the lines that it stands in; the accents of a Latin one are fewer than this share of
# the letters of theirs.
_LEAST_SHARE = 1 / 6
_TOO_FEW = -1.0

_WEST = "cp1252"
_CENTRAL = "cp1250 iso8859_2"
_BALTIC = "cp1257"
_CYRILLIC = "cp1251 koi8_u iso8859_5 cp866"

# Languages, the codecs of each, and its letters outside ASCII. Where two readings are equally good the first wins:
# Hebrew comes before Russian, which has its codes and five more.
_ALPHABETS = (
    (_WEST, "äöüß"),  # German
    (_WEST, "éèàçêîôûùâëïœæ"),  # French
    (_WEST, "áéíóúñüªº"),  # Spanish
    (_WEST, "ãõáéíóúâêôàçªº"),  # Portuguese
    (_WEST, "àèéìòù"),  # Italian
    (_WEST, "åäöé"),  # Swedish, Finnish
    (_WEST, "æøåé"),  # Danish, Norwegian
    (_WEST, "ëïéèöüá"),  # Dutch
    ("cp1254", "çğıöşüâİ"),  # Turkish
    (_WEST, "áéíóúýþæöð"),  # Icelandic
    (_WEST, "àèéíïòóúüç"),  # Catalan
    (_CENTRAL, "ąćęłńóśźż"),  # Polish
    (_CENTRAL, "áčďéěíňóřšťúůýž"),  # Czech
    (_CENTRAL, "áéíóöőúüű"),  # Hungarian
    (_CENTRAL, "áäčďéíľňóôšťúýž"),  # Slovak
    (_CENTRAL, "čćđšž"),  # Croatian, Slovene
    (_CENTRAL, "ăâîşţ"),  # Romanian
    (_BALTIC, "ąčęėįšųūž"),  # Lithuanian
    (_BALTIC, "āčēģīķļņšūž"),  # Latvian
    (_BALTIC, "äõöüšž"),  # Estonian
    (
        "cp1255 iso8859_8",
        "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    ),  # Hebrew
    (_CYRILLIC, "абвгдежзийклмнопрстуфхцчшщъыьэюяё№"),  # Russian, Bulgarian
    (_CYRILLIC, "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя№"),  # Ukrainian
    ("cp1251 iso8859_5", "абвгдђежзијклљмнњопрстћуфхцчџш"),  # Serbian
    ("cp1253 iso8859_7", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"),  # Greek
    ("cp1256 iso8859_6", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ،؛؟ًٌٍَُِّْ"),  # Arabic, Persian
    ("cp874", "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F))))),  # Thai
)
# The same for scripts with thousands of characters, of which a national standard names the common ones: those with
# the lead bytes given, in the codec that defines the standard.
_CHARACTER_SETS = (
    ("cp949", "euc_kr", range(0xB0, 0xC9), ""),  # Korean
    ("cp932 euc_jp", "euc_jp", range(0xB0, 0xD0), "".join(map(chr, range(0x3041, 0x30FF)))),  # Japanese
    ("gb18030", "gb2312", range(0xB0, 0xD8), ""),  # Chinese, simplified
    ("big5hkscs", "big5", range(0xA4, 0xC7), ""),  # Chinese, traditional
)


class _Language(NamedTuple):
    codec: str
    small: frozenset[str]
    capital: frozenset[str]
    is_latin: bool


@cache
def _languages() -> tuple[_Language, ...]:
    """One entry for each language and codec, in the order of preference."""
    languages = []
    for codecs, letters in _ALPHABETS:
        small = frozenset(letters)
        capital = frozenset(c for c in letters.upper() if c > "\x7f") - small
        languages += [_Language(codec, small, capital, max(small) < "\u0250") for codec in codecs.split()]
    for codecs, standard, leads, others in _CHARACTER_SETS:
        codes = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
        common = frozenset("".join(code.decode(standard, "ignore") for code in codes if code[1] != 0x7F) + others)
        common = frozenset(c for c in common if c > "\x7f")
        languages += [_Language(codec, common, frozenset(), False) for codec in codecs.split()]
    return tuple(languages)


def guess_encoding(data: bytes) -> str:
    """Name the likeliest codec of a text that is neither ASCII nor UTF-8.

    Args:
        data: The text's bytes. Windows code pages stand for the ISO 8859 parts that they contain.

    Returns:
        The name of one of Python's codecs; "cp1252" where nothing speaks for any.
    """
    sample = _telling_sample(data)
    ascii_letters = len(_ASCII_LETTER.findall(sample))
    readings: dict[str, tuple[Counter[str], float, bool]] = {}
    best, best_score = "cp1252", float("-inf")
    for codec, small, capital, is_latin in _languages():
        if codec not in readings:
            text = sample.decode(codec, "replace")
            characters = Counter(c for c in text if c > "\x7f")
            letters = sum(count for c, count in characters.items() if c.isalpha())
            is_sparse = letters < (letters + ascii_letters) * _LEAST_SHARE
            readings[codec] = characters, _misplaced(text) * _MISPLACED, is_sparse
        characters, score, is_sparse = readings[codec]
        for character, count in characters.items():
            score += count * _worth(character, small, capital)
        score = score / max(1, characters.total()) + (_TOO_FEW if is_sparse and not is_latin else 0)
        if score > best_score:
            best, best_score = codec, score
    return best


def _telling_sample(data: bytes) -> bytes:
    lines: list[bytes] = []
    size = 0
    for match in _TELLING_LINE.finditer(data):
        lines.append(match[0][:_SAMPLE])
        size += len(lines[-1])
        if size >= _SAMPLE:
            break
    return b"\n".join(lines)


def _worth(character: str, small: frozenset[str], capital: frozenset[str]) -> float:
    if character in small:
        return _SMALL
    if character in capital:
        return _CAPITAL
    if character in _SIGNS:
        return _SIGN
    return _UNDECODABLE if character == "\ufffd" else _FOREIGN


def _misplaced(text: str) -> int:
    """Count what no spelling has: capitals after small letters, signs and other alphabets inside words."""
    count = 0
    for before, here, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if here <= "\x7f":
            continue
        if not here.isalpha():
            count += here not in _INNER_SIGNS and not _alphabet(here) and before.isalpha() and after.isalpha()
        elif _alphabet(here):
            # A lone letter, or one in a Latin word, is some other codec's sign or accented letter.
            count += not (_alphabet(before) or _alphabet(after)) or (before.islower() and here.isupper())
        elif here >= "\u2e80":
            # Japanese may write "NHKの", but "it痴" is English with a curly apostrophe.
            count += before.isascii() and before.islower()
        else:
            count += here.isupper() and (before.islower() or after.isdigit())
    return count


def _alphabet(character: str) -> bool:
    """Whether it is of Greek, Cyrillic, Hebrew, Arabic or Thai, which never share a word with Latin letters.

    Vowel signs of the last two are marks, not letters.
    """
    return "\u0370" <= character <= "\u0eff"
