"""The pages that paths hold, dumps and labelled ones, and the file that keeps each one's labels."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from copytaster.desk.sheet import Sheet, SheetError
from copytaster.dumps.mirror import Mirror
from copytaster.dumps.reader import read_pages
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.sources import InputError, input_stem
from copytaster.dumps.text import BadPage
from copytaster.labels.files import find_labelled, read_labelled
from copytaster.labels.page import LabelledPage, Page
from copytaster.labels.record import LabelFileError
from copytaster.model.limits import MAX_CHARS, MAX_LINES

_TSV = re.compile(r".+\.tsv(?:\.(?:gz|zst))?", re.IGNORECASE | re.DOTALL)
_KEYS = JsonKeys()


@dataclass
class Found:
    """What was found.

    Attributes:
        sheets: The pages, each with its file.
        problems: What could not be read, and what to do about it.
    """

    sheets: list[Sheet] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find_sheets(paths: Sequence[str], output: Path | None = None, keys: JsonKeys = _KEYS) -> Found:
    """Find the pages to label.

    Labelled pages are kept in the files they come from. A dump, of which a labelled page with the same lines may be
    there already, gets one: beside it and called like it, or in the folder of outputs, called by its id.

    Args:
        paths: Dumps as `copytaster.dumps.read_pages` takes them, TSV files, and folders of both.
        output: The folder for the labelled pages of dumps, and of TSV files that hold several.
        keys: What the fields of JSON records are called.

    Raises:
        InputError: If a path does not exist or holds no page, or a folder of outputs is needed and not given.
    """
    found = Found()
    finder = _Finder(Mirror(_roots(paths), ".tsv"), output, found)
    for path in paths:
        labelled = _labelled_files(path, found)
        for file, default_id in labelled:
            finder.add_labelled(file, default_id)
        if _is_tsv(path):
            continue
        try:
            pages = read_pages([path], keys=keys)
        except InputError:
            if not labelled:
                raise
            continue
        finder.add_dumps(pages)
    return found


class _Finder:
    def __init__(self, mirror: Mirror, output: Path | None, found: Found) -> None:
        self._mirror = mirror
        self._output = output
        self._found = found
        self._taken: dict[str, tuple[str, ...]] = {}

    def add_labelled(self, file: Path, default_id: str) -> None:
        """Add a TSV file's page; where it holds several, its pages, each to be kept in a file of its own."""
        pages: list[LabelledPage] = []
        problems: list[LabelFileError] = []
        pages.extend(read_labelled(file, problems.append))
        if len(pages) > 1 and self._output is None:
            raise InputError(f"{file}: holds {len(pages)} pages; say with -o in which folder to keep a file for each")
        self._found.problems += map(str, problems)
        for page in pages:
            if len(pages) == 1 and not problems:
                self._add(replace(page, page=replace(page.page, id=default_id)), file)
            elif self._output is not None:
                self._add(page, self._output / self._mirror.path_of(page.page.id))

    def add_dumps(self, pages: Iterator[Page | BadPage]) -> None:
        """Add the pages of dumps."""
        for page in pages:
            if isinstance(page, BadPage):
                self._found.problems.append(str(page))
            elif not page.numbers:
                self._found.problems.append(f"{page.id}: no lines; there is nothing to label")
            else:
                self._add(LabelledPage(page, (None,) * len(page.rows)), self._target(page))

    def _target(self, page: Page) -> Path:
        if self._output is not None:
            return self._output / self._mirror.path_of(page.id)
        if page.origin is None or page.origin.offset is not None or not Path(page.origin.source).is_file():
            source = page.origin.source if page.origin else page.id
            raise InputError(f"{source}: holds many pages, or is no file; say with -o in which folder to keep labels")
        path = Path(page.origin.source)
        names = (input_stem(path.name), path.name)
        targets = [path.with_name(f"{name}.tsv") for name in names]
        # Of a.txt and a.html the second is kept in a.html.tsv, unless both say the same.
        return next((target for target in targets if self._taken.get(_key(target), page.rows) == page.rows), targets[1])

    def _add(self, start: LabelledPage, path: Path) -> None:
        """Add a page, unless its file is on the desk already or holds something else."""
        rows = start.page.rows
        sheet = Sheet(start, path)
        if len(rows) > MAX_LINES or sum(map(len, rows)) > MAX_CHARS:
            limits = f"{MAX_LINES:,} lines or {MAX_CHARS:,} characters"
            self._found.problems.append(f"{start.page.id}: the page has more than {limits}; label a part of it")
            return
        try:
            content = sheet.read()
        except SheetError as error:
            if _key(path) not in self._taken:
                self._found.problems.append(str(error))
            return
        if content.page.rows != rows:
            self._found.problems.append(
                f"{path}: holds other lines than {start.page.id}; move one of them away, or give -o another folder"
            )
        elif self._taken.setdefault(_key(path), rows) is rows:
            self._found.sheets.append(sheet)


def _labelled_files(path: str, found: Found) -> list[tuple[Path, str]]:
    if not (_is_tsv(path) or os.path.isdir(path)):  # noqa: PTH112 - Path.is_dir raises where it may not look
        return []
    if not os.path.lexists(path):
        raise InputError(f"{path}: no such file or folder; check the path")

    def unreadable(error: OSError) -> None:
        found.problems.append(f"{error.filename}: cannot be read ({error.strerror}); check its permissions")

    return [(file, origin.id) for file, origin in find_labelled(path, unreadable) if _TSV.fullmatch(file.name)]


def _roots(paths: Sequence[str]) -> Sequence[str]:
    """What `Mirror` leaves off the names of outputs: of a single path the folder that it is, or lies in."""
    only = Path(paths[0]) if len(paths) == 1 else None
    return [str(only.parent)] if only and only.is_file() else paths


def _is_tsv(path: str) -> bool:
    return _TSV.fullmatch(path) is not None and not os.path.isdir(path)  # noqa: PTH112


def _key(path: Path) -> str:
    return os.path.realpath(path)
