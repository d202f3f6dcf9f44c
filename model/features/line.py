"""Features of a line by itself: its length, characters, case, punctuation, digits, marks."""

from __future__ import annotations

import functools

import numpy as np

from copytaster.model.characters import Kind
from copytaster.model.features.feature import Columns, flag, share
from copytaster.model.lines import Lines

LETTERS = (Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.UNSPACED, Kind.MARK)
"""What words are made of, digits aside."""
PUNCTUATION = (
    Kind.TERMINAL, Kind.COMMA, Kind.COLON, Kind.APOSTROPHE, Kind.QUOTE, Kind.OPEN, Kind.CLOSE, Kind.DASH,
    Kind.SEPARATOR, Kind.BULLET, Kind.AT, Kind.HASH, Kind.PUNCTUATION, Kind.CONNECTOR,
)  # fmt: skip
"""What counts as punctuation in `punctuation_share`."""
CLOSERS = (Kind.QUOTE, Kind.CLOSE, Kind.APOSTROPHE)
"""What may follow the end of a sentence."""


def ends_sentence(lines: Lines) -> np.ndarray:
    """Whether each line ends like a sentence, closing quotes and brackets aside; bool (n,)."""
    last, before = lines.mark("last_kind"), lines.mark("before_last_kind")
    closes = functools.reduce(np.logical_or, (last == kind for kind in CLOSERS))
    return (last == Kind.TERMINAL) | (closes & (before == Kind.TERMINAL))


def length(lines: Lines) -> Columns:
    """How long the line and its words are."""
    words = lines.mark("words")
    yield "width", "columns the line takes, characters of unspaced scripts counted double", lines.width
    yield "words", "words; in unspaced scripts pairs of characters", words
    yield "word_length", "mean characters a word", share(lines.kind(*LETTERS, Kind.DIGIT), words)
    yield "longest_word", "characters of the longest word", lines.mark("longest_word")


def characters(lines: Lines) -> Columns:
    """What the line is made of, by Unicode category."""
    visible = lines.kind_counts.sum(axis=1) - lines.kind(Kind.SPACE, Kind.IGNORED)
    letters = lines.kind(*LETTERS)
    yield "letter_share", "letters among the visible characters", share(letters, visible)
    yield "digit_share", "digits among the visible characters", share(lines.kind(Kind.DIGIT, Kind.NUMBER), visible)
    yield "punctuation_share", "punctuation among the visible characters", share(lines.kind(*PUNCTUATION), visible)
    yield "symbol_share", "symbols among the visible characters", share(lines.kind(Kind.SYMBOL), visible)
    yield "uncased_share", "letters without case among the letters", share(lines.kind(Kind.LETTER), letters)
    yield "unspaced_share", "letters of unspaced scripts among the letters", share(lines.kind(Kind.UNSPACED), letters)
    yield "space_share", "white space among all characters", share(lines.kind(Kind.SPACE), lines.width)


def case(lines: Lines) -> Columns:
    """Upper and lower case; missing where the script has none."""
    cased = lines.kind(Kind.UPPER, Kind.LOWER)
    words = np.where(cased > 0, lines.mark("words") - lines.mark("number_words"), 0)
    yield "upper_share", "capitals among the cased letters", share(lines.kind(Kind.UPPER), cased)
    yield "capitalised_share", "words that begin with a capital", share(lines.mark("capitalised_words"), words)
    yield "upper_words", "words of two letters or more all in capitals", lines.mark("upper_words")
    yield "first_kind", "kind of the first character", lines.mark("first_kind")


def punctuation(lines: Lines) -> Columns:
    """Sentence ends and what else tells running text from titles and menus."""
    width = lines.width
    terminals, commas = lines.kind(Kind.TERMINAL), lines.kind(Kind.COMMA)
    yield "terminals", "marks that end sentences", terminals
    yield "terminals_inside", "sentences that end before the line does", lines.mark("terminals_inside")
    yield "ends_sentence", "the line ends like a sentence", flag(ends_sentence(lines))
    yield (
        "ends_ellipsis",
        "the line ends in two marks that end sentences, or in an ellipsis",
        flag((lines.mark("last_kind") == Kind.TERMINAL) & (lines.mark("before_last_kind") == Kind.TERMINAL)),
    )
    yield "last_kind", "kind of the last character", lines.mark("last_kind")
    yield "commas", "commas and semicolons", commas
    yield "comma_rate", "commas and semicolons a column", share(commas, width)
    yield "colons", "colons", lines.kind(Kind.COLON)
    yield "quotes", "quotation marks", lines.kind(Kind.QUOTE)
    yield "apostrophes", "apostrophes", lines.kind(Kind.APOSTROPHE)
    yield "brackets", "opening brackets", lines.kind(Kind.OPEN)
    yield "dashes", "dashes and hyphens", lines.kind(Kind.DASH)
    yield "separators", "bars, slashes, arrows and dots between parts", lines.kind(Kind.SEPARATOR)
    yield "parts", "joints of a title, breadcrumb or menu", lines.mark("parts")
    yield "bullets", "bullets, stars and ticks", lines.kind(Kind.BULLET)
    yield "other_punctuation", "any other punctuation", lines.kind(Kind.PUNCTUATION)


def digits(lines: Lines) -> Columns:
    """Numbers, dates and prices."""
    yield "number_words", "words that are numbers", lines.mark("number_words")
    yield "number_word_share", "numbers among the words", share(lines.mark("number_words"), lines.mark("words"))
    yield "years", "numbers of four digits", lines.mark("years")
    yield "times", "times of day", lines.mark("times")
    yield "currencies", "currency signs", lines.kind(Kind.CURRENCY)


def links(lines: Lines) -> Columns:
    """Marks of addresses, handles and tags. Link-like phrases themselves are learned: see `evidence`."""
    yield "ats", "at signs: addresses and handles", lines.kind(Kind.AT)
    yield "hashes", "hash signs: tags", lines.kind(Kind.HASH)
    yield "connectors", "underscores", lines.kind(Kind.CONNECTOR)
