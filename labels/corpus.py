"""Labels without the texts they belong to: the labels are ours to give away, the pages are not.

A record names a page's file in a public collection and how it was rendered, and holds for each line that is not blank
its label and two bytes of a hash. Whoever has the collection renders the page again and lays the labels beside its
lines; the hashes tell whether the lines are the same.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from copytaster.labels.label import Label
from copytaster.labels.page import LabelledPage, Page

CORPUS = Path(__file__).with_name("corpus.jsonl")
"""The labels that the shipped model was trained on, of pages labelled by reading."""
HASH_BYTES = 2
"""Bytes of each line's hash. A page whose lines differ passes for the same once in 65,536 for every such line."""

_LETTERS = {Label.HEADLINE: "h", Label.BODY: "b", Label.TEASER: "t", Label.NAV: "n", None: "?"}
_LABELS = {letter: label for label, letter in _LETTERS.items()}
_RUN = re.compile(r"([hbtn?])(\d+)")


class CorpusError(ValueError):
    """A record that cannot be read, or a page that is not the one it was made of."""


@dataclass(frozen=True)
class LabelRecord:
    """The labels of a page whose text is elsewhere.

    Attributes:
        id: What the page is called.
        meta: Its collection (``source``), ``file`` there, ``renderer``, ``site``, ``kind``, ``lang``.
        labels: A label for each line that is not blank; None where undecided.
        hashes: `HASH_BYTES` for each of these.
    """

    id: str
    meta: Mapping[str, str]
    labels: tuple[Label | None, ...]
    hashes: bytes

    @classmethod
    def of(cls, labelled: LabelledPage) -> LabelRecord:
        """The labels of a page."""
        rows = labelled.page.rows
        labels = tuple(label for row, label in zip(rows, labelled.labels, strict=True) if row)
        return cls(labelled.page.id, labelled.page.meta, labels, hashes_of(rows))

    def on(self, rows: Sequence[str], *, url: str | None = None) -> LabelledPage:
        """The labelled page, given its rows again.

        Args:
            rows: Every row of the rendered page, blank ones as empty strings.
            url: Where the page was found.

        Raises:
            CorpusError: If a line is another than the one that was labelled.
        """
        found = hashes_of(rows)
        if found != self.hashes:
            same = sum(
                1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(found, self.hashes, strict=False))
            )
            raise CorpusError(
                f"{self.id}: line {same // HASH_BYTES + 1} of those that are not blank differs from the labelled one "
                f"({len(found) // HASH_BYTES} lines instead of {len(self.labels)}); "
                "use the version of the renderer and of the collection that the corpus names"
            )
        labels = iter(self.labels)
        return LabelledPage(
            Page(tuple(rows), self.id, url, dict(self.meta)), tuple(next(labels) if row else None for row in rows)
        )


def hashes_of(rows: Sequence[str]) -> bytes:
    """`HASH_BYTES` of SHA-256 for each row that is not blank, indentation aside."""
    return b"".join(
        hashlib.sha256(row.strip().encode("utf-8", "surrogatepass")).digest()[:HASH_BYTES] for row in rows if row
    )


def write_corpus(records: Iterable[LabelRecord], file: BinaryIO) -> None:
    """Write records as JSON Lines, labels as runs (``n40 h1 b12``), hashes in base 64."""
    for record in records:
        runs = " ".join(f"{_LETTERS[label]}{len(list(run))}" for label, run in itertools.groupby(record.labels))
        fields = {
            "id": record.id, **record.meta, "labels": runs, "hashes": base64.b64encode(record.hashes).decode("ascii"),
        }  # fmt: skip
        file.write((json.dumps(fields, ensure_ascii=False) + "\n").encode("utf-8"))


def read_corpus(path: Path = CORPUS) -> Iterator[LabelRecord]:
    """Read the records of a file.

    Raises:
        CorpusError: If a line is no record; names file and line.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                fields = json.loads(line)
                name, runs, hashes = fields.pop("id"), fields.pop("labels"), base64.b64decode(fields.pop("hashes"))
                parts = [_RUN.fullmatch(run) for run in runs.split()]
                labels = tuple(label for part in parts for label in [_LABELS[part[1]]] * int(part[2]))  # type: ignore[index]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise CorpusError(f"{path}:{number}: no record of labels ({error}); get the file again") from error
            if len(hashes) != HASH_BYTES * len(labels):
                raise CorpusError(f"{path}:{number}: {len(labels)} labels but {len(hashes)} bytes of hashes")
            yield LabelRecord(name, fields, labels, hashes)
