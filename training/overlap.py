"""How much of a text is in another."""

from __future__ import annotations

from collections import Counter

from copytaster.model.wording import words


def word_f1(text: str, truth: str) -> float:
    """F1 of the two multisets of lower-cased words; in unspaced scripts each character is a word."""
    given, true = Counter(words(text)), Counter(words(truth))
    common = sum((given & true).values())
    return 2 * common / (sum(given.values()) + sum(true.values())) if common else float(not given and not true)
