"""Labelled pages as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model import features
from copytaster.model.lines import Lines, pack
from copytaster.training.cache import cached
from copytaster.training.truth import true_labels

USUAL_LINES = 100
"""A page of so many lines counts in full for the forests, a longer one less and a shorter one more."""
_LEAST_LINES = 5

_INDEX = {label: index for index, label in enumerate(LABELS)}


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled pages as arrays; n lines on p pages.

    Attributes:
        lines: The packed lines.
        labels: int8 (n,), indices into `LABELS`; nav where undecided.
        weights: float64 (n,), what each line counts: nothing where its label is undecided.
        base: float32 (n, b), the features that need no training.
    """

    lines: Lines
    labels: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]
    base: npt.NDArray[np.float32]

    @property
    def counts(self) -> npt.NDArray[np.float64]:
        """float64 (n,), what each line counts for the forests: its weight, and less on a long page.

        That is half of the way to all pages counting the same. A few pages of thousands of lines would else teach what
        lines look like; wanted is the article of each page.
        """
        lengths = np.maximum(np.diff(self.lines.page_start), _LEAST_LINES)
        return self.weights * np.sqrt(USUAL_LINES / lengths)[self.lines.page_of_line]


def examples_of(pages: Sequence[LabelledPage], cache: Path | None = None) -> Examples:
    """Pack labelled pages; a hard-wrapped line has the label of its first row. With a folder, see `cached`."""
    return cached(_packed, pages, cache)


def _packed(pages: Sequence[LabelledPage]) -> Examples:
    lines = pack([labelled.page for labelled in pages])
    labels = [
        label for labelled, logical in zip(pages, lines.pages, strict=True) for label in true_labels(labelled, logical)
    ]
    weights = np.array([page.weight for page in pages])[lines.page_of_line]
    weights[[label is None for label in labels]] = 0.0
    return Examples(
        lines, np.array([_INDEX[label or Label.NAV] for label in labels], dtype=np.int8), weights, features.base(lines)
    )
