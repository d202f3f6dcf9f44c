"""Where the outcomes of a run go: results to the output, errors to a file of their own if asked.

An output in a file of bytes can be resumed: every `CHECKPOINT_PAGES` pages it is synced, and the journal says how far
it is. Others (standard output, devices, folders, formats that are no stream of bytes) cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

from copytaster.dumps.batches import CHECKPOINT_PAGES, Done
from copytaster.dumps.errors import PageError, Tally
from copytaster.dumps.formats import FORMS, Encoded, Frames
from copytaster.dumps.journal import Journal, ResumeError
from copytaster.dumps.partfile import PartFile
from copytaster.dumps.result import Result
from copytaster.dumps.sources import Source
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
        """Take what was made of a page; the tally counts it already."""

    def fail(self, error: PageError, tally: Tally) -> None:
        """Take the error of a page; the tally counts it already."""

    def finish(self, tally: Tally) -> None:
        """Let the output appear under its name, whole."""

    def stop(self) -> int:
        """Leave the output before it is finished, and give the pages that a later run need not do again."""


class StreamOutput:
    """An output that only goes forward.

    Args:
        writer: What `open_writer` or `open_folder` gives.
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


class ResumableOutput:
    """An output in a file of bytes, with a journal.

    Args:
        path: The file.
        format: The format.
        errors: The file for errors, or None.
        plan: What must not change between the runs, see `Journal`.
        find_sources: Gives the files to read; None where they cannot be read again, and nothing is kept.
        resume: Whether to go on where an earlier run stopped.

    Raises:
        OutputBusyError: If another run is writing it.
        ResumeError: If the earlier run was another one.
        OSError: If it cannot be written.
    """

    def __init__(
        self,
        path: str,
        format: str,  # noqa: A002
        errors: str | None,
        *,
        plan: Mapping[str, str],
        find_sources: Callable[[], Iterable[Source]] | None,
        resume: bool,
    ) -> None:
        self.encode: Callable[[Result], Encoded] | None = FORMS[format].encode
        self.pages = 0
        self.tally = Tally()
        self._find_sources = find_sources
        self._is_finished = False
        self._parts: dict[str, PartFile] = {}
        with ExitStack() as stack:
            # The errors first: that is the order in which they take their names.
            for name, file in (("errors", errors), ("output", path)):
                if file is not None:
                    self._parts[name] = PartFile(file)
                    stack.callback(self._parts[name].close)
            part = self._parts["output"].part
            self._journal = Journal(part.with_name(f"{part.name}.json"), plan, path)
            checkpoint = self._journal.resume(find_sources()) if resume and find_sources else None
            stack.callback(self._journal.close)
            self._begin(checkpoint, path)
            self._frames = Frames(FORMS[format], is_continued=bool(checkpoint and checkpoint["is_continued"]))
            stack.pop_all()

    def put(self, done: Done, tally: Tally) -> None:
        """See `Output`."""
        if isinstance(done.result, Encoded):
            self._write("output", self._frames.add(done.result))
        self._count(tally)

    def fail(self, error: PageError, tally: Tally) -> None:
        """See `Output`."""
        self._write("errors", error.line())
        self._count(tally)

    def finish(self, tally: Tally) -> None:
        """See `Output`."""
        if not self._is_finished:
            self._write("output", self._frames.end())
            sizes = self._sync()
            if self._journal.is_begun:
                # Killed while the files take their names, the next run gives them the rest of the names.
                self._record(sizes, tally, is_finished=True)
        for part in self._parts.values():
            part.commit()
        self._journal.delete()

    def stop(self) -> int:
        """See `Output`."""
        kept = self._journal.close()
        for part in self._parts.values():
            part.close() if kept else part.discard()
        if not kept:
            self._journal.delete()
        return kept

    def _begin(self, checkpoint: dict[str, Any] | None, path: str) -> None:
        """Cut the files back to a checkpoint, or begin anew."""
        if checkpoint is None:
            self._journal.delete()
            for part in self._parts.values():
                part.cut(0)
            return
        self.pages = checkpoint["pages"]
        self.tally = Tally.from_record(checkpoint["tally"])
        self._is_finished = checkpoint["is_finished"]
        for name, part in list(self._parts.items()):
            size = checkpoint["sizes"][name]
            if part.size >= size:
                part.cut(size)
            elif self._is_finished:
                # It has its name already; this is an empty one.
                part.discard()
                del self._parts[name]
            else:
                raise ResumeError(
                    f"{path}: cannot go on with the run that stopped: of what it had written ({part.part}) some is "
                    "gone; run without --resume to start over"
                )

    def _write(self, name: str, data: bytes) -> None:
        if data and name in self._parts:
            self._parts[name].write(data)

    def _count(self, tally: Tally) -> None:
        self.pages += 1
        # Not while a result is held back, which is nowhere in the files.
        if self.pages % CHECKPOINT_PAGES == 0 and not self._frames.is_holding:
            sizes = self._sync()
            if self._find_sources is not None:
                self._record(sizes, tally)

    def _sync(self) -> dict[str, int]:
        return {name: part.sync() for name, part in self._parts.items()}

    def _record(self, sizes: Mapping[str, int], tally: Tally, *, is_finished: bool = False) -> None:
        checkpoint = {
            "pages": self.pages,
            "sizes": sizes,
            "tally": tally.record(),
            "is_continued": not self._frames.is_empty,
            "is_finished": is_finished,
        }
        self._journal.add(checkpoint, self._find_sources() if self._find_sources else ())
