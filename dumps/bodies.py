"""Where resumable outputs have their results: a file of bytes, a Parquet file, a folder of files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from copytaster.dumps.formats import FORMS, Encoded, Frames
from copytaster.dumps.mirror import FolderWriter, source_of
from copytaster.dumps.partfile import FolderLock, PartFile
from copytaster.dumps.result import Result


class FileBody:
    """A file in a format that is a stream of bytes; see `Body`.

    Args:
        path: The file.
        format: One of `FORMS`.
    """

    def __init__(self, path: str, format: str) -> None:  # noqa: A002
        self._form = FORMS[format]
        self.encode: Callable[[Result], Encoded] | None = self._form.encode
        self.part = PartFile(path)

    def begin(self, state: Mapping[str, Any] | None) -> None:
        """See `Body`."""
        self._frames = Frames(self._form, is_continued=bool(state and state["is_continued"]))

    def may_pause(self, following: object) -> bool:
        """Not while a result is held back, which is nowhere in the file."""
        return not self._frames.is_holding

    def pause(self) -> dict[str, Any]:
        """See `Body`."""
        return {"is_continued": not self._frames.is_empty}

    def add(self, result: Result | Encoded) -> None:
        """See `Body`."""
        if isinstance(result, Encoded) and (data := self._frames.add(result)):
            self.part.write(data)

    def end(self) -> None:
        """See `Body`."""
        if data := self._frames.end():
            self.part.write(data)

    def stop(self) -> None:
        """See `Body`."""


class TableBody:
    """A Parquet file. Its rows are gathered in a file that can be cut, and become Parquet at the end; see `Body`.

    Args:
        path: The file.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """

    encode: Callable[[Result], Encoded] | None = None

    def __init__(self, path: str) -> None:
        # Imported here, because the other formats should not wait for it.
        from copytaster.dumps.blocks import TablePart, open_blocks

        self.part: PartFile = TablePart(path)
        try:
            self._blocks = open_blocks(self.part)
        except BaseException:
            self.part.close()
            raise

    def begin(self, state: Mapping[str, Any] | None) -> None:
        """See `Body`."""

    def may_pause(self, following: object) -> bool:
        """See `Body`."""
        return True

    def pause(self) -> dict[str, Any]:
        """See `Body`."""
        self._blocks.finish()
        return {}

    def add(self, result: Result | Encoded) -> None:
        """See `Body`."""
        if isinstance(result, Result):
            self._blocks.write(result)

    def end(self) -> None:
        """See `Body`."""
        self._blocks.finish()

    def stop(self) -> None:
        """See `Body`."""


class FolderBody:
    """A folder with a file for each input, which can be gone on with between two of them; see `Body`.

    Args:
        folder: The folder.
        inputs: The inputs of the run, see `Mirror`.
        format: One of `FORMATS`; by default Markdown.
    """

    encode: Callable[[Result], Encoded] | None = None

    def __init__(self, folder: str, inputs: Sequence[str], format: str | None) -> None:  # noqa: A002
        self._writer = FolderWriter(folder, inputs, format)
        self.part: PartFile = FolderLock(Path(os.path.realpath(folder)))

    def begin(self, state: Mapping[str, Any] | None) -> None:
        """See `Body`."""
        if state is not None:
            self._writer.skip(state.get("added", ()))

    def may_pause(self, following: Result | Encoded | None) -> bool:
        """Only where the next result begins another file."""
        return isinstance(following, Result) and source_of(following) != self._writer.source

    def pause(self) -> dict[str, Any]:
        """See `Body`."""
        self._writer.finish()
        return {"added": self._writer.take_added()}

    def add(self, result: Result | Encoded) -> None:
        """See `Body`."""
        if isinstance(result, Result):
            self._writer.write(result)

    def end(self) -> None:
        """See `Body`."""
        self._writer.finish()

    def stop(self) -> None:
        """See `Body`."""
        self._writer.drop()
