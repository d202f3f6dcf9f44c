"""How far two labellings of the same pages agree: Cohen's kappa, and where they differ.

Kappa (Cohen, "A coefficient of agreement for nominal scales", 1960) is the agreement beyond what chance would give two
people who use each label as often as these do: 1 is full agreement, 0 is chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.training.findings import counted, place_of, shown

_INDEX = {label: index for index, label in enumerate(LABELS)}


class AgreementError(ValueError):
    """The two labellings are not of the same pages."""


@dataclass(frozen=True)
class Disagreement:
    """A line that the two label differently.

    Attributes:
        page: The page's id.
        line: The line of the page, from 1.
        text: The line.
        labels: What the first says and what the second says; None where undecided.
        places: Where each says so, as ``file:line``.
    """

    page: str
    line: int
    text: str
    labels: tuple[Label | None, Label | None]
    places: tuple[str, str]

    def __str__(self) -> str:
        first, second = (label or "?" for label in self.labels)
        return f"{self.places[0]}: {shown(self.text)} is {first}, and {second} at {self.places[1]}"

    def record(self) -> dict[str, Any]:
        """The disagreement as JSON has it."""
        return {
            "page": self.page, "line": self.line, "text": self.text.strip(),
            "labels": [str(label) if label else "?" for label in self.labels], "places": list(self.places),
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far two labellings agree.

    Attributes:
        pages: Pages that both have.
        confusion: int64 (4, 4), lines that both have decided, by the first's label (rows) and the second's (columns).
        undecided: Lines that one or both have left undecided; they are not counted in the confusion.
        disagreements: Lines on which they differ, those included that only one has decided.
        only_first: Ids of pages that only the first has.
        only_second: Ids of pages that only the second has.
    """

    pages: int
    confusion: npt.NDArray[np.int64]
    undecided: int
    disagreements: Sequence[Disagreement]
    only_first: Sequence[str]
    only_second: Sequence[str]

    @property
    def lines(self) -> int:
        """Lines that both have decided."""
        return int(self.confusion.sum())

    @property
    def share(self) -> float | None:
        """The share of them that both label alike; None if there are none."""
        return float(np.trace(self.confusion)) / self.lines if self.lines else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over all labels; None where chance alone would agree on everything."""
        return _kappa(self.confusion)

    def kappa_of(self, label: Label) -> float | None:
        """Cohen's kappa of one label against the others."""
        k = _INDEX[label]
        both, first, second = self.confusion[k, k], self.confusion[k].sum(), self.confusion[:, k].sum()
        rest = self.confusion.sum() - first - second + both
        return _kappa(np.array([[both, first - both], [second - both, rest]]))

    def record(self) -> dict[str, Any]:
        """The agreement as JSON has it."""
        return {
            "pages": self.pages, "lines": self.lines, "undecided": self.undecided,
            "agreement": self.share, "kappa": self.kappa,
            "kappa_by_label": {str(label): self.kappa_of(label) for label in LABELS},
            "confusion": {
                str(row): {str(column): int(self.confusion[i, j]) for j, column in enumerate(LABELS)}
                for i, row in enumerate(LABELS)
            },
            "disagreements": [found.record() for found in self.disagreements],
            "only_first": list(self.only_first), "only_second": list(self.only_second),
        }  # fmt: skip

    def text(self, most: int | None = None) -> str:
        """The agreement to read, with at most so many disagreements."""
        return "\n".join(self._rows(most))

    def _rows(self, most: int | None) -> Iterator[str]:
        pages, lines = counted(self.pages, "page"), counted(self.lines, "line")
        yield f"{pages}, {lines} that both have decided, {self.undecided:,} undecided"
        yield f"agreement {_shown(self.share)}, Cohen's kappa {_shown(self.kappa)}"
        yield ""
        yield f"{'first / second':16}" + "".join(f"{label:>10}" for label in LABELS) + f"{'kappa':>10}"
        for i, label in enumerate(LABELS):
            yield (
                f"{label:16}"
                + "".join(f"{count:10,}" for count in self.confusion[i])
                + f"{_shown(self.kappa_of(label)):>10}"
            )
        if self.disagreements:
            yield f"\n{counted(len(self.disagreements), 'line')} on which they differ"
            yield from (f"  {found}" for found in self.disagreements[:most])
            hidden = len(self.disagreements) - len(self.disagreements[:most])
            if hidden:
                yield f"  ... and {hidden:,} more"
        for which, ids in (("first", self.only_first), ("second", self.only_second)):
            if ids:
                yield f"\n{counted(len(ids), 'page')} that only the {which} has"
                yield from (f"  {page_id}" for page_id in ids[:most])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _kappa(confusion: npt.NDArray[np.int64]) -> float | None:
    from sklearn.metrics import cohen_kappa_score

    if np.count_nonzero(confusion.sum(axis=0) + confusion.sum(axis=1)) < 2:
        return None  # both use one and the same label throughout
    first, second = np.nonzero(confusion)
    return float(cohen_kappa_score(first, second, sample_weight=confusion[first, second]))


def agreement(first: Sequence[LabelledPage], second: Sequence[LabelledPage]) -> Agreement:
    """Compare two labellings of the same pages, page by page with the same id.

    Raises:
        AgreementError: If a page is there twice on one side, if its lines are not the same on both, or if no page is on
            both.
    """
    one, other = _by_id(first), _by_id(second)
    common = [page_id for page_id in one if page_id in other]
    if not common:
        raise AgreementError(
            "no page is in both: pages are matched by their id; give pages that are the same the same '# id:'"
        )
    confusion = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    undecided = 0
    found: list[Disagreement] = []
    for page_id in common:
        a, b = one[page_id], other[page_id]
        _check_lines(a, b)
        for number in a.page.numbers:
            pair = (a.labels[number - 1], b.labels[number - 1])
            if pair[0] is not None and pair[1] is not None:
                confusion[_INDEX[pair[0]], _INDEX[pair[1]]] += 1
            else:
                undecided += 1
            if pair[0] is not pair[1]:
                places = (place_of(a, number), place_of(b, number))
                found.append(Disagreement(page_id, number, a.page.rows[number - 1], pair, places))
    only_first = [page_id for page_id in one if page_id not in other]
    only_second = [page_id for page_id in other if page_id not in one]
    return Agreement(len(common), confusion, undecided, found, only_first, only_second)


def _by_id(pages: Sequence[LabelledPage]) -> dict[str, LabelledPage]:
    found: dict[str, LabelledPage] = {}
    for page in pages:
        if page.page.id in found:
            raise AgreementError(
                f"{place_of(page)}: a page with the id {page.page.id!r} is also at {place_of(found[page.page.id])};"
                " give them different ids, or take one away"
            )
        found[page.page.id] = page
    return found


def _check_lines(first: LabelledPage, second: LabelledPage) -> None:
    rows, others = first.page.rows, second.page.rows
    for number in range(1, max(len(rows), len(others)) + 1):
        here = rows[number - 1] if number <= len(rows) else None
        there = others[number - 1] if number <= len(others) else None
        if here != there:
            raise AgreementError(
                f"{place_of(first, min(number, len(rows)))}: line {number} of the page {first.page.id!r} is "
                f"{_line(here)}, and {_line(there)} at {place_of(second, min(number, len(others)))};"
                " only labellings of the same lines can be compared"
            )


def _line(row: str | None) -> str:
    return "missing" if row is None else shown(row) if row else "blank"
