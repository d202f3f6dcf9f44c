"""A cache on disk for what is made of labelled pages, so that a second training begins where features are ready."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import joblib
import numpy as np

import copytaster.labels
import copytaster.model
from copytaster.labels.page import LabelledPage

Made = TypeVar("Made")
Maker = Callable[[Sequence[LabelledPage]], Made]


class CacheError(ValueError):
    """The folder of the cache cannot be used."""


def cached(make: Maker[Made], pages: Sequence[LabelledPage], folder: Path | None) -> Made:
    """What a function makes of labelled pages, taken from a folder if it was made there before.

    Whatever could change the result makes a new entry: the pages, their labels and weights, and the source of the
    function's module and of the packages that measure pages. A damaged entry is made again. Entries are pickles, so
    reading a folder runs what others may have put there: give one of your own.

    Args:
        make: A function of a module, whose result depends on the pages only.
        pages: The labelled pages.
        folder: Where; it is made if missing. None for no cache.

    Raises:
        CacheError: If the folder cannot be made or written.
    """
    if folder is None:
        return make(pages)
    key = hashlib.sha256(f"{_sources(make.__module__)} {make.__qualname__} ".encode())
    for labelled in pages:
        _add(key, labelled)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = joblib.Memory(folder, verbose=0).cache(_make, ignore=["make", "pages"])
        made: Made = entries(key.hexdigest(), make, pages)
    except OSError as error:
        reason = error.strerror or error
        raise CacheError(f"{folder}: cannot be used as a cache ({reason}); name a folder that can be written") from None
    return made


def _make(key: str, make: Maker[Made], pages: Sequence[LabelledPage]) -> Made:
    return make(pages)


def _add(key: hashlib._Hash, labelled: LabelledPage) -> None:
    page = labelled.page
    about = (page.id, page.url, sorted(page.meta.items()), labelled.weight, len(page.rows))
    key.update(f"{about!r}\n".encode("utf-8", "surrogatepass"))
    for row, label in zip(page.rows, labelled.labels, strict=True):
        key.update(f"{label or ''}\t{row}\n".encode("utf-8", "surrogatepass"))


@cache
def _sources(module: str) -> str:
    """A digest of the code and the tables that measuring depends on."""
    digest = hashlib.sha256(np.__version__.encode())
    files = [Path(str(sys.modules[module].__file__))]
    for package in (copytaster.labels, copytaster.model):
        folder = Path(str(package.__file__)).parent
        files += [path for path in sorted(folder.rglob("*")) if path.suffix == ".py"]
        files += folder.glob("characters.npz")
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
