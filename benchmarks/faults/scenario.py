"""What the scenarios of faults have in common: how a command is run, and what is said of it."""

from __future__ import annotations

import functools
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_MB = 700
"""Peak memory of a run that no fault may exceed."""
MOST_SECONDS = 600.0
"""After which a run counts as hanging."""
SOME_FAILED, MODEL_UNUSABLE = 1, 3
# Linux counts in kilobytes, macOS in bytes.
_TO_MB = 2**20 if sys.platform == "darwin" else 2**10


class FaultError(AssertionError):
    """Something was lost, or ended otherwise than it should."""


class NotAvailableError(Exception):
    """The scenario cannot be played on this machine or with this version."""


@dataclass(frozen=True)
class Outcome:
    """A row of the table.

    Attributes:
        happens: What happens.
        lost: What is lost.
        recovery: How long it takes until everything is there.
    """

    happens: str
    lost: str
    recovery: str


@dataclass(frozen=True)
class Ran:
    """A command that has ended.

    Attributes:
        status: Its exit status; negative for the signal that ended it.
        said: What it wrote to standard error.
        seconds: From start to end.
        peak_mb: Peak resident memory of the process, in MB; 0 where nobody waited for it alone.
    """

    status: int
    said: str
    seconds: float
    peak_mb: float = 0.0

    def expect(self, status: int, *words: str) -> Ran:
        """Itself.

        Raises:
            FaultError: If the status is another, words are missing in what it said, or there is a traceback in it.
        """
        wrong = [word for word in words if word not in self.said]
        if self.status != status or wrong or "Traceback" in self.said or self.peak_mb > MOST_MB:
            raise FaultError(
                f"status {self.status} (not {status}?), {self.peak_mb:.0f} MB, without {wrong}: {self.said[-2000:]}"
            )
        return self


class Running:
    """`copytaster predict` on its way, in a process group of its own.

    Args:
        arguments: What follows `predict`.
        environment: Variables changed.
        before: Called in the new process before the command.
        prefix: A command that becomes this one.
    """

    def __init__(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        def prepare() -> None:
            # A shell lets what it starts in the background ignore Ctrl-C.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if before is not None:
                before()

        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed by `wait`
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "copytaster", "predict", *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said, cwd=tempfile.gettempdir(),
            env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
            preexec_fn=prepare, start_new_session=True,
        )  # fmt: skip

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process; SIGKILL to its workers too."""
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def workers(self) -> list[int]:
        """The process ids of its workers: what its own children, such as a fork server, have started. Linux only."""
        try:
            return [worker for child in _children(self.process.pid) for worker in _children(child)]
        except OSError as error:
            raise NotAvailableError(f"the children of a process are not told: {error}") from error

    def wait(self) -> Ran:
        """Wait for its end.

        Raises:
            FaultError: If it takes longer than `MOST_SECONDS`.
        """
        watch = time.monotonic() + MOST_SECONDS
        while True:
            # wait4 gives the usage of this child and its own alone.
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > watch:
                self.kill()
                raise FaultError(f"hangs: no end after {MOST_SECONDS:.0f} s")
            time.sleep(0.01)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self._said.seek(0)
        with self._said:
            said = self._said.read()
        return Ran(self.process.returncode, said, time.monotonic() - self.begin, usage.ru_maxrss / _TO_MB)


def _children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def predict(*arguments: str | Path, **how: Any) -> Ran:
    """Run `copytaster predict` to its end; the keywords are those of `Running`."""
    return Running(*arguments, **how).wait()


@functools.cache
def options() -> frozenset[str]:
    """The options that `predict` has."""
    done = subprocess.run(
        [sys.executable, "-m", "copytaster", "predict", "--help"],
        capture_output=True, text=True, check=True, cwd=tempfile.gettempdir(), env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    return frozenset(re.findall(r"--[a-z-]+", done.stdout))


def need(*names: str) -> None:
    """Raise NotAvailableError unless `predict` has these options."""
    if missing := set(names) - options():
        raise NotAvailableError(f"predict has no {', '.join(sorted(missing))}")


def texts() -> list[bytes]:
    """The dumps of the examples."""
    return [path.read_bytes() for path in sorted((ROOT / "examples" / "dumps").glob("*.txt"))]


def record(number: int, body: bytes, length: int | str | None = None) -> bytes:
    """A record of a WET file, with any length announced."""
    announced = len(body) if length is None else length
    head = (
        f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://page{number}.example/\r\n"
        "WARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {announced}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def records(pages: int) -> Iterator[bytes]:
    """Records of the examples, over and over."""
    for number, body in enumerate(itertools.islice(itertools.cycle(texts()), pages)):
        yield record(number, body)


def lines_of(path: Path) -> list[bytes]:
    """The lines of an output.

    Raises:
        FaultError: If there is none.
    """
    if not path.exists():
        raise FaultError(f"there is no {path.name}")
    return path.read_bytes().splitlines()


def left_over(folder: Path) -> list[str]:
    """Hidden files in a folder: what an interrupted run leaves behind."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def same(found: object, expected: object, what: str) -> None:
    """Raise FaultError unless two things are equal."""
    if found != expected:
        raise FaultError(f"{what}: not as expected")
