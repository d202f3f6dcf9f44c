"""The files that a command's arguments stand for."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.remote import find_remote, is_remote, open_remote, size_of_remote
from copytaster.labels.compression import CompressedFileError, open_for_reading

STANDARD_INPUT = "-"
"""The argument that stands for standard input."""
LIST_MARK = "@"
"""What the name of a file begins with that holds inputs, one a line."""

# What a folder's files must be called to be read. A file that is named outright is read whatever its name.
_SUFFIX = re.compile(
    r"(?:\.(?:txt|text|md|markdown|jsonl|ndjson|html?|xhtml|warc\.wet|warc|wet)(?:\.(?:gz|zst))?|\.parquet)",
    re.IGNORECASE,
)
_DUMP_NAME = re.compile(rf"(?!\.|readme).*{_SUFFIX.pattern}", re.IGNORECASE)
_DUMP_NAMES = (
    "*.txt, *.text, *.md, *.jsonl, *.ndjson, *.html, *.htm, *.wet or *.warc, plain or with .gz or .zst, or *.parquet"
)

# Addresses whose size is asked for.
_MOST_ASKED = 100


class InputError(ValueError):
    """An input is missing, or there is nothing in it to read."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read pages from.

    Attributes:
        name: The path as given, with ``/`` between its parts; an address; or ``-`` for standard input.
        path: The file; None for an address and for standard input.
    """

    name: str
    path: Path | None

    @property
    def is_remote(self) -> bool:
        """Whether it is an address."""
        return self.path is None and self.name != STANDARD_INPUT

    def open(self) -> BinaryIO:
        """Open it for reading; not standard input.

        Raises:
            MissingExtraError: If packages are missing that its kind of address needs.
            OSError: If it cannot be opened.
        """
        return self.path.open("rb") if self.path else open_remote(self.name)

    def size(self) -> int | None:
        """Its bytes; None for standard input, a pipe, or where nobody knows.

        Raises:
            OSError: If there is no such file.
        """
        if self.path is None:
            return size_of_remote(self.name) if self.is_remote else None
        status = self.path.stat()
        return status.st_size if stat.S_ISREG(status.st_mode) else None


def find_sources(inputs: Sequence[str], written: Sequence[str] = ()) -> Iterator[Source]:
    """Find the files that inputs stand for.

    Args:
        inputs: Files, folders (searched recursively, in order of name, without hidden and README files), patterns
            such as ``dumps/**/*.txt`` (expanded here too, because the Windows shells do not), ``-``, addresses such
            as ``s3://bucket/a.wet.gz`` (of files, of folders if they end in ``/``, or patterns), and files of inputs,
            one a line, such as ``@paths.txt``.
        written: Files and folders that will be written. Left over from an earlier run, they are no inputs of this one:
            they are left out of folders and patterns.

    Returns:
        The files, in the order of the inputs. Folders are searched as the iterator is used.

    Raises:
        InputError: At once, if an input does not exist, holds no file to read, or will be written. Whether there is a
            file at an address only reading tells; but packages that it needs and that are missing are told.
    """
    output = _Written(written)
    roots = [source for argument in inputs for source in _expand(argument, output)]
    return (source for root in roots for source in _walk(root, output))


def size_of(sources: Iterable[Source]) -> int | None:
    """The bytes of some files together.

    None where one of them is not a regular file, whose end nobody knows, or where so many are elsewhere that asking for
    the size of each would take a while.
    """
    total = asked = 0
    for source in sources:
        asked += source.is_remote
        if asked > _MOST_ASKED:
            return None
        try:
            size = source.size()
        except OSError:  # reading will say so
            continue
        if size is None:
            return None
        total += size
    return total


def is_folder_output(output: str) -> bool:
    """Whether an output is a folder, for one file for each input: one that there is, or that ends in ``/``."""
    return output.endswith(("/", os.sep)) or _is_folder(Path(output))


def input_stem(name: str) -> str:
    """The name of an input without what tells its format and compression: "a" of "a.warc.wet.gz"."""
    match = re.search(rf"(?<=.){_SUFFIX.pattern}$", name, re.IGNORECASE)
    return name[: match.start()] if match else name


class _Written:
    """What will be written, files and folders, which is no input."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self._folders = [Path(os.path.realpath(output)) for output in outputs if is_folder_output(output)]
        files = [Path(output) for output in outputs if not is_folder_output(output)]
        self._files: dict[str, list[Path]] = {}
        for file in files:
            self._files.setdefault(file.name.casefold(), []).append(file)

    def covers(self, path: Path) -> bool:
        """Whether a file will be written, or lies in a folder that will."""
        return self.is_file(path) or self.holds(path)

    def is_file(self, path: Path) -> bool:
        """Whether a file will be written."""
        # The names first: asking the disk about each of a million files takes a while.
        return any(_is_same(path, file) for file in self._files.get(path.name.casefold(), ()))

    def holds(self, path: Path) -> bool:
        """Whether a file or folder is a folder of outputs, or lies in one; by whatever link."""
        return bool(self._folders) and any(map(Path(os.path.realpath(path)).is_relative_to, self._folders))


