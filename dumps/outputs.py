"""Where the outcomes of a run go: results to the output, errors to a file of their own if asked.

What is written to standard output or a device is gone: `StreamOutput`. Files can be gone on with: `ResumableOutput`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from copytaster.dumps.batches import Done
from copytaster.dumps.errors import PageError, Tally
from copytaster.dumps.formats import Encoded
from copytaster.dumps.partfile import PartFile
from copytaster.dumps.result import Result
from copytaster.dumps.writers import ResultWriter, Writer


class Output(Protocol):
    """Takes the outcomes of a run, in order.

    Attributes:
        encode: What to make of each result before it comes here; None to leave it as it is.
        pages: The pages that it holds already when it is opened, of an earlier run.
        tally: The counts of these.
    """

    encode: Callable[[Result], Encoded] | None
    pages: int
    tally: Tally

    def put(self, done: Done, tally: Tally) -> None:
        """Take what was made of a page; the tally counts those before it."""

    def fail(self, error: PageError, tally: Tally) -> None:
        """Take the error of a page; the tally counts those before it."""

    def finish(self, tally: Tally) -> None:
        """Let the output appear under its name, whole."""

    def stop(self) -> int:
        """Leave the output before it is finished, and give the pages that a later run need not do again."""


class StreamOutput:
    """An output that only goes forward.

    Args:
        writer: What `open_writer` gives.
        errors: The file for errors, or None.
    """

    def __init__(self, writer: AbstractContextManager[Writer], errors: str | None) -> None:
        with ExitStack() as stack:
            self._writer = stack.enter_context(writer)
            self._errors = PartFile(errors) if errors else None
            self._stack = stack.pop_all()
        if self._errors:
            self._errors.cut(0)
        self.encode = self._writer.encode if isinstance(self._writer, ResultWriter) else None
        self.pages = 0
        self.tally = Tally()

    def put(self, done: Done, tally: Tally) -> None:
        """See `Output`."""
        if isinstance(self._writer, ResultWriter) and isinstance(done.result, Encoded):
            self._writer.put(done.result)
        elif isinstance(done.result, Result):
            self._writer.write(done.result)

    def fail(self, error: PageError, tally: Tally) -> None:
        """See `Output`."""
        if self._errors:
            self._errors.write(error.line())

    def finish(self, tally: Tally) -> None:
        """See `Output`."""
        if self._errors:
            self._errors.sync()
            self._errors.commit()
        self._stack.close()

    def stop(self) -> int:
        """See `Output`."""
        if self._errors:
            self._errors.discard()
        # As an exception, so that no half of a file takes its name.
        self._stack.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
        return 0
