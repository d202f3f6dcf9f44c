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


def examples_of(pages: Sequence[LabelledPage], cache: Path | None = None) -> Examples:
    """Pack labelled pages; a hard-wrapped line has the label of its first row. With a folder, see `cached`."""
    return cached(_packed, pages, cache)


def _packed(pages: Sequence[LabelledPage]) -> Examples:
    lines = pack([labelled.page for labelled in pages])
    labels = [
        labelled.labels[line.first - 1]
        for labelled, logical in zip(pages, lines.pages, strict=True)
        for line in logical
    ]
    weights = np.array([page.weight for page in pages])[lines.page_of_line]
    weights[[label is None for label in labels]] = 0.0
    return Examples(
        lines, np.array([_INDEX[label or Label.NAV] for label in labels], dtype=np.int8), weights, features.base(lines)
    )
