"""How far a command is: a bar on a terminal, the problems, and one line at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_REFRESHES_A_SECOND = 4
_SECONDS_BETWEEN_COUNTS = 1 / _REFRESHES_A_SECOND


class Progress:
    """Shows on a terminal how far a command is, while its block runs; elsewhere only the problems.

    Args:
        stream: Where to show it, such as standard error.
        wanted: False to show the problems only.
        total: What there is to do, in whatever `advance` counts; None where nobody knows.

    Attributes:
        done: Pages counted.
        failures: Those that failed.
        empty: Those done on which there was nothing to find.
    """

    def __init__(self, stream: TextIO, wanted: bool = True, *, total: int | None = None) -> None:
        self.failures = self.done = self.empty = 0
        self._stream = stream
        self._start = self._last = time.monotonic()
        self._advanced = 0
        self._bar = _bar(stream, total) if wanted and stream.isatty() else None
        self._task = self._bar.add_task("", total=total, pages="") if self._bar else None

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    @property
    def is_shown(self) -> bool:
        """Whether there is a bar."""
        return self._bar is not None

    def advance(self, amount: int) -> None:
        """Count some more of the total as done."""
        self._advanced += amount

    def count(self, *, empty: bool = False) -> None:
        """Count one more page as done, and whether nothing was found on it."""
        self.done += 1
        self.empty += empty
        now = time.monotonic()
        if self._bar and now - self._last >= _SECONDS_BETWEEN_COUNTS:
            self._last = now
            self._update(completed=self._advanced, pages=f"{self.done:,} pages, {self._rate():,.0f} a second")

    def say(self, text: str) -> None:
        """Show what is being done, in the place of what was shown before."""
        self._update(description=text)

    def fail(self, text: str) -> None:
        """Count a failure, and print a message that stays, terminal or not."""
        self.failures += 1
        if self._bar:
            # Above the bar; as it is, since a message is no markup.
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def summary(self) -> str:
        """What was done, failed, and how long it took, in a line."""
        failed = f", {self.failures:,} failed" if self.failures else ""
        failed += f", {self.empty:,} without an article" if self.empty else ""
        seconds = time.monotonic() - self._start
        return f"{self.done:,} pages{failed}, in {seconds:,.1f} seconds ({self._rate():,.0f} a second)"

    def _rate(self) -> float:
        return self.done / max(time.monotonic() - self._start, 1e-3)

    def _update(self, **fields: Any) -> None:
        if self._bar and self._task is not None:
            self._bar.update(self._task, **fields)


def _bar(stream: TextIO, total: int | None) -> Bar | None:
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
    except ImportError:  # Typer can be had without it
        return None
    text = [TextColumn("{task.description}", markup=False), TextColumn("{task.fields[pages]}", markup=False)]
    columns: list[ProgressColumn]
    if total is None:
        columns = [SpinnerColumn(), *text, TimeElapsedColumn()]
    else:
        columns = [BarColumn(), TaskProgressColumn(), *text, TimeRemainingColumn()]
    return Progress(
        *columns,
        # Nothing of it stays, and results that go to standard output do not pass through it.
        console=Console(file=stream), transient=True, redirect_stdout=False, redirect_stderr=False,
        refresh_per_second=_REFRESHES_A_SECOND,
    )  # fmt: skip
