"""Labelled pages on disk: a folder of TSV and JSONL files, or one such file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from copytaster.labels.compression import CompressedFileError, open_for_reading
from copytaster.labels.jsonl import read_jsonl
from copytaster.labels.page import LabelledPage
from copytaster.labels.record import LabelFileError, Origin
from copytaster.labels.tsv import read_tsv

_FILE_NAME = re.compile(r"(?P<stem>.+)\.(?P<format>tsv|jsonl)(?:\.(?:gz|zst))?", re.IGNORECASE)
_KINDS = "*.tsv or *.jsonl, also as .gz or .zst"
NO_LABELLED_PAGES = f"no labelled pages in this folder; their files are called {_KINDS}"
"""What is wrong with a folder for which `has_labelled` is false."""
# Enough to see past white space whether a file without a telling name begins with a JSON object.
_SNIFFED = 4096
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"

OnError = Callable[[LabelFileError], None]


def read_labelled(path: str | os.PathLike[str], on_error: OnError | None = None) -> Iterator[LabelledPage]:
    """Read labelled pages.

    Of a folder every ``*.tsv`` and ``*.jsonl``, also compressed, is read, sub-folders included, hidden files not, in
    the order of their paths. What a page does not say of itself is filled in: its ``id`` is its file's path below the
    folder without the suffix (of a file with several pages, with the line in the file behind a colon), and
    ``meta["site"]`` is its URL's registrable domain, else the sub-folder its file lies in, else its file's name.

    Args:
        path: A folder, or a TSV or JSONL file, plain or compressed.
        on_error: Called with each page or file that cannot be read, which is then left out. By default reading stops
            at the first.

    Yields:
        The pages, with rows as `Page.from_text` makes them.

    Raises:
        LabelFileError: If something cannot be read and ``on_error`` is not given. It names the file, the line where
            there is one, and what to do.
    """
    for item in _read_path(Path(path)):
        if isinstance(item, LabelledPage):
            yield item
        elif on_error is None:
            raise item
        else:
            on_error(item)


def has_labelled(folder: Path) -> bool:
    """Whether a folder holds files of labelled pages, or folders that cannot be looked into; none is read."""
    unreadable: list[OSError] = []
    return bool(_labelled_files(folder, unreadable.append) or unreadable)


def find_labelled(path: str | os.PathLike[str], on_error: Callable[[OSError], None]) -> list[tuple[Path, Origin]]:
    """Find the files that `read_labelled` reads of a path, and what their pages are called.

    Args:
        path: A folder, or a file of any name.
        on_error: Called with what keeps a folder from being searched.
    """
    path = Path(path)
    # os.path.isdir rather than Path.is_dir, which raises where a folder on the way may not be entered.
    if os.path.isdir(path):  # noqa: PTH112
        return [(file, _origin(path, file, match)) for file, match in _labelled_files(path, on_error)]
    match = _FILE_NAME.fullmatch(path.name)
    stem = match["stem"] if match else path.stem
    return [(path, Origin(str(path), stem, stem))]


def _origin(folder: Path, file: Path, match: re.Match[str]) -> Origin:
    parent = file.parent.relative_to(folder)
    site = match["stem"] if parent == Path() else parent.as_posix()
    return Origin(str(file), (parent / match["stem"]).as_posix(), site)


def _read_path(path: Path) -> Iterator[LabelledPage | LabelFileError]:
    unreadable: list[OSError] = []
    found = False
    for file, origin in find_labelled(path, unreadable.append):
        found = True
        yield from _read_file(file, origin)
    for error in unreadable:
        yield _unreadable(str(error.filename or path), error)
    if not found and not unreadable:
        yield LabelFileError(str(path), NO_LABELLED_PAGES)


def _labelled_files(folder: Path, on_error: Callable[[OSError], None]) -> list[tuple[Path, re.Match[str]]]:
    files = []
    visited = set()
    for name, folders, names in os.walk(folder, onerror=on_error, followlinks=True):
        real = os.path.realpath(name)
        if real in visited:  # a link that leads back up
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
        # Hidden files are left out: half-written ones, and those macOS puts beside each file on foreign disks.
        matches = [_FILE_NAME.fullmatch(file) for file in names if not file.startswith(".")]
        files += [(Path(name, match[0]), match) for match in matches if match]
    return sorted(files, key=lambda item: item[0].relative_to(folder).parts)


def _read_file(path: Path, origin: Origin) -> Iterator[LabelledPage | LabelFileError]:
    try:
        with open_for_reading(path) as file:
            if _is_jsonl(path, file):
                yield from read_jsonl(file, origin)
            else:
                yield from read_tsv(file.read(), origin)
    except CompressedFileError as error:
        yield LabelFileError(origin.file, error.problem)
    except FileNotFoundError:
        yield LabelFileError(origin.file, "no such file or folder; give a folder of labelled pages, or one file")
    except OSError as error:
        yield _unreadable(origin.file, error)


def _is_jsonl(path: Path, file: io.BufferedReader) -> bool:
    match = _FILE_NAME.fullmatch(path.name)
    if match:
        return match["format"].lower() == "jsonl"
    return file.peek(_SNIFFED).lstrip(_BEFORE_JSON).startswith(b"{")


def _unreadable(file: str, error: OSError) -> LabelFileError:
    return LabelFileError(
        file, f"cannot be read ({error.strerror or error}); check that it may be read, or move it away"
    )
