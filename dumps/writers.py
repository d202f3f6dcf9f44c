"""Writing results: a writer for each format, to a file or to standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO, NamedTuple, Protocol, cast

from copytaster.dumps.markdown import markdown, markdown_title, plain_text, text_title
from copytaster.dumps.result import Result
from copytaster.labels.compression import atomic_writer
from copytaster.labels.tsv import write_tsv

FORMATS = ("markdown", "text", "json", "jsonl", "tsv", "parquet")
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
    ".parquet": "parquet",
}
_COMPRESSED = (".gz", ".zst")
_STANDARD_OUTPUT = "-"


class FormatError(ValueError):
    """The format to write is unknown, or does not go with the output's name."""


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
        The writer. Of several pages, Markdown and text show the names, and JSON makes an array; so these hold the first
        result back until a second comes.

    Raises:
        FormatError: If the format is unknown, or none is given and the name does not tell.
        MissingExtraError: If the format needs a package that is not installed.
        OSError: If the file cannot be written.
    """
    is_file = path is not None and path != _STANDARD_OUTPUT
    name = format or (format_of(path) if path is not None and is_file else "markdown")
    if name not in FORMATS:
        raise FormatError(_no_format(path, name))
    if path is not None and is_file:
        if name == "parquet" and PurePath(path).suffix.lower() in _COMPRESSED:
            raise FormatError(f"{path}: Parquet is compressed inside; give a name that ends in .parquet, or another")
        with atomic_writer(path) as file, _writing(name, file) as writer:
            yield writer
    else:
        # The bytes below sys.stdout, because its encoding need not have every character.
        sys.stdout.flush()
        with _writing(name, cast("BinaryIO", _Flushed(sys.stdout.buffer))) as writer:
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


def _no_format(path: str | os.PathLike[str] | None, name: str | None) -> str:
    choice = f"choose one of {', '.join(FORMATS)}"
    if name is not None:
        return f"{name!r} is no format; {choice}"
    return f"{path}: the name does not say in which format to write; {choice}"


class _RecordWriter:
    """Writes results one after the other."""

    def __init__(self, put: Callable[[Result, BinaryIO], None], file: BinaryIO) -> None:
        self._put = put
        self._file = file

    def write(self, result: Result) -> None:
        self._put(result, self._file)

    def finish(self) -> None:
        """There is nothing behind the last result."""


class _Form(NamedTuple):
    """How results look, alone and among others.

    Attributes:
        alone: The only result.
        first: The first of several.
        following: Each further one.
        last: What ends several.
        none: What stands for no result at all.
    """

    alone: Callable[[Result], str]
    first: Callable[[Result], str]
    following: Callable[[Result], str]
    last: str = ""
    none: str = ""


class _FormWriter:
    """Writes results that look different when there are several: holds the first back until a second comes."""

    def __init__(self, form: _Form, file: BinaryIO) -> None:
        self._form = form
        self._file = file
        self._held: Result | None = None
        self._is_empty = True

    def write(self, result: Result) -> None:
        if self._is_empty:
            self._held = result
            self._is_empty = False
            return
        if self._held is not None:
            self._put(self._form.first(self._held))
            self._held = None
        self._put(self._form.following(result))

    def finish(self) -> None:
        if self._is_empty:
            self._put(self._form.none)
        elif self._held is not None:
            self._put(self._form.alone(self._held))
        else:
            self._put(self._form.last)

    def _put(self, text: str) -> None:
        self._file.write(_encoded(text))


def _encoded(text: str) -> bytes:
    # Half a surrogate pair is no character and has no UTF-8 form.
    return text.encode("utf-8", "replace")


def _put_jsonl(result: Result, file: BinaryIO) -> None:
    file.write(_encoded(json.dumps(result.record(), ensure_ascii=False) + "\n"))


def _put_tsv(result: Result, file: BinaryIO) -> None:
    write_tsv(result.labelled_page(), file, probabilities=result.probabilities())


def _json(result: Result) -> str:
    return json.dumps(result.record(), ensure_ascii=False, indent=2)


def _titled_markdown(result: Result) -> str:
    return markdown_title(result.page.id) + markdown(result.article)


def _titled_text(result: Result) -> str:
    return text_title(result.page.id) + plain_text(result.article)


_FORMS = {
    "markdown": _Form(
        alone=lambda result: markdown(result.article),
        first=_titled_markdown,
        following=lambda result: "\n" + _titled_markdown(result),
    ),
    "text": _Form(
        alone=lambda result: plain_text(result.article),
        first=_titled_text,
        following=lambda result: "\n" + _titled_text(result),
    ),
    "json": _Form(
        alone=lambda result: _json(result) + "\n",
        first=lambda result: "[\n" + _json(result),
        following=lambda result: ",\n" + _json(result),
        last="\n]\n",
        none="[]\n",
    ),
}
_RECORDS = {"jsonl": _put_jsonl, "tsv": _put_tsv}


@contextmanager
def _writing(name: str, file: BinaryIO) -> Iterator[Writer]:
    """A writer in a format, which has written everything when the block ends."""
    if name == "parquet":
        # Imported here, because the other formats should not wait for it.
        from copytaster.dumps.parquet import open_table

        with open_table(file) as table:
            yield table
    else:
        writer = _FormWriter(_FORMS[name], file) if name in _FORMS else _RecordWriter(_RECORDS[name], file)
        yield writer
        writer.finish()
