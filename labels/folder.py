"""A folder of labelled pages, one file each, named after the pages' ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from copytaster.labels.compression import atomic_writer
from copytaster.labels.page import LabelledPage
from copytaster.labels.tsv import write_tsv

# What Windows allows in no name, separators, and what is no UTF-8.
_UNFIT = re.compile('[\x00-\x1f\x7f<>:"|?*\\\\/\ud800-\udfff]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 150  # bytes; a name may have 255, of which suffixes and a hidden file's name take some


class FolderError(ValueError):
    """Pages that cannot be written to a folder."""


def file_name(page_id: str) -> str:
    """A file name for a page: its id, made fit for every file system, so that it cannot lead out of a folder.

    Ids that are changed get a few digits of a hash, so that they stay apart.
    """
    name = _UNFIT.sub("_", page_id).strip(" .")  # hidden files are not read
    if _RESERVED.fullmatch(name) or not name:
        name = f"page-{name}".rstrip("-")
    name = name.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    if name == page_id:
        return f"{name}.tsv"
    return f"{name}-{hashlib.sha256(page_id.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}.tsv"


def write_folder(pages: Sequence[LabelledPage], folder: Path, *, force: bool = False) -> list[Path]:
    """Write pages to a folder as TSV, a file each; every file appears when it is whole.

    Args:
        pages: The pages; each needs an id of its own.
        folder: The folder; it is made if missing.
        force: Whether files that are there may be written over.

    Returns:
        The files.

    Raises:
        FolderError: If two pages have the same id, or a file is there already; then nothing is written.
        OSError: If a file cannot be written.
    """
    files: dict[str, Path] = {}
    for page in pages:
        name = file_name(page.page.id)
        if name.casefold() in files:
            raise FolderError(f"two pages are called {page.page.id!r}; give each an id of its own")
        files[name.casefold()] = folder / name
    there = [path for path in files.values() if path.exists()]
    if there and not force:
        more = f" and {len(there) - 1:,} more" if len(there) > 1 else ""
        raise FolderError(f"{there[0]}{more}: already there; choose another folder, or write over them with --force")
    folder.mkdir(parents=True, exist_ok=True)
    for page, path in zip(pages, files.values(), strict=True):
        with atomic_writer(path) as file:
            write_tsv(page, file)
    return list(files.values())
