"""How near an extracted text comes to the known one, by the measures of several published evaluations.

Every measure of a page is a pair of sums, a numerator and a denominator. Over pages both are added up, which makes a
mean of pages where each has the denominator 1, and a pooled share where not. So one resampling of sites gives the
intervals of all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from copytaster.labels import LABELS
from copytaster.model.published import find_date
from copytaster.model.wording import letters, words
from copytaster.training.overlap import word_f1

__all__ = [
    "SUMS",
    "combined",
    "headline_right",
    "intervals",
    "label_sums",
    "names_author",
    "rouge_lsum",
    "same_date",
    "shingle_scores",
    "snippet_share",
    "text_sums",
    "word_f1",
    "word_scores",
]

SHINGLE = 4
RESAMPLINGS = 1000
Pair = tuple[float, float]

TEXT_SUMS = ("word F1", "precision", "recall", "shingle precision", "shingle recall", "ROUGE-LSum")
SHARE_SUMS = ("leaked", "kept", "kept loosely", "headline", "byline", "date")
LINE_SUMS = tuple(f"line {label}" for label in LABELS)
SUMS = (*TEXT_SUMS, *SHARE_SUMS, *LINE_SUMS)
"""What is added up over pages."""

_TOKEN = re.compile(r"\w+")
_ROUGE_TOKEN = re.compile(r"[a-z0-9]+")
_LETTER = re.compile(r"[^\W\d_]")
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_PLAIN = {
    **dict.fromkeys(map(ord, "‘’‚‛′´`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "\u200b\u00ad\ufeff"), ""),
    ord("…"): "...",
}
_SEPARATOR = re.compile(r"\s+[-–—·•:/~]+\s+|\s*[|»｜]\s*|:\s+")
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def word_scores(text: str, truth: str) -> tuple[float, float]:
    """Precision and recall of the multisets of words that `word_f1` compares."""
    given, true = Counter(words(text)), Counter(words(truth))
    return _scores((given & true).total(), given.total(), true.total())


def shingle_scores(text: str, truth: str) -> tuple[float | None, float | None]:
    """Precision and recall of the multisets of shingles, as article-extraction-benchmark counts them.

    A shingle is four words in a row, or all tokens of a shorter text. The precision of a page without output
    and the recall of one without truth are undefined, and do not count, except that both are 1 for two empty texts.
    The benchmark's F1 is the harmonic mean of the means of precision and recall over the pages.
    """
    given, true = _shingles(text), _shingles(truth)
    if not given and not true:
        return 1.0, 1.0
    common = (given & true).total()
    return common / given.total() if given else None, common / true.total() if true else None


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    # The published pattern, but that it would take a whole clause of Japanese for one token.
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        parts = words(token)
        tokens += parts if len(parts) > 1 else [token]
    count = max(1, len(tokens) - SHINGLE + 1) if tokens else 0
    return Counter(tuple(tokens[start : start + SHINGLE]) for start in range(count))


def rouge_lsum(text: str, truth: str) -> float:
    """ROUGE-LSum as Fundus' evaluation takes it from the package rouge-score: the F-measure, lines as sentences.

    That package knows tokens of ASCII letters and digits alone. A truth with fewer ASCII letters than others is
    compared by its words instead, since the score would otherwise be that of the numbers in it.
    """
    ascii_letters = len(_ASCII_LETTER.findall(truth))
    ours = ascii_letters * 2 < len(_LETTER.findall(truth))
    numbers: dict[str, int] = {}

    def sentences(text: str) -> list[npt.NDArray[np.int32]]:
        tokens = [words(line) if ours else _ROUGE_TOKEN.findall(line.lower()) for line in text.split("\n") if line]
        return [np.array([numbers.setdefault(t, len(numbers)) for t in line], dtype=np.int32) for line in tokens]

    true, given = sentences(truth), sentences(text)
    total_true, total_given = sum(map(len, true)), sum(map(len, given))
    if not total_true or not total_given:
        return float(total_true == total_given)
    left_true = np.bincount(np.concatenate(true), minlength=len(numbers))
    left_given = np.bincount(np.concatenate(given), minlength=len(numbers))
    ends = np.cumsum([len(line) for line in given])
    hits = _union_hits(true, np.concatenate(given), ends, left_true, left_given)
    precision, recall = hits / total_given, hits / total_true
    return 2 * precision * recall / (precision + recall) if hits else 0.0


def _union_hits(
    true: Sequence[npt.NDArray[np.int32]],
    given: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    left_true: npt.NDArray[np.int64],
    left_given: npt.NDArray[np.int64],
) -> int:
    hits = 0
    for line in true:
        for token in line[_compiled_in_union(line, given, ends)]:
            if left_true[token] > 0 and left_given[token] > 0:
                hits += 1
                left_true[token] -= 1
                left_given[token] -= 1
    return hits


def _in_union(
    line: npt.NDArray[np.int32], given: npt.NDArray[np.int32], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:  # pragma: no cover - compiled
    """Which tokens of a line are in its longest common subsequence with any of the other text's lines."""
    found = np.zeros(len(line), np.bool_)
    start = 0
    for end in ends:
        other = given[start:end]
        start = end
        table = np.zeros((len(line) + 1, len(other) + 1), np.int32)
        for i in range(1, len(line) + 1):
            for j in range(1, len(other) + 1):
                if line[i - 1] == other[j - 1]:
                    table[i, j] = table[i - 1, j - 1] + 1
                else:
                    table[i, j] = max(table[i - 1, j], table[i, j - 1])
        i, j = len(line), len(other)
        # which of several longest ones counts is decided as in the package
        while i > 0 and j > 0:
            if line[i - 1] == other[j - 1]:
                found[i - 1] = True
                i -= 1
                j -= 1
            elif table[i, j - 1] > table[i - 1, j]:
                j -= 1
            else:
                i -= 1
    return found


