"""How far a command is: a bar on a terminal, the problems, and one line at the end; or the same as JSON Lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from copytaster.dumps.errors import PageError, Tally
from copytaster.dumps.sources import size_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from copytaster.dumps.run import Request

_REFRESHES_A_SECOND = 4
_SECONDS_BETWEEN_COUNTS = 1 / _REFRESHES_A_SECOND
_SECONDS_BETWEEN_EVENTS = 5.0


class Report(Protocol):
    """What a run is told to say how it goes.

    Attributes:
        tally: The pages by now. A run that goes on with an earlier one begins with the earlier one's.
    """

    tally: Tally

    def advance(self, amount: int) -> None:
        """Count some more of the total as done."""

    def count(self, *, empty: bool) -> None:
        """Count one more page as done, and whether nothing was found on it."""

    def fail(self, error: PageError) -> None:
        """Count a page that failed."""

    def note(self, text: str) -> None:
        """Say something that is worth knowing."""


class _Clock:
    """How long it has taken, how fast it is, and when it is time to say so again."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._start = self._last = time.monotonic()
        self.pages = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / max(self.seconds, 1e-3)

    def tick(self) -> bool:
        """Count a page; True if so much time has gone by that it should be shown."""
        self.pages += 1
        now = time.monotonic()
        if now - self._last < self._interval:
            return False
        self._last = now
        return True


class Progress:
    """Shows on a terminal how far a command is, while its block runs; elsewhere only the problems.

    Args:
        stream: Where to show it, such as standard error.
        wanted: False to show the problems only.
        total: What there is to do, in whatever `advance` counts; None where nobody knows.
        names_failures: Whether to print a message for each page that fails.
        sums_up: Whether `end` gives the summary even where there was no bar and no failure.

    Attributes:
        tally: The pages by now.
    """

    def __init__(
        self,
        stream: TextIO,
        wanted: bool = True,
        *,
        total: int | None = None,
        names_failures: bool = True,
        sums_up: bool = False,
    ) -> None:
        self.tally = Tally()
        self._stream = stream
        self._names_failures = names_failures
        self._clock = _Clock(_SECONDS_BETWEEN_COUNTS)
        self._advanced = 0
        self._bar = _bar(stream, total) if wanted and stream.isatty() else None
        self._task = self._bar.add_task("", total=total, pages="") if self._bar else None
        self._sums_up = sums_up or self._bar is not None

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def advance(self, amount: int) -> None:
        """Count some more of the total as done."""
        self._advanced += amount

    def count(self, *, empty: bool = False) -> None:
        """Count one more page as done, and whether nothing was found on it."""
        self.tally.count(empty=empty)
        self._tick()

    def fail(self, error: PageError) -> None:
        """Count a page that failed, and print a message that stays, terminal or not."""
        self.tally.fail(error)
        if self._names_failures:
            self.note(str(error))
        self._tick()

    def say(self, text: str) -> None:
        """Show what is being done, in the place of what was shown before."""
        self._update(description=text)

    def note(self, text: str) -> None:
        """Print a message that stays."""
        if self._bar:
            # Above the bar; as it is, since a message is no markup.
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def end(self, problem: str | None = None) -> None:
        """Say what ended it early, if anything did, and sum up where that is of interest."""
        if problem is not None:
            self._stream.write(f"copytaster: {problem}\n")
        if self.tally.failed or (self._sums_up and self._clock.pages):
            self._stream.write(f"{self.summary()}\n")
        self._stream.flush()

    def summary(self) -> str:
        """What was done, failed, and how long it took, in a line."""
        return f"{self.tally}, in {self._clock.seconds:,.1f} seconds ({self._clock.rate:,.0f} a second)"

    def _tick(self) -> None:
        if self._clock.tick():
            self._update(
                completed=self._advanced, pages=f"{self.tally.pages:,} pages, {self._clock.rate:,.0f} a second"
            )

    def _update(self, **fields: Any) -> None:
        if self._bar and self._task is not None:
            self._bar.update(self._task, **fields)


class JsonLog:
    """The same for machines: a JSON object a line for the start, the progress, each page that fails, and the end.

    Args:
        stream: Where to write, such as standard error.
        total: What there is to do, in whatever `advance` counts; None where nobody knows.
        about: What else to say at the start.

    Attributes:
        tally: The pages by now.
    """

    def __init__(self, stream: TextIO, *, total: int | None = None, about: Mapping[str, Any] | None = None) -> None:
        self.tally = Tally()
        self._stream = stream
        self._total = total
        self._about = about or {}
        self._advanced = 0
        self._clock = _Clock(_SECONDS_BETWEEN_EVENTS)

    def __enter__(self) -> JsonLog:
        self._write("start", bytes_total=self._total, **self._about)
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def advance(self, amount: int) -> None:
        """Count some more of the total as done."""
        self._advanced += amount

    def count(self, *, empty: bool) -> None:
        """Count one more page as done, and whether nothing was found on it."""
        self.tally.count(empty=empty)
        self._tick()

    def fail(self, error: PageError) -> None:
        """Count a page that failed, and write its record."""
        self.tally.fail(error)
        self._write("error", **error.record())
        self._tick()

    def note(self, text: str) -> None:
        """Write a message."""
        self._write("note", text=text)

    def end(self, problem: str | None = None) -> None:
        """Write what was done, and what ended it early, if anything did."""
        self._write("end", problem=problem, **self._counts(), reasons=dict(self.tally.reasons))

    def _tick(self) -> None:
        if self._clock.tick():
            left = None
            if self._total and self._advanced:
                left = round(self._clock.seconds * max(0, self._total - self._advanced) / self._advanced, 1)
            self._write("progress", bytes=self._advanced, **self._counts(), seconds_left=left)

    def _counts(self) -> dict[str, Any]:
        return {
            "pages": self.tally.pages,
            "failed": self.tally.failed,
            "empty": self.tally.empty,
            "seconds": round(self._clock.seconds, 3),
            "pages_per_second": round(self._clock.rate, 1),
        }

    def _write(self, event: str, **fields: Any) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._stream.write(json.dumps({"event": event, "time": now, **fields}, ensure_ascii=False) + "\n")
        self._stream.flush()


def report_for(request: Request, *, quiet: bool, log_json: bool) -> Progress | JsonLog:
    """The report of a run, on standard error.

    Raises:
        InputError: If an input does not exist, or holds no file to read.
    """
    is_file = request.output_file is not None
    # Results on the terminal show how far it is; a bar between them would be in the way.
    is_shown = not quiet and sys.stderr.isatty() and (is_file or not sys.stdout.isatty())
    total = size_of(request.sources()) if is_shown or log_json else None
    if log_json:
        about = {"inputs": list(request.inputs), "output": request.output, "resume": request.resume}
        return JsonLog(sys.stderr, total=total, about=about)
    names_failures, sums_up = request.errors is None, is_file and not quiet
    return Progress(sys.stderr, is_shown, total=total, names_failures=names_failures, sums_up=sums_up)


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
