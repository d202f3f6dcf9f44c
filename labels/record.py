"""What every format of labelled pages has in common: the error, the defaults, and the page made of what was read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page, Place, registrable_domain

UNDECIDED = "?"
"""What stands in files for the label of a line that has none yet."""
LABEL_NAMED: dict[str, Label | None] = {**{str(label): label for label in LABELS}, UNDECIDED: None}
"""The labels by the names that stand in files."""

_LABEL_NAMES = ", ".join(LABELS)
# What is quoted from a file in a message is cut to this many characters.
_QUOTED = 40


class LabelFileError(ValueError):
    """Labelled pages that cannot be read.

    Attributes:
        file: The file's path.
        problem: What is wrong and what to do.
        line: The line of the file, from 1, or None where it is the file as a whole.
    """

    def __init__(self, file: str, problem: str, line: int | None = None) -> None:
        # All three are passed on, so that the error survives the way back from a worker process.
        super().__init__(file, problem, line)
        self.file = file
        self.problem = problem
        self.line = line

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.problem}"


@dataclass(frozen=True)
class Origin:
    """Where pages are read from, and what they are called where the file itself does not say.

    Attributes:
        file: The file's path, for messages.
        id: The id of the file's page.
        site: The site of the file's pages.
    """

    file: str
    id: str
    site: str

    def error(self, problem: str, line: int | None = None) -> LabelFileError:
        """An error in this file."""
        return LabelFileError(self.file, problem, line)


@dataclass
class Draft:
    """A page as far as it has been read.

    Attributes:
        origin: The file.
        line: The file's line, from 1, where the page begins.
        default_id: The page's id if ``fields`` has none.
        fields: All that is said of the page: ``id``, ``url``, ``weight``, and the page's ``meta``.
        rows: The dump's rows, cleaned.
        labels: A label for each row, None for a blank or an undecided one.
        problems: The file's line and the problem, for all that is wrong.
        first_row: The file's line, from 1, of the first row, if each row has a line of its own.
    """

    origin: Origin
    line: int
    default_id: str
    fields: dict[str, str]
    rows: list[str]
    labels: list[Label | None]
    problems: list[tuple[int, str]]
    first_row: int | None = None

    @classmethod
    def beginning(cls, origin: Origin, line: int, default_id: str) -> Draft:
        """A page of which nothing has been read yet."""
        return cls(origin, line, default_id, {}, [], [], [])

    def finished(self) -> LabelledPage | LabelFileError:
        """The page, or the first thing wrong with it."""
        fields = dict(self.fields)
        weight = _weight(fields.pop("weight", "1"))
        if weight is None:
            self.problems.append((self.line, f"weight {quoted(self.fields['weight'])} is not a number from 0 up"))
        if self.problems:
            return self._error()
        if not any(self.rows):
            return self.origin.error(
                "a page with no labelled lines; give its lines labels, or leave the page out", self.line
            )
        page_id = fields.pop("id", "") or self.default_id
        url = fields.pop("url", "") or None
        fields["site"] = fields.get("site") or (url and registrable_domain(url)) or self.origin.site
        page = Page(tuple(self.rows), page_id, url, fields)
        place = Place(self.origin.file, self.first_row or self.line, self.first_row is not None)
        return LabelledPage(page, tuple(self.labels), 1.0 if weight is None else weight, place)

    def _error(self) -> LabelFileError:
        line, problem = self.problems[0]
        others = len(self.problems) - 1
        if others:
            problem += f" (and {others} more {'problem' if others == 1 else 'problems'} on this page)"
        return self.origin.error(problem, line)


def extra_fields(page: LabelledPage) -> dict[str, str]:
    """What is said of a page besides ``id`` and ``url``: its meta, and its weight if that is not 1."""
    fields = {key: value for key, value in page.page.meta.items() if key not in {"id", "url", "weight"}}
    if page.weight != 1:
        fields["weight"] = repr(page.weight)
    return fields


def check_rows(page: LabelledPage, cleaned: Sequence[str]) -> None:
    """Refuse a page whose rows would not come back as they are.

    Raises:
        ValueError: If a row holds a line end, another control character, or white space at its end.
    """
    for number, (row, clean) in enumerate(zip(page.page.rows, cleaned, strict=True), 1):
        if row != clean or "\n" in row or "\r" in row:
            raise ValueError(
                f"{page.page.id}: line {number} holds control characters or ends in white space;"
                " make the page with Page.from_text, which cleans its rows"
            )


def label_names(page: LabelledPage) -> list[str | None]:
    """What stands in files for the label of each row; None for a blank row."""
    return [
        (UNDECIDED if label is None else str(label)) if row else None
        for row, label in zip(page.page.rows, page.labels, strict=True)
    ]


def unknown_label(name: str) -> str:
    """What to say of a label that is none."""
    import difflib  # only needed when something is wrong

    problem = f"{quoted(name)} is not a label; the labels are {_LABEL_NAMES}, and {UNDECIDED} where undecided"
    close = difflib.get_close_matches(name.strip().lower(), list(LABEL_NAMED), n=1)
    return f"{problem}. Did you mean {close[0]!r}?" if close else problem


def quoted(text: str) -> str:
    """A text from a file in quotes, shortened."""
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}...")


def _weight(text: str) -> float | None:
    try:
        weight = float(text)
    except ValueError:
        return None
    return weight if math.isfinite(weight) and weight >= 0 else None
