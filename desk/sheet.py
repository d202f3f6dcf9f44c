"""One page on the desk: what stands in its TSV file, and how that is written.

The file is the only state there is. Each answer names the version it was made of, a digest of the file, and a save that
was made of another is refused; so two tabs, or an editor beside the desk, cannot undo each other's work.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from copytaster.desk.marks import GUESS, UNDECIDED, are_marks, label_rows, labels_of, marks_of
from copytaster.labels.compression import CompressedFileError, atomic_writer, open_for_reading
from copytaster.labels.page import LabelledPage, Page
from copytaster.labels.record import LabelFileError, Origin
from copytaster.labels.tsv import read_tsv, write_tsv
from copytaster.model.wrap import LogicalLine, logical_lines

REVIEWED = "reviewed"
"""The key of the row that says whether a user has called the page done: yes or no."""
UNDECIDED_LINES = "undecided"
"""The key of the row with the numbers of the lines that a user left open on a page that is not done."""
MODEL = "model"
"""The key of the row in which a page that a model has labelled names it."""


class SheetError(ValueError):
    """A page's file cannot be read or written; it names the file and says what to do."""


class MarksError(ValueError):
    """What was to be saved is not a mark for each line."""


class StaleError(ValueError):
    """A save was made of another version than the file's.

    Attributes:
        content: What stands in the file.
    """

    def __init__(self, content: Content) -> None:
        super().__init__("the page was changed in another tab or on disk")
        self.content = content


@dataclass(frozen=True)
class Content:
    """What stands on a sheet.

    Attributes:
        labelled: The page, with labels as in its file.
        lines: Its lines, hard-wrapped ones joined.
        marks: The mark of each, see `copytaster.desk.marks`.
        is_done: Whether a user has called the page done.
        version: A digest of the file, or of the lines as long as there is none.
    """

    labelled: LabelledPage
    lines: Sequence[LogicalLine]
    marks: str
    is_done: bool
    version: str

    @property
    def page(self) -> Page:
        """The page itself."""
        return self.labelled.page


class Sheet:
    """A page and its file.

    Args:
        start: The page with the labels it has as long as there is no file.
        path: The TSV file, which a first save writes, folders included; compressed if its name says so.

    Attributes:
        key: What the page is called in addresses.
    """

    def __init__(self, start: LabelledPage, path: Path) -> None:
        self.path = path
        # The same for every run over these pages: a tab of an earlier one may still be open.
        self.key = _digest(os.fsencode(os.path.realpath(path)))
        self._start = start

    def read(self) -> Content:
        """What stands on it now.

        Raises:
            SheetError: If there is a file and it cannot be read, or holds anything but one page.
        """
        try:
            with open_for_reading(self.path) as file:
                data = file.read()
        except FileNotFoundError:
            rows = "\n".join(self._start.page.rows)
            return _content(self._start, f"new-{_digest(rows.encode('utf-8', 'surrogatepass'))}")
        except CompressedFileError as error:
            raise SheetError(str(error)) from error
        except OSError as error:
            raise SheetError(
                f"{self.path}: cannot be read ({error.strerror or error}); check the file and its permissions"
            ) from error
        return _content(only_page(data, self.path, self._start.page.id), _digest(data))

    def write(self, version: str, marks: str, *, is_done: bool, guesses: Sequence[int]) -> Content:
        """Save marks. On a page that is done, lines that nobody came to get the model's guesses.

        Args:
            version: Of the content that the marks were made of.
            marks: A mark for each line of that content.
            is_done: Whether the user calls the page done.
            guesses: For each line an index into `LABELS`.

        Raises:
            StaleError: If the file is another by now.
            MarksError: If there is not one mark for each line.
            SheetError: If the file cannot be read or written.
        """
        before = self.read()
        if before.version != version:
            raise StaleError(before)
        if not are_marks(marks, len(before.lines)):
            raise MarksError(f"a save has a mark for each of the page's {len(before.lines)} lines")
        page = replace(before.page, meta=_meta(before, marks, is_done=is_done))
        labels = labels_of(marks, guesses if is_done else None)
        labelled = replace(before.labelled, page=page, labels=label_rows(before.labelled, before.lines, labels))
        buffer = io.BytesIO()
        write_tsv(labelled, buffer)
        data = buffer.getvalue()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_writer(self.path) as file:
                file.write(data)
        except OSError as error:
            raise SheetError(
                f"{self.path}: cannot be written ({error.strerror or error}); check the folder's permissions and the"
                " disk. Your labels stay on this page until they can be saved"
            ) from error
        return _content(labelled, _digest(data))


def only_page(data: bytes, path: Path, default_id: str) -> LabelledPage:
    """The one page of a TSV file, with what its header says and no more: a site that was derived is not written.

    Raises:
        SheetError: If it cannot be read or is not one page.
    """
    pages = list(read_tsv(data, Origin(str(path), default_id, "")))
    for page in pages:
        if isinstance(page, LabelFileError):
            raise SheetError(str(page))
    if len(pages) != 1:
        raise SheetError(f"{path}: holds {len(pages)} pages; say with -o in which folder to keep a file for each")
    labelled = pages[0]
    assert isinstance(labelled, LabelledPage)
    meta = {key: value for key, value in labelled.page.meta.items() if key != "site" or value}
    return replace(labelled, page=replace(labelled.page, meta=meta))


def _meta(before: Content, marks: str, *, is_done: bool) -> dict[str, str]:
    meta = {key: value for key, value in before.page.meta.items() if key != UNDECIDED_LINES}
    meta[REVIEWED] = "yes" if is_done else "no"
    left_open = [str(line.first) for line, mark in zip(before.lines, marks, strict=True) if mark == UNDECIDED]
    # On a page that is done, all lines without a label are.
    return meta if is_done or not left_open else meta | {UNDECIDED_LINES: " ".join(left_open)}


def _content(labelled: LabelledPage, version: str) -> Content:
    meta = labelled.page.meta
    is_done = meta.get(REVIEWED) == "yes"
    lines = logical_lines(labelled.page.rows)
    # What `copytaster predict --format tsv` wrote names its model: guesses, until a user has saved the page.
    is_guessed = MODEL in meta and REVIEWED not in meta
    left_open = set(meta.get(UNDECIDED_LINES, "").split())
    marks = (
        GUESS * len(lines)
        if is_guessed
        else marks_of(labelled, lines, lambda line: is_done or str(line.first) in left_open)
    )
    return Content(labelled, lines, marks, is_done, version)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()
