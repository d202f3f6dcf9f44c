"""Reading pages from anything that holds some.

1. `sources` turns arguments into files.
2. The name, or what a file begins with, tells whether it is one page of text or of HTML, JSON Lines, Parquet, or WARC.
3. `jsonl`, `parquet` and `warc` cut it into records, and `text` or `html` makes a page of each.

Everything streams: at most a few pages are in memory. What cannot be read becomes a `BadPage`, and the run goes on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import BinaryIO

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.jsonl import looks_like_jsonl, read_jsonl
from copytaster.dumps.raw import RawPage
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.sources import Source, find_sources
from copytaster.dumps.text import BadPage, byte_limit, damaged, page_of_bytes
from copytaster.labels.compression import CompressedFileError, Members, open_for_reading
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

# What reads WARC, Parquet and HTML is imported when there is some: a page of text should not wait for it.

_WARC_MAGIC = b"WARC/"
_PARQUET_MAGIC = b"PAR1"
_PACKED = r"(?:\.(?:gz|zst))?"
_JSONL_NAME = re.compile(rf".*\.(?:jsonl|ndjson){_PACKED}", re.IGNORECASE | re.DOTALL)
_WARC_NAME = re.compile(rf".*\.(?:warc|wet){_PACKED}", re.IGNORECASE | re.DOTALL)
_HTML_NAME = re.compile(rf".*\.(?:html?|xhtml){_PACKED}", re.IGNORECASE | re.DOTALL)
_PARQUET_NAME = re.compile(r".*\.parquet", re.IGNORECASE | re.DOTALL)
_HEAD = 8192
_PIECE = 1 << 16
_KEYS = JsonKeys()
_LIMITS = Limits()


def read_pages(
    inputs: Sequence[str],
    *,
    keys: JsonKeys = _KEYS,
    limits: Limits = _LIMITS,
    output: str | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Page | BadPage]:
    """Read every page of some inputs, one after the other.

    Args:
        inputs: Files, folders, patterns, addresses, files of inputs, or ``-`` for standard input; see `find_sources`.
            Text and HTML files hold one page; JSON Lines, Parquet, WET and WARC files many. All but Parquet may be
            compressed with gzip or zstd.
        keys: What the fields of JSON records and the columns of Parquet files are called.
        limits: How large a page may be.
        output: A file or folder that will be written, which is left out of folders and patterns.
        on_bytes: Called with how many more bytes of the files have been read, as pages come; together they are
            what `copytaster.dumps.sources.size_of` gives. Standard input is not counted.

    Returns:
        An iterator of pages and, for those that cannot be read, of bad pages. A page is called by its record's own
        id, else by its path as given, with ``:line`` for a line of JSON Lines and ``:row`` for a row of Parquet. A file
        that needs a package which is not installed is one bad page, which says what to install.

    Raises:
        InputError: At once, if an input does not exist, holds no file to read, is the output, or is an address of a
            kind that needs packages which are not installed.
    """
    written = [] if output is None else [output]
    pages = read_raw(inputs, keys=keys, limits=limits, written=written, on_bytes=on_bytes)
    return (page.page() if isinstance(page, RawPage) else page for page in pages)


def read_raw(
    inputs: Sequence[str],
    *,
    keys: JsonKeys = _KEYS,
    limits: Limits = _LIMITS,
    written: Sequence[str] = (),
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Page | RawPage | BadPage]:
    """The same, but with most pages still to be made, and with any number of files and folders that are written."""
    sources = find_sources(inputs, written)
    return (page for source in sources for page in _read(source, keys, limits, on_bytes))


def _read(
    source: Source, keys: JsonKeys, limits: Limits, on_bytes: Callable[[int], None] | None
) -> Iterator[Page | RawPage | BadPage]:
    name = source.name
    try:
        with ExitStack() as stack:
            is_counted = source.path is not None or source.is_remote
            file = stack.enter_context(source.open()) if is_counted else sys.stdin.buffer
            pages = _read_file(file, name, keys, limits)
            yield from _metered(pages, file, source.size(), on_bytes) if is_counted and on_bytes else pages
    except CompressedFileError as error:
        yield damaged(name, error.problem)
    except MissingExtraError as error:
        yield BadPage(name, str(error), Origin(name))
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error}); check the file and its permissions"
        yield BadPage(name, reason, Origin(name))


def _metered(
    pages: Iterator[Page | RawPage | BadPage], file: BinaryIO, size: int | None, on_bytes: Callable[[int], None]
) -> Iterator[Page | RawPage | BadPage]:
    """The pages, and meanwhile how far into the file they are."""
    told = 0
    for page in pages:
        # Parquet is read from its end and back.
        position = max(told, file.tell())
        on_bytes(position - told)
        told = position
        yield page
    # Of a page that is too large the rest has not been read.
    on_bytes((size or told) - told)


def _read_file(file: BinaryIO, name: str, keys: JsonKeys, limits: Limits) -> Iterator[Page | RawPage | BadPage]:
    members = Members()
    with closing(open_for_reading(file, name, members)) as stream:
        try:
            head = stream.peek(_HEAD)
        except CompressedFileError as error:
            # Only in a WARC file is what follows of use: there each record is compressed on its own.
            if not _WARC_NAME.fullmatch(name):
                raise
            yield damaged(name, error.problem)
            head = b""
        if head.startswith(_PARQUET_MAGIC) or _PARQUET_NAME.fullmatch(name):
            if members.are_there or not file.seekable():
                reason = (
                    "Parquet that is compressed once more, or from a pipe; save it as a file, unpacked, and give that"
                )
                yield BadPage(name, reason, Origin(name))
                return
            from copytaster.dumps.parquet import read_parquet

            file.seek(0)
            yield from read_parquet(file, name, keys, limits)
        elif head.startswith(_WARC_MAGIC) or _WARC_NAME.fullmatch(name):
            from copytaster.dumps.warc import read_warc

            yield from read_warc(stream, name, limits, members)
        elif _JSONL_NAME.fullmatch(name) or looks_like_jsonl(head, keys.text):
            yield from read_jsonl(stream, name, keys, limits)
        elif _HTML_NAME.fullmatch(name):
            from copytaster.dumps.html import html_byte_limit, page_of_html_file

            data = _read_whole(stream, html_byte_limit(limits) + 1)
            yield RawPage(page_of_html_file, data, limits, name, Origin(name), is_markup=True)
        else:
            data = _read_whole(stream, byte_limit(limits) + 1)
            yield RawPage(page_of_bytes, data, limits, name, Origin(name))


def _read_whole(stream: BinaryIO, most: int) -> bytes:
    """All bytes, up to a limit: in pieces, since `read` would set the limit aside and give it back each time."""
    pieces = []
    while most > 0 and (piece := stream.read(min(_PIECE, most))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
