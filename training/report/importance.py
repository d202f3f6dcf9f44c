"""What a classifier would lose without a feature, by permutation (Breiman, Random Forests, 2001).

1. Some pages are drawn whole, since the second stage looks at a line's neighbours.
2. The values of a family of features are shuffled among the lines of these pages, all features of the family alike, so
   that what they say together stays together.
3. The features of the lines around are taken from the shuffled values, and both stages and the decoder run on them.

What the second stage measures of the page and of the lines' words is not shuffled along with the first stage's
features: it has families of its own. Families that say much the same cover for each other, and each seems to matter
less than it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage
from copytaster.model import features
from copytaster.model.classifier import Classifier
from copytaster.model.context import OFFSETS, REACHES, context, context_features
from copytaster.model.decode import decode
from copytaster.model.lines import Lines
from copytaster.training.evaluate import Trial
from copytaster.training.examples import examples_of
from copytaster.training.scores import N_COUNTS, Counts, metrics
from copytaster.training.truth import true_labels

MOST_LINES = 6_000
"""Lines drawn at most, over all classifiers: each shuffle runs all of them through both stages."""
REPEATS = 3
"""Shuffles of each family."""

_CERTAIN = 1e-6  # the least probability, as in the decoder


class Loss(NamedTuple):
    """What shuffling a family of features does.

    Attributes:
        family: Its name.
        features: The names of its features.
        f1: float64 (REPEATS,), macro F1 lost by each shuffle.
        log_loss: Mean log loss gained, which also tells of lines whose label stays what it was.
    """

    family: str
    features: tuple[str, ...]
    f1: npt.NDArray[np.float64]
    log_loss: float


class Importance(NamedTuple):
    """The families of features and what each is worth.

    Attributes:
        pages: Pages drawn.
        lines: Labelled lines on them, hard-wrapped ones joined.
        f1: Macro F1 before anything is shuffled.
        losses: The families, the one that matters most first.
    """

    pages: int
    lines: int
    f1: float
    losses: Sequence[Loss]


@dataclass(frozen=True, eq=False)
class _Sample:
    """Some pages as the stages see them; n lines.

    Attributes:
        classifier: What labels them.
        lines: The lines.
        true: int64 (n,), their labels.
        decided: bool (n,), whether they are measured.
        first: float32 (n, f), the first stage's features.
    """

    classifier: Classifier
    lines: Lines
    true: npt.NDArray[np.int64]
    decided: npt.NDArray[np.bool_]
    first: npt.NDArray[np.float32]

    def measure(self, own: npt.NDArray[np.float32], second: _Change | None = None) -> Counts:
        """float64 (N_COUNTS + 1,), the confusion of the lines, and the sum of their log loss behind it."""
        x = context(self.lines, own, self.classifier.first.predict_proba(own))
        if second is not None:
            second(x)
        probabilities = self.classifier.second.predict_proba(x)
        given = decode(self.lines, probabilities, self.classifier.transitions)
        out = np.zeros(N_COUNTS + 1)
        cells = len(LABELS) ** 2
        pairs = self.true[self.decided] * len(LABELS) + given[self.decided]
        out[:cells] = np.bincount(pairs, minlength=cells)
        of_true = probabilities[np.arange(len(self.true)), self.true]
        out[-1] = -np.log(np.maximum(of_true[self.decided], _CERTAIN)).sum()
        return out


_Change = Callable[[npt.NDArray[np.float32]], None]


def importance(trials: Sequence[Trial], progress: Callable[[str], None] | None = None) -> Importance | None:
    """Measure what each family of features is worth; None where no line is labelled.

    Args:
        trials: Classifiers and the pages they are measured on; lines are counted over all of them.
        progress: Called with a line of text as work gets done.
    """
    say = progress or (lambda _: None)
    drawn = [(trial.classifier, _drawn(trial.pages, MOST_LINES // len(trials))) for trial in trials]
    samples = [_sample(classifier, pages) for classifier, pages in drawn if pages]
    decided = sum(int(sample.decided.sum()) for sample in samples)
    if not decided:
        return None
    whole = np.sum([sample.measure(sample.first) for sample in samples], axis=0)
    f1, loss = _scores(whole)
    own, second = _own_families(), _second_families()
    losses = []
    for number, (family, columns) in enumerate([*own.items(), *second.items()]):
        say(f"shuffling features, {number + 1} of {len(own) + len(second)}")
        shuffled = np.array([
            _scores(np.sum([_measured(sample, columns, repeat, family in own) for sample in samples], axis=0))
            for repeat in range(REPEATS)
        ])  # fmt: skip
        names = tuple(context_features()[column].name for column in columns)
        losses.append(Loss(family, names, f1 - shuffled[:, 0], float(shuffled[:, 1].mean() - loss) / decided))
    losses.sort(key=lambda one: (-float(one.f1.mean()), -one.log_loss))
    return Importance(sum(len(pages) for _, pages in drawn), decided, f1, losses)


def _drawn(pages: Sequence[LabelledPage], lines: int) -> list[LabelledPage]:
    """Some of the pages that have lines, of about so many lines; one at least."""
    drawn: list[LabelledPage] = []
    for index in np.random.default_rng(0).permutation(len(pages)).tolist():
        size = len(pages[index].page.numbers)
        if size and (size <= lines or not drawn):
            drawn.append(pages[index])
            lines -= size
    return drawn


def _sample(classifier: Classifier, pages: Sequence[LabelledPage]) -> _Sample:
    examples = examples_of(pages)
    decided = np.array(
        [label is not None for page, logical in zip(pages, examples.lines.pages, strict=True)
         for label in true_labels(page, logical)]
    )  # fmt: skip
    first = features.complete(examples.lines, examples.base, classifier.evidence)
    return _Sample(classifier, examples.lines, examples.labels.astype(np.int64), decided, first)


def _measured(sample: _Sample, columns: Sequence[int], repeat: int, is_own: bool) -> Counts:
    order = np.random.default_rng(repeat).permutation(len(sample.true))

    def shuffle(x: npt.NDArray[np.float32]) -> None:
        x[:, columns] = x[order][:, columns]

    if not is_own:
        return sample.measure(sample.first, shuffle)
    own = sample.first.copy(order="K")
    shuffle(own)
    features.add_neighbours(sample.lines, own)
    return sample.measure(own)


def _scores(counts: Counts) -> tuple[float, float]:
    return float(metrics(counts[:-1])[0]), float(counts[-1])


def _own_families() -> Mapping[str, list[int]]:
    """The columns of each family of features of a line itself."""
    return dict(_numbered(0, ((family, len(names)) for family, names in features.families().items())))


def _second_families() -> Mapping[str, list[int]]:
    """The columns of what the second stage sees besides."""
    first, sums = len(features.features()), 2 * len(LABELS) * len(REACHES)
    around = len(LABELS) * len(OFFSETS) + sums
    page = len(context_features()) - first - len(LABELS) - around
    sizes = (("first stage: the line", len(LABELS)), ("first stage: the lines around", around))
    return dict(_numbered(first, [*sizes, ("first stage: the page", page)]))


def _numbered(at: int, sizes: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    for family, size in sizes:
        yield family, list(range(at, at + size))
        at += size