_compiled_in_union: Any = numba.njit(_in_union)


def snippet_share(snippets: Sequence[str], text: str, *, typography: bool = True) -> Pair:
    """How many of the snippets are in the text, white space folded on both sides, and how many there are.

    Args:
        snippets: The snippets; empty ones do not count.
        text: The text.
        typography: Whether the sort of quotation marks and dashes matters. WCXB's snippets have straight ones where
            their pages have others, so that a ninth of them is not even in the whole dump.
    """
    folded = _folded(text, typography)
    known = [found for snippet in snippets if (found := _folded(snippet, typography))]
    return float(sum(snippet in folded for snippet in known)), float(len(known))


def _folded(text: str, typography: bool) -> str:
    return " ".join((text if typography else text.translate(_PLAIN)).split())


def headline_right(given: str | None, title: str, site: str) -> bool:
    """Whether two titles have the same letters; the site's name at either end of one may be missing."""
    return bool(_wordings(given or "", site) & _wordings(title, site))


def _wordings(title: str, site: str) -> set[str]:
    name = letters(site.partition(".")[0])
    found = {letters(title)}
    for match in _SEPARATOR.finditer(title):
        first, last = title[: match.start()], title[match.end() :]
        for part, rest in ((first, last), (last, first)):
            is_site = min(len(letters(rest)), len(name)) > 2 and (letters(rest) in name or name in letters(rest))
            if is_site:
                found.add(letters(part))
    return found - {""}


def names_author(byline: str | None, authors: Sequence[str]) -> bool:
    """Whether the byline holds the name of one of the authors."""
    return any(letters(author) in letters(byline or "") for author in authors if letters(author))


def same_date(given: str | None, iso: str) -> bool:
    """Whether a printed date is the known one; the order of day and month is left open, as is a year not printed."""
    date, true = find_date(given or ""), _ISO_DATE.match(iso)
    if date is None or true is None:
        return False
    year, month, day = map(int, true.groups())
    return date.year in (None, year) and {date.month, date.day} == {month, day}


def text_sums(text: str, truth: str) -> dict[str, Pair]:
    """The measures of a text against the known one, as pairs of sums."""
    precision, recall = word_scores(text, truth)
    shingle_precision, shingle_recall = shingle_scores(text, truth)
    return {
        "word F1": (word_f1(text, truth), 1.0),
        "precision": (precision, 1.0),
        "recall": (recall, 1.0),
        "shingle precision": (shingle_precision or 0.0, float(shingle_precision is not None)),
        "shingle recall": (shingle_recall or 0.0, float(shingle_recall is not None)),
        "ROUGE-LSum": (rouge_lsum(text, truth), 1.0),
    }


def label_sums(given: Sequence[Any], true: Sequence[Any]) -> dict[str, Pair]:
    """For each label the sums of its F1 over the lines: twice those right, and those given and those true."""
    both, ours, theirs = (
        Counter(one for one, other in zip(given, true, strict=True) if one == other),
        Counter(given),
        Counter(true),
    )
    return {f"line {label}": (2.0 * both[label], float(ours[label] + theirs[label])) for label in LABELS}


def combined(sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """Figures from sums.

    Args:
        sums: float64 (..., len(SUMS), 2).

    Returns:
        Arrays (...) by name: the measures of `SUMS`, "shingle F1" and "line macro"; NaN where nothing was measured.
    """
    numerator, denominator = sums[..., 0], sums[..., 1]
    measured = denominator > 0
    ratio = np.where(measured, numerator / np.where(measured, denominator, 1.0), np.nan)
    figures = {name: ratio[..., index] for index, name in enumerate(SUMS)}
    precision, recall = figures["shingle precision"], figures["shingle recall"]
    figures["shingle F1"] = 2 * precision * recall / np.where(precision + recall == 0, 1.0, precision + recall)
    figures["line macro"] = np.mean([figures[name] for name in LINE_SUMS], axis=0)
    return figures


def stacked(scores: Sequence[Mapping[str, Pair]]) -> npt.NDArray[np.float64]:
    """float64 (pages, len(SUMS), 2): the sums of each page, zeros for what it has not."""
    return np.array([[score.get(name, (0.0, 0.0)) for name in SUMS] for score in scores]).reshape(-1, len(SUMS), 2)


def intervals(
    scores: Sequence[Mapping[str, Pair]], sites: Sequence[str], *, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """Each figure with the ends of its 95 % interval, by drawing as many sites with replacement as there are.

    Args:
        scores: The sums of each page.
        sites: The site of each page. Pages of a site are drawn together, since they succeed and fail together.
        seed: Of the random numbers.
    """
    names, index = np.unique(np.array(sites, dtype=object).astype(str), return_inverse=True)
    sums = stacked(scores)
    by_site = np.zeros((len(names), len(SUMS), 2))
    np.add.at(by_site, index, sums)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLINGS)
    drawn = combined(np.einsum("rs,smp->rmp", draws, by_site))
    figures = combined(sums.sum(axis=0))
    return {name: (float(value), *_ends(drawn[name])) for name, value in figures.items()}


def _ends(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return (float("nan"), float("nan")) if not len(known) else tuple(np.quantile(known, [0.025, 0.975]).tolist())


def _scores(common: int, given: int, true: int) -> tuple[float, float]:
    if not given and not true:
        return 1.0, 1.0
    return common / given if given else 0.0, common / true if true else 0.0
