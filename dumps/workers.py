"""Several worker processes: batches in, outcomes out in the order of the input, whatever becomes of a worker.

A worker that dies, or takes too long, costs its batch a retry page by page in another; so the one page at fault is
found, and becomes an error.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait

from copytaster.dumps.batches import Batch, Outcome, Worker, timed_out
from copytaster.dumps.errors import KILLED, PageError, RunError
from copytaster.dumps.process import Process

# Batches under way for each worker. One slow page lets the others run ahead by so much; more would only take memory.
_AHEAD = 8
# Deaths of one page from which it is given up.
_DEATHS = 2
# Workers dying before they are ready, one after the other, from which something other than the pages is wrong.
_FAILED_STARTS = 3


class WorkerError(RunError):
    """Worker processes cannot be started."""


class _Job:
    """A batch and what is known of its outcomes."""

    def __init__(self, batch: Batch) -> None:
        self.pages = batch.pages
        self.outcomes: list[Outcome | None] = [None] * len(batch.pages)
        self.missing = len(batch.pages)

    def settle(self, start: int, outcomes: list[Outcome]) -> None:
        self.outcomes[start : start + len(outcomes)] = outcomes
        self.missing -= len(outcomes)


@dataclass(frozen=True)
class _Piece:
    """Pages of a job that a worker gets at once: first all, and after a death one by one."""

    job: _Job
    start: int
    stop: int
    deaths: int = 0

    def alone(self, deaths: int) -> Iterator[_Piece]:
        return (_Piece(self.job, number, number + 1, deaths) for number in range(self.start, self.stop))


class _Slot:
    """A worker process and what it is doing."""

    def __init__(self, worker: Worker) -> None:
        self.process = Process(worker)
        self.piece: _Piece | None = None
        self.deadline: float | None = None

    def give(self, piece: _Piece, timeout: float | None) -> None:
        self.piece = piece
        self.deadline = time.monotonic() + timeout if timeout else None
        self.process.send(piece.job.pages[piece.start : piece.stop])


class Workers:
    """Worker processes; they are gone when the block ends.

    Args:
        worker: What each works with; it must be picklable.
        count: How many.
        timeout: Seconds that a page may take; None for no limit.
    """

    def __init__(self, worker: Worker, count: int, timeout: float | None = None) -> None:
        self._worker = worker
        self._count = count
        self._timeout = timeout
        self._slots: list[_Slot] = []
        self._pieces: deque[_Piece] = deque()
        self._failed_starts = 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        while self._slots:
            self._slots.pop().process.end()

    def outcomes(self, batches: Iterator[Batch]) -> Iterator[list[Outcome]]:
        """The outcomes of each batch, in order. A few batches for each worker are held at most.

        Raises:
            WorkerError: If workers end as soon as they start.
        """
        jobs: deque[_Job] = deque()
        is_more = True
        while is_more or jobs:
            while is_more and len(jobs) < _AHEAD * self._count and len(self._pieces) <= self._starting():
                batch = next(batches, None)
                is_more = batch is not None
                if batch is not None:
                    jobs.append(_Job(batch))
                    self._pieces.append(_Piece(jobs[-1], 0, len(batch.pages)))
                self._hand_out()
            if jobs and not jobs[0].missing:
                yield [outcome for outcome in jobs.popleft().outcomes if outcome is not None]
            elif jobs:
                self._wait()
                self._hand_out()

    def _starting(self) -> int:
        """Workers that will want a piece soon; one more is kept at hand, so that no worker waits for reading."""
        return sum(slot.piece is None for slot in self._slots)

    def _hand_out(self) -> None:
        """Give pieces to the workers that are ready, and start as many more as there is work for."""
        while len(self._slots) < self._count and len(self._pieces) > self._starting():
            self._slots.append(_Slot(self._worker))
        for slot in self._slots:
            if self._pieces and slot.process.is_ready:
                slot.give(self._pieces.popleft(), self._timeout)

    def _wait(self) -> None:
        """Wait until a worker has something to say or is over its time."""
        deadlines = [slot.deadline for slot in self._slots if slot.deadline is not None]
        left = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ready = set(wait([slot.process.connection for slot in self._slots], left))
        now = time.monotonic()
        for slot in list(self._slots):
            if slot.process.connection in ready:
                self._receive(slot)
            elif slot.deadline is not None and slot.deadline <= now:
                self._end_late(slot)

    def _receive(self, slot: _Slot) -> None:
        try:
            outcomes = slot.process.receive()
        except EOFError:
            self._bury(slot)
            return
        self._failed_starts = 0
        if slot.piece is not None and outcomes is not None:
            slot.piece.job.settle(slot.piece.start, outcomes)
        slot.piece = slot.deadline = None

    def _end_late(self, slot: _Slot) -> None:
        self._slots.remove(slot)
        slot.process.end()
        piece = slot.piece
        if piece is None:
            return
        if piece.stop - piece.start > 1:
            self._pieces.extendleft(reversed([*piece.alone(piece.deaths)]))
        else:
            piece.job.settle(piece.start, [timed_out(piece.job.pages[piece.start], self._timeout or 0)])

    def _bury(self, slot: _Slot) -> None:
        self._slots.remove(slot)
        code = slot.process.end()
        piece = slot.piece
        if piece is None:
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise WorkerError(f"worker processes end as soon as they start ({_cause(code)}): see above why")
            return
        deaths = piece.deaths + 1
        if piece.stop - piece.start > 1 or deaths < _DEATHS:
            self._pieces.extendleft(reversed([*piece.alone(deaths)]))
        else:
            page = piece.job.pages[piece.start]
            reason = f"ended its worker {deaths} times ({_cause(code)}); please report it together with the page"
            piece.job.settle(piece.start, [PageError.of(page, KILLED, reason)])


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"{name}, perhaps out of memory" if name == "SIGKILL" else name
    return f"exit status {code}"