def _expand(argument: str, output: _Written) -> list[Source]:
    if argument == STANDARD_INPUT:
        return [Source(STANDARD_INPUT, None)]
    if not argument:
        raise InputError("an input is empty: give a file, a folder, a pattern, or - for standard input")
    if is_remote(argument):
        return _expand_remote(argument)
    path = Path(argument)
    # A file may have a name with brackets in it; it comes before what the name means as a pattern.
    if _exists(path):
        return [_checked(path, output)]
    if argument.startswith(LIST_MARK):
        return _expand_list(argument.removeprefix(LIST_MARK), output)
    if glob.has_magic(argument):
        paths = map(Path, sorted(glob.glob(argument, recursive=True)))  # noqa: PTH207 - keeps paths as given
        # A folder that matches stands for its files, unless ** has found those as well.
        is_deep = "**" in argument
        found = [
            path
            for path in paths
            if not output.covers(path) and (not _is_folder(path) or (not is_deep and _has_dump(path, output)))
        ]
        if not found:
            raise InputError(f"{argument}: no file matches this pattern; check the folder and the pattern")
        return [_source(path) for path in found]
    raise InputError(f"{argument}: no such file or folder; check the path, or give - for standard input")


def _expand_remote(address: str) -> list[Source]:
    try:
        found = [Source(name, None) for name in find_remote(address)]
    except MissingExtraError as error:
        raise InputError(f"{address}: {error}") from error
    except OSError as error:
        raise InputError(f"{address}: cannot be listed ({error}); check the address and your access to it") from error
    # Of a folder's files those that are dumps.
    if address.endswith("/"):
        found = [source for source in found if _DUMP_NAME.fullmatch(source.name.rpartition("/")[2])]
    if not found:
        raise InputError(f"{address}: no dumps there; check the address; in folders they are called {_DUMP_NAMES}")
    return found


def _expand_list(name: str, output: _Written) -> list[Source]:
    """The files that the lines of a file stand for, blank ones aside."""
    found = []
    try:
        with open_for_reading(name) as file:
            for number, line in enumerate(file, 1):
                argument = os.fsdecode(line.strip())
                if argument.startswith(LIST_MARK) and not _exists(Path(argument)):
                    raise InputError(f"{name}:{number}: a file of inputs inside another; give it as an input itself")
                if argument:
                    found += _expand_line(argument, output, f"{name}:{number}")
    except OSError as error:
        raise InputError(f"{LIST_MARK}{name}: no file of inputs ({error.strerror or error}); check the path") from error
    except CompressedFileError as error:
        raise InputError(str(error)) from error
    if not found:
        raise InputError(f"{LIST_MARK}{name}: the file is empty; give one input a line")
    return found


def _expand_line(argument: str, output: _Written, place: str) -> list[Source]:
    try:
        return _expand(argument, output)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # in a folder that may not be entered: reading it will say so
        return True
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False


def _checked(path: Path, output: _Written) -> Source:
    if _is_folder(path):
        if output.holds(path):
            raise InputError(f"{path.as_posix()}: lies in the folder of outputs; write to another folder")
        if not _has_dump(path, output):
            raise InputError(f"{path.as_posix()}: the folder has no dumps; they are called {_DUMP_NAMES}")
    elif output.covers(path):
        raise InputError(f"{path.as_posix()}: would be replaced by what is made of it; write to another file")
    return _source(path)


def _is_same(path: Path, file: Path) -> bool:
    try:
        return path.is_file() and path.samefile(file)
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    # Path.is_dir raises where a folder on the way may not be entered.
    return os.path.isdir(path)  # noqa: PTH112


def _source(path: Path) -> Source:
    return Source(path.as_posix(), path)


def _has_dump(folder: Path, output: _Written) -> bool:
    return next(_walk(_source(folder), output), None) is not None


def _walk(root: Source, output: _Written) -> Iterator[Source]:
    """The root itself, or the dumps in it if it is a folder."""
    if root.path is None or not _is_folder(root.path):
        yield root
        return
    try:
        entries = sorted(os.scandir(root.path), key=lambda entry: entry.name)
    except OSError:
        # Reading it will say why it cannot be read.
        yield root
        return
    for entry in entries:
        path = root.path / entry.name
        # Links to folders are not followed, because they may lead back here.
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and not output.holds(path):
                yield from _walk(_source(path), output)
        elif _DUMP_NAME.fullmatch(entry.name) and _may_be_file(entry) and not output.is_file(path):
            yield _source(path)


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link of which reading will say why it leads nowhere; a pipe would block."""
    try:
        return entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    except OSError:
        return True
