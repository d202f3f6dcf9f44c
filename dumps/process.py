"""A worker process: how it is started, and what it does.

It gets batches through a pipe of its own and sends their outcomes back, one batch at a time. There are no queues, locks
or shared memory, so nothing is left behind when it is killed. It holds one thread for computing, ignores Ctrl-C (the
parent ends it), and ends when the parent does, in whatever way that happened.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from copytaster.dumps.batches import AnyPage, Outcome, Worker
from copytaster.labels.page import Page

# Each worker has a core: threads of its libraries would only fight over it.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")
_READY = "ready"
_PROTOCOL = pickle.HIGHEST_PROTOCOL
# Lines of a page that makes every kernel be compiled, or loaded from numba's cache, before the first batch is timed.
_WARM_UP_PAGES = [Page(("Warm up", "", *(f"Sentence {number} of a page about nothing." for number in range(50))))] * 64


class Process:
    """A worker process, seen from its parent.

    Args:
        worker: What it works with; it is sent to the process, so it must be picklable.

    Attributes:
        is_ready: Whether it has started, and no batch was sent that it has not answered.
    """

    def __init__(self, worker: Worker) -> None:
        context = multiprocessing.get_context(_start_method())
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_main, args=(theirs, worker), daemon=True)  # type: ignore[attr-defined]
        self.is_ready = False
        try:
            with _quiet_start():
                self._process.start()
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()

    def send(self, pages: Sequence[AnyPage]) -> None:
        """Give it a batch; it must be ready."""
        self.is_ready = False
        # If it has died meanwhile, receiving will tell.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(pickle.dumps(pages, _PROTOCOL))

    def receive(self) -> list[Outcome] | None:
        """The outcomes of the batch, or None when it has started.

        Raises:
            EOFError: If the process has died.
        """
        try:
            message = pickle.loads(self.connection.recv_bytes())
        except ConnectionResetError:
            raise EOFError from None
        self.is_ready = True
        return None if message == _READY else message

    def end(self) -> int | None:
        """End it at once, and give its exit code: that of its death if it was dead, negative for a signal."""
        self.connection.close()
        # A process that closed its end is about to be gone, and its exit code tells why.
        self._process.join(0 if self._process.is_alive() and not self.is_ready else 1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        code = self._process.exitcode
        self._process.close()
        return code


def _start_method() -> str:
    # From a server that has imported everything a worker starts in no time and shares its memory. What the system
    # libraries of macOS hold does not survive a fork.
    return "forkserver" if sys.platform == "linux" else "spawn"


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """For processes started in the block: one thread each, and no Ctrl-C, which would show as a traceback of each."""
    if _start_method() == "forkserver":
        multiprocessing.set_forkserver_preload(["copytaster.dumps.preload"])
    added = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    has_mask = hasattr(signal, "pthread_sigmask")
    if has_mask:
        # It is started along with the first process and would take the mask away.
        resource_tracker.ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
        if has_mask:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _main(connection: Connection, worker: Worker) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    worker.work(_WARM_UP_PAGES)
    # What is loaded by now (numba, the model) stays to the end of the process. Kept from the garbage collector, which
    # would look through all of it whenever a few batches have been read.
    gc.freeze()
    message: Any = _READY
    # The parent has closed the connection when there is no more to do.
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            connection.send_bytes(pickle.dumps(message, _PROTOCOL))
            message = worker.work(pickle.loads(connection.recv_bytes()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
