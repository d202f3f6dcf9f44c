"""A page of a text dump, and a page whose lines are labelled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from copytaster.labels.label import Label

# A line ends at LF, CRLF or CR and nowhere else: `str.splitlines` would also split at form feeds and the like.
# Every other control or separator character is white space inside a line.
_INNER_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_INNER_CONTROLS = tuple(filter(_INNER_CONTROL.match, map(chr, (*range(0xA0), 0x2028, 0x2029))))
_ASCII_CONTROLS = tuple(filter(str.isascii, _INNER_CONTROLS))

# Second-level names under which registries sell domains ("bbc.co.uk"), and hosts on which each customer is a site.
_SECOND_LEVEL = frozenset(
    {"ac", "asn", "asso", "co", "com", "ed", "edu", "go", "gob", "gouv", "gov", "govt", "gr", "id", "info", "lg", "mil"}
    | {"ne", "net", "nom", "or", "org", "web"}
)
_SHARED_HOSTS = frozenset(
    {"appspot.com", "blogspot.com", "github.io", "gitlab.io", "herokuapp.com", "livejournal.com", "medium.com"}
    | {"netlify.app", "substack.com", "tumblr.com", "typepad.com", "vercel.app", "weebly.com", "wixsite.com"}
    | {"wordpress.com"}
)


def split_rows(text: str) -> tuple[str, ...]:
    """Split a dump into its rows, blank ones included.

    Indentation is kept, trailing white space is not, and control characters (tabs included) become spaces.
    A line end at the very end of the text does not begin another row.
    """
    # Whole-text passes, because this is a good part of the time that reading takes.
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Searching for each is several times as fast as a pattern for all.
    for control in _ASCII_CONTROLS if text.isascii() else _INNER_CONTROLS:
        if control in text:
            text = text.replace(control, " ")
    rows = text.split("\n")
    if rows[-1] == "":
        rows.pop()
    return tuple(map(str.rstrip, rows))


def clean_row(row: str) -> str:
    """One row of a dump with control characters as spaces and without trailing white space."""
    if not row.isprintable():
        row = _INNER_CONTROL.sub(" ", row)
    return row.rstrip()


def registrable_domain(url: str) -> str | None:
    """The domain its owner registered ("www.bbc.co.uk/news" gives "bbc.co.uk"), or None where there is none.

    A rule of thumb rather than the public suffix list, which would be a dependency: it serves to keep one publisher's
    pages on one side of a split, where a rare mistake costs nothing.
    """
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None
    if not host:
        return None
    names = host.rstrip(".").split(".")
    if len(names) < 3 or names[-1].isdigit():
        return ".".join(names)
    if ".".join(names[-2:]) in _SHARED_HOSTS or (len(names[-1]) == 2 and names[-2] in _SECOND_LEVEL):
        return ".".join(names[-3:])
    return ".".join(names[-2:])


class Origin(NamedTuple):
    """Where a page was read from.

    Attributes:
        source: The file, as its reader was given it.
        offset: Where in the file: the first byte of a WARC or WET record, or of the gzip member or zstd frame that it
            begins in; the line, from 1, of a JSON Lines record; the row, from 0, of a Parquet file. None for a file
            that is one page.
    """

    source: str
    offset: int | None = None


@dataclass(frozen=True)
class Page:
    """The plain-text dump of one web page.

    Attributes:
        rows: Every line of the dump, blank ones as empty strings, indentation kept. Row ``i`` is line number ``i + 1``.
        id: What the page is called in its collection; its path where it has no other name.
        url: Where the page was found.
        meta: What else is known of it (``site``, ``kind``, ``lang``, ``renderer``, ``source``, ...).
        origin: Where it was read from.
    """

    rows: tuple[str, ...]
    id: str = ""
    url: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict, compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        id: str = "",  # noqa: A002 - as the field is called
        url: str | None = None,
        meta: Mapping[str, str] | None = None,
        origin: Origin | None = None,
    ) -> Page:
        """Make a page of a dump's text."""
        return cls(split_rows(text), id, url, meta or {}, origin)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The line numbers, from 1, of the rows that are not blank: the lines that get a label."""
        return tuple(number for number, row in enumerate(self.rows, 1) if row)

    @property
    def site(self) -> str:
        """The site the page belongs to: as given, else the URL's registrable domain, else the page's id."""
        return self.meta.get("site") or (self.url and registrable_domain(self.url)) or self.id


class Place(NamedTuple):
    """Where the rows of a labelled page stand.

    Attributes:
        file: The file's path, as its reader was given it.
        line: The file's line, from 1, that holds the page's first row, or the page as a whole.
        row_by_row: Whether each row of the page has a line of the file to itself, as in TSV.
    """

    file: str
    line: int
    row_by_row: bool

    def of_row(self, number: int) -> str:
        """Where row ``number`` stands, from 1, as ``file:line``."""
        return f"{self.file}:{self.line + number - 1 if self.row_by_row else self.line}"


@dataclass(frozen=True)
class LabelledPage:
    """A page and the labels of its rows.

    Attributes:
        page: The page.
        labels: One label a row; None for a blank row, and for one that is undecided, which is neither trained on nor
            measured.
        weight: How much the page counts in training; below 1 for labels that were derived, not read.
        place: Where the labels were read from.

    Raises:
        ValueError: If there is not one label for each row, or a blank row has one.
    """

    page: Page
    labels: tuple[Label | None, ...]
    weight: float = 1.0
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.page.rows):
            raise ValueError(f"{self.page.id}: {len(self.page.rows)} rows but {len(self.labels)} labels")
        for number, (row, label) in enumerate(zip(self.page.rows, self.labels, strict=True), 1):
            if label is not None and not row:
                raise ValueError(f"{self.page.id}: line {number} is blank but has a label")
