"""Marks: a letter for each line of a page, which says what a user has made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model.wrap import LogicalLine

GUESS = "."
"""The mark of a line that nobody has looked at: its label is the model's guess."""
UNDECIDED = "?"
"""The mark of a line that a user left open."""
LETTERS = "".join(label[0] for label in LABELS)
"""The marks of the labels, in the order of `LABELS`: the letters they begin with, which are also their keys."""

_LABEL_OF = dict(zip(LETTERS, LABELS, strict=True))


def marks_of(labelled: LabelledPage, lines: Sequence[LogicalLine], left_open: Callable[[LogicalLine], bool]) -> str:
    """The marks of a labelled page; of a hard-wrapped line the first row counts, as in training.

    Args:
        labelled: The page.
        lines: Its lines.
        left_open: Tells of a line without a label whether a user left it open, or nobody came to it.
    """
    labels = [labelled.labels[line.first - 1] for line in lines]
    return "".join(
        label[0] if label else UNDECIDED if left_open(line) else GUESS
        for line, label in zip(lines, labels, strict=True)
    )


def label_rows(
    labelled: LabelledPage, lines: Sequence[LogicalLine], labels: Sequence[Label | None]
) -> tuple[Label | None, ...]:
    """A label for each row of the dump: all rows of a hard-wrapped line get the line's."""
    rows: list[Label | None] = [None] * len(labelled.page.rows)
    for line, label in zip(lines, labels, strict=True):
        for number in range(line.first, line.last + 1):
            if labelled.page.rows[number - 1]:
                rows[number - 1] = label
    return tuple(rows)


def labels_of(marks: str, guesses: Sequence[int] | None = None) -> list[Label | None]:
    """The label of each line; with the model's guesses, indices into `LABELS`, also of those nobody came to."""
    labels = [_LABEL_OF.get(mark) for mark in marks]
    if guesses is None:
        return labels
    return [
        LABELS[guess] if mark == GUESS else label for mark, label, guess in zip(marks, labels, guesses, strict=True)
    ]


def are_marks(marks: object, count: int) -> bool:
    """Whether something is a mark for each of so many lines."""
    return isinstance(marks, str) and len(marks) == count and set(marks) <= {*LETTERS, UNDECIDED, GUESS}
