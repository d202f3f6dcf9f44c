"""The record of a run beside its output, from which `--resume` goes on.

A file of JSON lines: what is run, then each input, then one line for each checkpoint, of which the last whole one
counts. Lines are only added, so a run that is killed while it writes one loses no more than that line.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from copytaster.dumps.partfile import OutputError
from copytaster.dumps.sources import Source
from copytaster.labels.compression import sync_folder

_FORMAT = 2
_START_OVER = "give the same as before, or run without --resume to start over"


class ResumeError(OutputError):
    """A run cannot go on where an earlier one stopped."""


class Journal:
    """The record of one run.

    Args:
        path: Where it is kept.
        plan: What must be the same when the run goes on: options and the model, by the name to use in messages.
        output: What to call the run's output in messages.
    """

    def __init__(self, path: Path, plan: Mapping[str, str], output: str) -> None:
        self.path = path
        self._plan = dict(plan)
        self._output = output
        self._file: BinaryIO | None = None
        # Where the last two checkpoints end, and their pages: an interrupt may come while the last one is written.
        self._ends: deque[tuple[int, int]] = deque(maxlen=2)

    @property
    def is_begun(self) -> bool:
        """Whether there is a record."""
        return self._file is not None

    def resume(self, sources: Iterable[Source]) -> dict[str, Any] | None:
        """Go on with the record that is there.

        Args:
            sources: The files to read; they must be those of the record.

        Returns:
            The last checkpoint, to the list ``added`` of its body joined those of the ones before; None if there is
            none.

        Raises:
            ResumeError: If something differs from the run that stopped.
        """
        try:
            file = self.path.open("r+b")
        except FileNotFoundError:
            return None
        try:
            checkpoint = self._checkpoint(file, sources)
        except BaseException:
            file.close()
            raise
        if checkpoint is None:
            file.close()
            return None
        self._file = file
        self._ends.append((file.tell(), checkpoint["pages"]))
        return checkpoint

    def add(self, checkpoint: Mapping[str, Any], sources: Iterable[Source]) -> None:
        """Record a checkpoint, on the disk when this returns; with the first one what is run as well.

        Args:
            checkpoint: What is known of the run at this place, among it how many ``pages`` are done.
            sources: The files to read.
        """
        if self._file is None:
            self._file = self.path.open("wb")
            self._file.write(_line({"format": _FORMAT, "plan": self._plan}))
            self._file.writelines(_line({"file": _identity(source)}) for source in sources)
            sync_folder(self.path.parent)
        line = _line({"checkpoint": checkpoint})
        self._ends.append((self._file.tell() + len(line), checkpoint["pages"]))
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> int:
        """Keep it for a later run, and give the pages that it can go on behind; 0 if there is nothing to go on from."""
        if self._file is None:
            return 0
        self._file.close()
        size = self.path.stat().st_size
        return max((pages for end, pages in self._ends if end <= size), default=0)

    def delete(self) -> None:
        """Remove it."""
        self.close()
        self._file = None
        self.path.unlink(missing_ok=True)

    def _checkpoint(self, file: BinaryIO, sources: Iterable[Source]) -> dict[str, Any] | None:
        """The last checkpoint, behind which the file is cut."""
        records = _whole_lines(file)
        _, header = next(records, (0, None))
        if header is None:
            return None
        self._check_plan(header)
        expected = iter(sources)
        checkpoint, last = None, 0
        added: list[str] = []
        for end, record in records:
            if "file" in record:
                self._check_input(record["file"], next(expected, None))
                continue
            if checkpoint is None and (new := next(expected, None)) is not None:
                raise self._differs(f"the input {new.name} was not there")
            checkpoint = record["checkpoint"]
            added += checkpoint["body"].get("added", ())
            last = end
        if checkpoint is not None:
            file.truncate(last)
            file.seek(last)
            if added:
                checkpoint["body"]["added"] = added
        return checkpoint

    def _check_plan(self, header: Mapping[str, Any]) -> None:
        plan = header.get("plan", {})
        if header.get("format") != _FORMAT:
            raise self._differs("it was run by another version of Copytaster")
        for name, value in self._plan.items():
            if plan.get(name) != value:
                raise self._differs(f"{name} was {plan.get(name)}, and is now {value}")

    def _check_input(self, recorded: list[Any], source: Source | None) -> None:
        if source is None:
            raise self._differs(f"the input {recorded[0]} is missing now")
        now = _identity(source)
        if now[0] != recorded[0]:
            raise self._differs(f"where the input {recorded[0]} was, there is now {source.name}")
        if now != recorded:
            raise self._differs(f"the input {source.name} has changed (its size or its time)")

    def _differs(self, what: str) -> ResumeError:
        return ResumeError(f"{self._output}: cannot go on with the run that stopped: {what}; {_START_OVER}")


def _whole_lines(file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each record and where it ends, up to one that was not written whole."""
    end = 0
    for line in file:
        end += len(line)
        try:
            record = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            record = None
        if not isinstance(record, dict):
            return
        yield end, record


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record) + "\n").encode()


def _identity(source: Source) -> list[Any]:
    """What tells whether a file is the same as before: its name, size and time of change."""
    try:
        status = source.path.stat() if source.path else None
    except OSError:
        status = None
    return [source.name, status.st_size, status.st_mtime_ns] if status else [source.name, None, None]
