"""What a check of labelled pages finds: how bad it is, where it is, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from copytaster.labels.page import LabelledPage


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing found in labelled pages.

    Attributes:
        severity: An error makes training fail or its scores wrong; a warning is worth a look; the rest is to know.
        check: The check's name, the same for all it finds.
        message: What was found.
        advice: What to do about it.
        page: The id of the page, None where it is the pages as a whole.
        line: The line of the page, from 1.
        last_line: The last line, where the finding is about several in a row.
        place: The same as ``file:line``, where the page was read from a file.
        details: What else can be said, as JSON has it.
    """

    severity: Severity
    check: str
    message: str
    advice: str
    page: str | None = None
    line: int | None = None
    last_line: int | None = None
    place: str | None = None
    details: dict[str, Any] | None = None

    @classmethod
    def on(
        cls, labelled: LabelledPage, severity: Severity, check: str, message: str, advice: str,
        *, line: int = 1, last_line: int | None = None, details: dict[str, Any] | None = None,
    ) -> Finding:  # fmt: skip
        """A finding on a page, by default at its beginning."""
        return cls(
            severity,
            check,
            message,
            advice,
            labelled.page.id,
            line,
            last_line or line,
            place_of(labelled, line),
            details,
        )

    @property
    def where(self) -> str:
        """``file:line: ``, or nothing where it is the pages as a whole."""
        return f"{self.place or self.page}: " if self.page is not None else ""

    def __str__(self) -> str:
        return f"{self.where}{self.severity}: {self.message}\n    {self.advice}"

    def record(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        fields = {
            "severity": str(self.severity), "check": self.check, "page": self.page, "line": self.line,
            "last_line": self.last_line, "place": self.place, "message": self.message, "advice": self.advice,
        }  # fmt: skip
        return {**fields, **(self.details or {})}


def place_of(labelled: LabelledPage, line: int = 1) -> str:
    """Where a line of a page is, as ``file:line``; its id and line if it was not read from a file."""
    return labelled.place.of_row(line) if labelled.place else f"{labelled.page.id}, line {line}"


def shown(text: str, most: int = 60) -> str:
    """A line of a page in quotes, shortened."""
    text = text.strip()
    return f'"{text}"' if len(text) <= most else f'"{text[: most - 3].rstrip()}..."'


def counted(count: int, what: str) -> str:
    """A number of things, as "1 page" or "1,009 pages"."""
    return f"{count:,} {what}{'s' * (count != 1)}"
