"""The files that a command's arguments stand for."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STANDARD_INPUT = "-"
"""The argument that stands for standard input."""

# What a folder's files must be called to be read. A file that is named outright is read whatever its name.
_DUMP_NAME = re.compile(r"(?!\.|readme).*\.(?:txt|text|jsonl|ndjson|wet)(?:\.(?:gz|zst))?", re.IGNORECASE)
_DUMP_NAMES = "*.txt, *.text, *.jsonl, *.ndjson or *.wet, plain or with .gz or .zst"


class InputError(ValueError):
    """An input is missing, or there is nothing in it to read."""


@dataclass(frozen=True)
class Source:
    """A file to read pages from.

    Attributes:
        name: The path as given, with ``/`` between its parts, or ``-`` for standard input.
        path: The file; None for standard input.
    """

    name: str
    path: Path | None


def find_sources(inputs: Sequence[str], output: str | None = None) -> Iterator[Source]:
    """Find the files that inputs stand for.

    Args:
        inputs: Files, folders (searched recursively, in order of name, without hidden and README files), patterns
            such as ``dumps/**/*.txt`` (expanded here too, because the Windows shells do not) and ``-``.
        output: A file that will be written. Left over from an earlier run, it is no input of this one: it is left out
            of folders and patterns.

    Returns:
        The files, in the order of the inputs. Folders are searched as the iterator is used.

    Raises:
        InputError: At once, if an input does not exist, holds no file to read, or is the output itself.
    """
    roots = [source for argument in inputs for source in _expand(argument, output)]
    return (source for root in roots for source in _walk(root, output))


def size_of(sources: Iterable[Source]) -> int | None:
    """The bytes of some files together; None where one of them is not a regular file, whose end nobody knows."""
    total = 0
    for source in sources:
        try:
            status = source.path.stat() if source.path else None
        except OSError:  # reading will say so
            continue
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total


def _expand(argument: str, output: str | None) -> list[Source]:
    if argument == STANDARD_INPUT:
        return [Source(STANDARD_INPUT, None)]
    if not argument:
        raise InputError("an input is empty: give a file, a folder, a pattern, or - for standard input")
    path = Path(argument)
    # A file may have a name with brackets in it; it comes before what the name means as a pattern.
    if _exists(path):
        return [_checked(path, output)]
    if glob.has_magic(argument):
        paths = map(Path, sorted(glob.glob(argument, recursive=True)))  # noqa: PTH207 - keeps paths as given
        # A folder that matches stands for its files, unless ** has found those as well.
        is_deep = "**" in argument
        found = [
            path
            for path in paths
            if (not is_deep and _has_dump(path, output) if _is_folder(path) else not _is_output(path, output))
        ]
        if not found:
            raise InputError(f"{argument}: no file matches this pattern; check the folder and the pattern")
        return [_source(path) for path in found]
    raise InputError(f"{argument}: no such file or folder; check the path, or give - for standard input")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # in a folder that may not be entered: reading it will say so
        return True
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False


def _checked(path: Path, output: str | None) -> Source:
    if _is_folder(path):
        if not _has_dump(path, output):
            raise InputError(f"{path.as_posix()}: the folder has no dumps; they are called {_DUMP_NAMES}")
    elif _is_output(path, output):
        raise InputError(f"{path.as_posix()}: would be replaced by what is made of it; write to another file")
    return _source(path)


def _is_folder(path: Path) -> bool:
    # Path.is_dir raises where a folder on the way may not be entered.
    return os.path.isdir(path)  # noqa: PTH112


def _source(path: Path) -> Source:
    return Source(path.as_posix(), path)


def _has_dump(folder: Path, output: str | None) -> bool:
    return next(_walk(_source(folder), output), None) is not None


def _is_output(path: Path, output: str | None) -> bool:
    # The names first: asking the disk about each of a million files takes a while.
    if output is None or path.name.casefold() != Path(output).name.casefold():
        return False
    try:
        return path.is_file() and path.samefile(output)
    except OSError:
        return False


def _walk(root: Source, output: str | None) -> Iterator[Source]:
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
            if not entry.name.startswith("."):
                yield from _walk(_source(path), output)
        elif _DUMP_NAME.fullmatch(entry.name) and _may_be_file(entry) and not _is_output(path, output):
            yield _source(path)


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link of which reading will say why it leads nowhere; a pipe would block."""
    try:
        return entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    except OSError:
        return True
