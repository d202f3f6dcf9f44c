"""Writing results: a writer for each format, to a file or to standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO, Protocol

from copytaster.dumps.formats import FORMS, Encoded, Form, Frames
from copytaster.dumps.result import Result
from copytaster.labels.compression import atomic_writer

FORMATS = ("markdown", "text", "json", "jsonl", "tsv", "html", "parquet")
"""The formats that results can be written in."""

_FORMAT_OF_SUFFIX = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".tsv": "tsv",
    ".html": "html",
    ".htm": "html",
    ".parquet": "parquet",
}
_COMPRESSED = (".gz", ".zst")
STANDARD_OUTPUT = "-"
"""The output that stands for standard output."""


class FormatError(ValueError):
    """The format to write is unknown, or does not go with the output's name."""


class SupportsWrite(Protocol):
    """Takes bytes one after the other."""

    def write(self, data: bytes, /) -> object:
        """Write some more."""


class Writer(Protocol):
    """Takes results one by one."""

    def write(self, result: Result) -> None:
        """Write one result."""


def format_of(path: str | os.PathLike[str]) -> str | None:
    """The format that an output's name asks for, compressed or not; None if it names none."""
    pure = PurePath(path)
    suffix = pure.suffix.lower()
    if suffix in _COMPRESSED:
        suffix = PurePath(pure.stem).suffix.lower()
    return _FORMAT_OF_SUFFIX.get(suffix)


@contextmanager
def open_writer(path: str | os.PathLike[str] | None = None, format: str | None = None) -> Iterator[Writer]:  # noqa: A002
    """Open an output for results. It is complete when the block ends.

    Args:
        path: A file, which appears only when it is complete and is compressed if its name ends in .gz or .zst;
            None or ``-`` for standard output. What is written is UTF-8.
        format: One of `FORMATS`; by default the one the file's name asks for, and Markdown on standard output.

    Yields:
        The writer. Of several pages, Markdown and text show the names, JSON makes an array, and HTML a list; so these
        hold the first result back until a second comes.

    Raises:
        FormatError: If the format is unknown, or none is given and the name does not tell.
        MissingExtraError: If the format needs a package that is not installed.
        OSError: If the file cannot be written.
    """
    name = find_format(path, format)
    if path is not None and path != STANDARD_OUTPUT:
        with atomic_writer(path) as file, writing(name, file) as writer:
            yield writer
    else:
        # The bytes below sys.stdout, because its encoding need not have every character.
        sys.stdout.flush()
        with writing(name, _Flushed(sys.stdout.buffer)) as writer:
            yield writer
        sys.stdout.buffer.flush()


class _Flushed:
    """Standard output, on which results are to be seen as they come."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        size = self._file.write(data)
        self._file.flush()
        return size


def find_format(path: str | os.PathLike[str] | None, format: str | None) -> str:  # noqa: A002
    """The format to write in; see `open_writer`.

    Raises:
        FormatError: If the format is unknown, none is given and the name does not tell, or they do not go together.
    """
    name = format or ("markdown" if path is None or path == STANDARD_OUTPUT else format_of(path))
    if name not in FORMATS:
        raise FormatError(_no_format(path, name))
    if name == "parquet" and path is not None and PurePath(path).suffix.lower() in _COMPRESSED:
        raise FormatError(f"{path}: Parquet is compressed inside; give a name that ends in .parquet, or another")
    return name


def _no_format(path: str | os.PathLike[str] | None, name: str | None) -> str:
    choice = f"choose one of {', '.join(FORMATS)}"
    if name is not None:
        return f"{name!r} is no format; {choice}"
    return f"{path}: the name does not say in which format to write; {choice}"


class ResultWriter:
    """Writes results to a file as they come.

    Args:
        form: The format.
        file: A file open for writing bytes.
    """

    def __init__(self, form: Form, file: SupportsWrite) -> None:
        self.encode = form.encode
        self._frames = Frames(form)
        self._file = file

    def write(self, result: Result) -> None:
        """Write one result."""
        self.put(self.encode(result))

    def put(self, encoded: Encoded) -> None:
        """Write one result that was encoded elsewhere."""
        self._file.write(self._frames.add(encoded))

    def finish(self) -> None:
        """Write what comes behind the last result."""
        self._file.write(self._frames.end())


@contextmanager
def writing(name: str, file: SupportsWrite) -> Iterator[Writer]:
    """A writer in one of `FORMATS` to an open file, which has written everything when the block ends."""
    if name == "parquet":
        # Imported here, because the other formats should not wait for it.
        from copytaster.dumps.parquet import open_table

        with open_table(file) as table:
            yield table
    else:
        writer = ResultWriter(FORMS[name], file)
        yield writer
        writer.finish()
