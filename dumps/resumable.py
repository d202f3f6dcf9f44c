"""An output that a later run can go on with: results in files, and a journal beside them.

Every `CHECKPOINT_PAGES` pages, as soon as the files are at a place where they can be cut, they are synced, and the
journal says how far they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from copytaster.dumps.batches import CHECKPOINT_PAGES, Done
from copytaster.dumps.errors import PageError, Tally
from copytaster.dumps.formats import Encoded
from copytaster.dumps.journal import Journal, ResumeError
from copytaster.dumps.partfile import PartFile
from copytaster.dumps.result import Result
from copytaster.dumps.sources import Source


class Body(Protocol):
    """Takes results into a file, or into several.

    Attributes:
        encode: See `Output`.
        part: The file, or what stands for several: the journal lies beside it.
    """

    encode: Callable[[Result], Encoded] | None
    part: PartFile

    def begin(self, state: Mapping[str, Any] | None) -> None:
        """Begin, or go on with what `pause` gave. The file is empty, or has been cut back to that place."""

    def may_pause(self, following: Result | Encoded | None) -> bool:
        """Whether all results so far can be brought to the disk.

        Args:
            following: The result that comes next; None where it is the error of a page.
        """

    def pause(self) -> dict[str, Any]:
        """Hand everything to the file, and give what must be known to go on here, as JSON has it."""

    def add(self, result: Result | Encoded) -> None:
        """Take a result."""

    def end(self) -> None:
        """Hand everything to the file, and what comes at its end."""

    def stop(self) -> None:
        """Drop what is not whole, other than the file."""


@dataclass(frozen=True)
class Terms:
    """On what terms a later run may go on.

    Attributes:
        plan: What must not change between the runs, see `Journal`.
        find_sources: Gives the files to read; None where they cannot be read again, and nothing is kept.
        resume: Whether this is a later run.
    """

    plan: Mapping[str, str]
    find_sources: Callable[[], Iterable[Source]] | None
    resume: bool


class ResumableOutput:
    """An output with a journal.

    Args:
        path: What to call it in messages.
        open_body: Opens what takes the results.
        errors: The file for errors, or None.
        terms: On what terms to go on.

    Raises:
        OutputBusyError: If another run is writing it.
        ResumeError: If the earlier run was another one.
        OSError: If it cannot be written.
    """

    def __init__(self, path: str, open_body: Callable[[], Body], errors: str | None, terms: Terms) -> None:
        self.pages = 0
        self.tally = Tally()
        self._due = CHECKPOINT_PAGES
        self._terms = terms
        self._is_finished = False
        self._parts: dict[str, PartFile] = {}
        with ExitStack() as stack:
            # The errors first: that is the order in which they take their names.
            if errors is not None:
                self._parts["errors"] = PartFile(errors)
                stack.callback(self._parts["errors"].close)
            self._body = open_body()
            self._parts["output"] = self._body.part
            stack.callback(self._body.part.close)
            part = self._body.part.part
            self._journal = Journal(part.with_name(f"{part.name}.json"), terms.plan, path)
            going_on = terms.resume and terms.find_sources is not None
            checkpoint = self._journal.resume(terms.find_sources()) if going_on and terms.find_sources else None
            stack.callback(self._journal.close)
            self._begin(checkpoint, path)
            stack.pop_all()
        self.encode = self._body.encode

    def put(self, done: Done, tally: Tally) -> None:
        """See `Output`."""
        self._pause_before(done.result, tally)
        self._body.add(done.result)
        self.pages += 1

    def fail(self, error: PageError, tally: Tally) -> None:
        """See `Output`."""
        self._pause_before(None, tally)
        if "errors" in self._parts:
            self._parts["errors"].write(error.line())
        self.pages += 1

    def finish(self, tally: Tally) -> None:
        """See `Output`."""
        if not self._is_finished:
            self._body.end()
            sizes = self._sync()
            if self._journal.is_begun:
                # Killed while the files take their names, the next run gives them the rest of the names.
                self._record(sizes, {}, tally, is_finished=True)
        for part in self._parts.values():
            part.commit()
        self._journal.delete()

    def stop(self) -> int:
        """See `Output`."""
        self._body.stop()
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
            self._body.begin(None)
            return
        self.pages = checkpoint["pages"]
        self.tally = Tally.from_record(checkpoint["tally"])
        self._due = _next_due(self.pages)
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
        self._body.begin(checkpoint["body"])

    def _pause_before(self, following: Result | Encoded | None, tally: Tally) -> None:
        if self.pages < self._due or not self._body.may_pause(following):
            return
        state = self._body.pause()
        sizes = self._sync()
        if self._terms.find_sources is not None:
            self._record(sizes, state, tally)
        self._due = _next_due(self.pages)

    def _sync(self) -> dict[str, int]:
        return {name: part.sync() for name, part in self._parts.items()}

    def _record(
        self, sizes: Mapping[str, int], state: Mapping[str, Any], tally: Tally, *, is_finished: bool = False
    ) -> None:
        checkpoint = {
            "pages": self.pages,
            "sizes": sizes,
            "body": state,
            "tally": tally.record(),
            "is_finished": is_finished,
        }
        self._journal.add(checkpoint, self._terms.find_sources() if self._terms.find_sources else ())


def _next_due(pages: int) -> int:
    return (pages // CHECKPOINT_PAGES + 1) * CHECKPOINT_PAGES
