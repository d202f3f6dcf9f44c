"""Reading pages from anything that holds some.

1. `sources` turns arguments into files.
2. The name, or what a file begins with, tells whether it is one page of text, JSON Lines or WET.
3. `jsonl` and `wet` cut it into records, and `text` makes a page of each.

Everything streams: at most one page is in memory. What cannot be read becomes a `BadPage`, and the run goes on.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import BinaryIO

from copytaster.dumps.jsonl import JsonKeys, looks_like_jsonl, read_jsonl
from copytaster.dumps.sources import Source, find_sources
from copytaster.dumps.text import BadPage, byte_limit, page_of_bytes
from copytaster.dumps.wet import MAGIC, read_wet
from copytaster.labels.compression import CompressedFileError, open_for_reading
from copytaster.labels.page import Page
from copytaster.model.limits import Limits

_JSONL_NAME = re.compile(r".*\.(?:jsonl|ndjson)(?:\.(?:gz|zst))?", re.IGNORECASE)
_WET_NAME = re.compile(r".*\.wet(?:\.(?:gz|zst))?", re.IGNORECASE)
_HEAD = 8192
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
        inputs: Files, folders, patterns, or ``-`` for standard input; see `find_sources`. Text files hold one page;
            JSON Lines and WET files many. All may be compressed with gzip or zstd.
        keys: What the fields of JSON records are called.
        limits: How large a page may be.
        output: A file that will be written, which is left out of folders and patterns.
        on_bytes: Called with how many more bytes of the files have been read, as pages come; together they are
            what `copytaster.dumps.sources.size_of` gives. Standard input is not counted.

    Returns:
        An iterator of pages and, for those that cannot be read, of bad pages. A page is called by its record's own
        id, else by its path as given, with ``:line`` for a line of JSON Lines.

    Raises:
        InputError: At once, if an input does not exist, holds no file to read, or is the output.
    """
    sources = find_sources(inputs, output)
    return (page for source in sources for page in _read(source, keys, limits, on_bytes))


def _read(
    source: Source, keys: JsonKeys, limits: Limits, on_bytes: Callable[[int], None] | None
) -> Iterator[Page | BadPage]:
    try:
        if source.path is None or on_bytes is None:
            file = sys.stdin.buffer if source.path is None else source.path
            with closing(open_for_reading(file, source.name)) as stream:
                yield from _read_stream(stream, source.name, keys, limits)
        else:
            with source.path.open("rb") as file, closing(open_for_reading(file, source.name)) as stream:
                yield from _metered(_read_stream(stream, source.name, keys, limits), file, on_bytes)
    except CompressedFileError as error:
        yield BadPage(source.name, f"the file is truncated or damaged: {error.problem}")
    except OSError as error:
        yield BadPage(source.name, f"cannot be read ({error.strerror or error}); check the file and its permissions")


def _metered(
    pages: Iterator[Page | BadPage], file: BinaryIO, on_bytes: Callable[[int], None]
) -> Iterator[Page | BadPage]:
    """The pages, and meanwhile how far into the file they are."""
    told = 0
    for page in pages:
        position = file.tell()
        on_bytes(position - told)
        told = position
        yield page
    # Of a page that is too large the rest has not been read.
    on_bytes(os.fstat(file.fileno()).st_size - told)


def _read_stream(stream: io.BufferedReader, name: str, keys: JsonKeys, limits: Limits) -> Iterator[Page | BadPage]:
    head = stream.peek(_HEAD)
    if head.startswith(MAGIC) or _WET_NAME.fullmatch(name):
        yield from read_wet(stream, name, limits)
    elif _JSONL_NAME.fullmatch(name) or looks_like_jsonl(head, keys.text):
        yield from read_jsonl(stream, name, keys, limits)
    else:
        yield page_of_bytes(stream.read(byte_limit(limits) + 1), limits, name=name)
