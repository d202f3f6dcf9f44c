"""The classifier: two forests and the word evidence, from pages to labelled lines and articles."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS
from copytaster.labels.page import Page
from copytaster.model import features
from copytaster.model.article import Article, LabelledLine
from copytaster.model.assembly import assemble
from copytaster.model.confidence import measure, measures
from copytaster.model.context import context_features, fill_context
from copytaster.model.decode import DEFAULT_TRANSITIONS, PREFERENCES, Transitions, decode
from copytaster.model.echoes import may_repeat
from copytaster.model.features.evidence import ASPECTS, BUCKETS, Evidence
from copytaster.model.features.feature import matrix
from copytaster.model.forest import Forest
from copytaster.model.limits import MAX_CHARS, MAX_LINES, check_size
from copytaster.model.lines import Lines, pack
from copytaster.model.modelfile import ModelFileError, fingerprint, read_model, write_model
from copytaster.model.wrap import LogicalLine

SHIPPED = Path(__file__).with_name("shipped.npz")
"""The model that ships with Copytaster."""
BATCH_PAGES = 32
"""Pages that `extract_many` works on at a time."""
# Beyond this no odds of a model file make sense, and sums of them could leave the range of a float32.
_MOST_LOG_ODDS = 1e6


class PreferenceError(ValueError):
    """What was given as a preference is none."""


@dataclass(frozen=True)
class Reading:
    """What the classifier makes of one page.

    Attributes:
        page: The page.
        article: The article put together from its lines.
        logical: Its lines that are not blank, hard-wrapped ones joined; n of them.
        labels: (n,), for each of these an index into `LABELS`.
        probabilities: (n, 4), for each of these the probabilities of the labels.
    """

    page: Page
    article: Article
    logical: Sequence[LogicalLine] = ()
    labels: npt.NDArray[np.int8] | Sequence[int] = field(default=(), compare=False)
    probabilities: npt.NDArray[np.float64] | Sequence[Sequence[float]] = field(default=(), compare=False)

    @functools.cached_property
    def lines(self) -> list[LabelledLine]:
        """The dump's lines that are not blank, labelled; made when asked for, since most callers want the article."""
        return [
            LabelledLine(
                number,
                self.page.rows[number - 1].strip(),
                LABELS[label],
                row[label],
                dict(zip(LABELS, row, strict=True)),
            )
            for line, label, row in zip(
                self.logical, np.asarray(self.labels).tolist(), np.asarray(self.probabilities).tolist(), strict=True
            )
            for number in range(line.first, line.last + 1)
            if self.page.rows[number - 1]  # a list of links, which counts as one line, has blank rows inside
        ]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained model.

    Attributes:
        evidence: The word evidence.
        first: The first stage's forest.
        second: The second stage's, which sees the first stage's probabilities.
        right: Judges of a page, as measured by `copytaster.model.confidence`, whether its text came out right.
        article: Judges whether it holds an article.
        transitions: What changes of state cost the decoder.
        about: What else the model file's header says: the training data, versions, scores.
        lean: Log odds added to body, see `preferring`; not part of the model file.
    """

    evidence: Evidence
    first: Forest
    second: Forest
    right: Forest
    article: Forest
    transitions: Transitions = DEFAULT_TRANSITIONS
    about: Mapping[str, Any] = field(default_factory=dict)
    lean: float = 0.0

    def preferring(self, prefer: str | float) -> Classifier:
        """The same model, leaning towards precision or recall of the article's text.

        Args:
            prefer: "precision", "balanced" or "recall", or log odds to add to every line's odds of being body.

        Raises:
            PreferenceError: If it is another word, or no finite number.
        """
        lean = PREFERENCES.get(prefer) if isinstance(prefer, str) else float(prefer)
        if lean is None or not math.isfinite(lean):
            raise PreferenceError(f"{prefer!r} is no preference; give one of {', '.join(PREFERENCES)}, or a number")
        return self if lean == self.lean else dataclasses.replace(self, lean=lean)

    def features(self, lines: Lines) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """What the first and what the second stage see of n lines, one row each."""
        # Each stage's features stand behind those that it builds on, in one matrix, so that none are copied.
        second_stage = matrix(len(lines), len(context_features()))
        first_stage = second_stage[:, : len(features.features())]
        features.fill_base(lines, first_stage[:, : len(features.base_features())])
        features.fill_complete(lines, self.evidence, first_stage)
        fill_context(lines, self.first.predict_proba(first_stage), second_stage)
        return first_stage, second_stage

    def probabilities(self, lines: Lines) -> npt.NDArray[np.float64]:
        """float64 (n, 4), the probabilities of the labels of each line."""
        return self.second.predict_proba(self.features(lines)[1])

    def read(self, pages: Sequence[Page]) -> list[Reading]:
        """Label the lines of some pages and put their articles together."""
        lines = pack(pages)
        if not len(lines):
            return [Reading(page, Article()) for page in pages]
        return self.readings(pages, lines, self.probabilities(lines))

    def readings(self, pages: Sequence[Page], lines: Lines, probabilities: npt.NDArray[np.float64]) -> list[Reading]:
        """Put the articles of some pages together from the probabilities of their lines.

        Args:
            pages: The pages.
            lines: Their n lines, at least one.
            probabilities: float64 (n, 4), the model's own or another's.
        """
        labels = decode(lines, probabilities, self.transitions, self.lean)
        measured = measure(lines, probabilities, labels)
        right, article = (forest.predict_proba(measured)[:, 1].tolist() for forest in (self.right, self.article))
        repeat = may_repeat(lines, labels).tolist()
        return [
            _reading(page, logical, labels[start:end], probabilities[start:end], *of_page)
            for page, logical, (start, end), *of_page in zip(
                pages, lines.pages, itertools.pairwise(lines.page_start.tolist()), right, article, repeat, strict=True
            )
        ]

    @functools.cached_property
    def fingerprint(self) -> str:
        """Twelve digits that tell this model from others."""
        return fingerprint(self._header(), self._arrays())

    def save(self, path: str | Path) -> None:
        """Write the model file; `docs/model-file.md` describes it."""
        write_model(path, self._header(), self._arrays())

    def _header(self) -> dict[str, Any]:
        return {
            **self.about,
            "features": [feature.name for feature in context_features()],
            "labels": list(LABELS),
            "transitions": list(self.transitions),
        }

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "evidence": self.evidence.weights,
            "evidence_step": self.evidence.step,
            "evidence_intercept": self.evidence.intercept,
            **self.first.arrays("first"),
            **self.second.arrays("second"),
            **self.right.arrays("right"),
            **self.article.arrays("article"),
        }


def load(path: str | Path | None = None) -> Classifier:
    """Load a model.

    Args:
        path: A model file; None for the model that ships with Copytaster, which is read once a process. A file of your
            own is read each time, since it may have been trained anew.

    Raises:
        ModelFileError: If the file is not a model that this version reads.
    """
    return _shipped() if path is None else _read_classifier(Path(path))


@functools.cache
def _shipped() -> Classifier:
    return _read_classifier(SHIPPED)


def _read_classifier(source: Path) -> Classifier:
    header, arrays = read_model(source)
    if header.get("features") != [feature.name for feature in context_features()] or header.get("labels") != list(
        LABELS
    ):
        raise ModelFileError(f"{source}: made for other features or labels than this version's; train it anew")
    evidence = _evidence(arrays, source)
    transitions = _transitions(header, source)
    first = Forest.from_arrays(arrays, "first", source=str(source))
    second = Forest.from_arrays(arrays, "second", source=str(source))
    right = Forest.from_arrays(arrays, "right", source=str(source))
    article = Forest.from_arrays(arrays, "article", source=str(source))
    expected = (len(features.features()), len(context_features()), len(measures()), len(measures()))
    if tuple(forest.n_features for forest in (first, second, right, article)) != expected:
        raise ModelFileError(f"{source}: its forests are made for other features; train the model anew")
    if tuple(forest.n_classes for forest in (first, second, right, article)) != (len(LABELS), len(LABELS), 2, 2):
        raise ModelFileError(f"{source}: its forests tell other labels apart; train the model anew")
    about = {key: value for key, value in header.items() if key not in {"features", "labels", "transitions", "arrays"}}
    return Classifier(evidence, first, second, right, article, transitions, about)


def _transitions(header: Mapping[str, Any], source: Path) -> Transitions:
    costs = header.get("transitions")
    if (
        isinstance(costs, list)
        and len(costs) == len(Transitions._fields)
        and all(type(cost) in (int, float) and abs(cost) <= _MOST_LOG_ODDS for cost in costs)
    ):
        return Transitions(*map(float, costs))
    raise ModelFileError(f"{source}: the header's transitions are damaged; train the model anew")


def _evidence(arrays: Mapping[str, npt.NDArray[Any]], source: Path) -> Evidence:
    count = len(ASPECTS)
    shapes = {"evidence": (BUCKETS, count), "evidence_step": (count,), "evidence_intercept": (count,)}
    for name, shape in shapes.items():
        array = arrays.get(name)
        kind = np.int8 if name == "evidence" else np.float64
        if array is None or array.shape != shape or array.dtype != kind or not _is_sensible(array):
            raise ModelFileError(f"{source}: the word evidence is missing or damaged; train the model anew")
    return Evidence(*(arrays[name] for name in shapes))


def _is_sensible(array: npt.NDArray[Any]) -> bool:
    # The weights, a million and a half of small integers, could not be out of bounds.
    return array.dtype == np.int8 or bool((np.abs(array) <= _MOST_LOG_ODDS).all())


def extract(
    text: str,
    *,
    classifier: Classifier | None = None,
    prefer: str | float = "balanced",
    url: str | None = None,
    max_lines: int = MAX_LINES,
    max_chars: int = MAX_CHARS,
) -> Article:
    """Build the article from a page's dump.

    Args:
        text: The dump.
        classifier: The model; None for the shipped one.
        prefer: See `Classifier.preferring`.
        url: Where the page was found, if known: most addresses of stories hold words of their titles.
        max_lines: Most lines a dump may have.
        max_chars: Most characters.

    Raises:
        PageTooLarge: If the text is over the limits.
    """
    check_size(text, max_lines=max_lines, max_chars=max_chars)
    return _classifier(classifier, prefer).read([Page.from_text(text, url=url)])[0].article


def extract_many(
    texts: Iterable[str],
    *,
    classifier: Classifier | None = None,
    prefer: str | float = "balanced",
    max_lines: int = MAX_LINES,
    max_chars: int = MAX_CHARS,
) -> Iterator[Article]:
    """Build the articles of many dumps, in order, some pages at a time.

    Args:
        texts: The dumps; as many as `BATCH_PAGES` are held at a time.
        classifier: The model; None for the shipped one.
        prefer: See `Classifier.preferring`.
        max_lines: Most lines a dump may have.
        max_chars: Most characters.

    Raises:
        PageTooLarge: If a text is over the limits, which ends the iteration.
    """
    classifier = _classifier(classifier, prefer)
    texts = iter(texts)
    while batch := list(itertools.islice(texts, BATCH_PAGES)):
        for text in batch:
            check_size(text, max_lines=max_lines, max_chars=max_chars)
        for reading in classifier.read([Page.from_text(text) for text in batch]):
            yield reading.article


def label_lines(
    text: str,
    *,
    classifier: Classifier | None = None,
    prefer: str | float = "balanced",
    url: str | None = None,
    max_lines: int = MAX_LINES,
    max_chars: int = MAX_CHARS,
) -> list[LabelledLine]:
    """Label the lines of a page's dump, blank ones left out.

    Args:
        text: The dump.
        classifier: The model; None for the shipped one.
        prefer: See `Classifier.preferring`.
        url: Where the page was found, if known: most addresses of stories hold words of their titles.
        max_lines: Most lines the dump may have.
        max_chars: Most characters.

    Raises:
        PageTooLarge: If the text is over the limits.
    """
    check_size(text, max_lines=max_lines, max_chars=max_chars)
    return _classifier(classifier, prefer).read([Page.from_text(text, url=url)])[0].lines


def _classifier(given: Classifier | None, prefer: str | float) -> Classifier:
    # A classifier of the caller's may lean already: only an explicit wish changes that.
    classifier = given or load()
    return classifier if prefer == "balanced" else classifier.preferring(prefer)


def _reading(
    page: Page,
    logical: Sequence[LogicalLine],
    labels: npt.NDArray[np.int8],
    probabilities: npt.NDArray[np.float64],
    confidence: float,
    has_article: float,
    may_repeat: bool,
) -> Reading:
    if not logical:
        return Reading(page, Article())
    article = assemble(
        page.rows, logical, labels, probabilities, confidence=confidence, has_article=has_article,
        may_repeat=may_repeat, site=page.site if page.url else None,
    )  # fmt: skip
    return Reading(page, article, logical, labels, probabilities)
