"""Rebuilds labelled pages from their labels and checkouts of the collections that hold their HTML."""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from copytaster.dumps.html import read_html
from copytaster.dumps.renderers import RENDERERS, RenderingError, render
from copytaster.labels.corpus import CorpusError, LabelRecord
from copytaster.labels.page import LabelledPage

_SUFFIXES = (".html", ".htm", ".html.gz")


def restore(
    records: Iterable[LabelRecord], checkouts: Sequence[Path], on_error: Callable[[str], None]
) -> Iterator[LabelledPage]:
    """Rebuild the labelled pages whose HTML is in the checkouts.

    Args:
        records: Labels, see `copytaster.labels.corpus`.
        checkouts: Folders with the collections; where in them the HTML lies does not matter.
        on_error: Called with a message for each page that is not there, or is another than the labelled one.

    Raises:
        RendererMissingError: If a renderer's package is not installed.
    """
    files = HtmlFiles(checkouts)
    for record in records:
        file = files.find(record)
        if file is None:
            on_error(f"{record.id}: no file {record.meta.get('file')} of {record.meta.get('source')} in the checkouts")
            continue
        try:
            yield record.on(render(read_html(file), _renderer(record)))
        except (CorpusError, RenderingError, OSError, EOFError, zlib.error) as error:
            on_error(f"{file}: {error}")


class HtmlFiles:
    """The HTML files below some folders, found by the end of their path."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for folder in folders:
            for directory, _, names in os.walk(folder):
                for name in names:
                    if name.endswith(_SUFFIXES):
                        self._by_name[name.removesuffix(".gz")].append(Path(directory, name))

    def find(self, record: LabelRecord) -> Path | None:
        """The file of a record: one whose path ends like the record's, else one that is called as the record is."""
        wanted = PurePosixPath(record.meta.get("file", "").removesuffix(".gz"))
        ending = wanted.parts[-2:]
        for path in self._by_name.get(wanted.name, []):
            if path.with_name(path.name.removesuffix(".gz")).parts[-len(ending) :] == ending:
                return path
        return next(iter(self._by_name.get(f"{record.id}.html", [])), None)


def _renderer(record: LabelRecord) -> str:
    name = record.meta.get("renderer", "")
    if name not in RENDERERS:
        raise CorpusError(f"{record.id}: no renderer is called {name!r}; there are {', '.join(RENDERERS)}")
    return name
