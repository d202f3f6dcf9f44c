"""Pages that could not be read, as records with the reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from copytaster.dumps.raw import RawPage
from copytaster.dumps.text import BadPage
from copytaster.labels.page import Origin, Page

UNREADABLE = "unreadable"
"""The dump is no page: not decodable, not text, over the limits, damaged."""
FAILED = "failed"
"""The classifier raised an exception."""
TIMEOUT = "timeout"
"""The page took longer than allowed."""
KILLED = "killed"
"""The page ended the worker process twice."""

# Details, such as a number of lines or what a parser said, which would make a reason of its own of every page.
_DETAILS = re.compile(r"[;:(]|, ")
_NUMBER = re.compile(r"\d[\d,.]*")


class RunError(ValueError):
    """A run ended before its time, and not because of a page."""


@dataclass(frozen=True)
class PageError:
    """A page of which nothing could be made.

    Attributes:
        id: What the page is called.
        origin: Where it is, where that is known.
        kind: `UNREADABLE`, `FAILED`, `TIMEOUT` or `KILLED`.
        reason: What is wrong and what to do.
    """

    id: str
    origin: Origin | None
    kind: str
    reason: str

    @classmethod
    def of(cls, page: Page | RawPage | BadPage, kind: str, reason: str) -> PageError:
        """The error of a page."""
        return cls(page.id, page.origin, kind, reason)

    def __str__(self) -> str:
        return f"{self.id}: {self.reason}"

    @property
    def short(self) -> str:
        """The reason in a few words, the same for all pages that failed in the same way."""
        return _NUMBER.sub("N", _DETAILS.split(self.reason)[0]).strip()

    def record(self) -> dict[str, Any]:
        """The fields of the error, as JSON has them."""
        source, offset = self.origin or (None, None)
        return {"id": self.id, "source": source, "offset": offset, "kind": self.kind, "error": self.reason}

    def line(self) -> bytes:
        """The record as a line of JSON Lines."""
        return (json.dumps(self.record(), ensure_ascii=False) + "\n").encode("utf-8", "replace")


@dataclass
class Tally:
    """How many pages came to which end.

    Attributes:
        done: Pages of which something was written.
        empty: Those of them without an article.
        reasons: Why pages failed, and how many each.
    """

    done: int = 0
    empty: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Pages that failed."""
        return self.reasons.total()

    @property
    def pages(self) -> int:
        """All pages."""
        return self.done + self.failed

    def count(self, *, empty: bool) -> None:
        """Count a page of which something was written."""
        self.done += 1
        self.empty += empty

    def fail(self, error: PageError) -> None:
        """Count a page that failed."""
        self.reasons[error.short] += 1

    def record(self) -> dict[str, Any]:
        """The counts, as JSON has them."""
        return {"done": self.done, "empty": self.empty, "failed": self.failed, "reasons": dict(self.reasons)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Tally:
        """The tally of a record."""
        return cls(record["done"], record["empty"], Counter(record["reasons"]))

    def __str__(self) -> str:
        text = f"{self.done:,} page{'' if self.done == 1 else 's'}"
        if self.reasons:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.most_common())
            text += f", {self.failed:,} failed ({reasons})"
        return text + (f", {self.empty:,} without an article" if self.empty else "")
