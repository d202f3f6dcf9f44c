"""Pages in JSON Lines: one record, one page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from copytaster.dumps.raw import RawPage
from copytaster.dumps.records import JsonKeys, kind_of, page_of_record
from copytaster.dumps.text import BadPage, byte_limit, decode, too_large
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

_BOM = b"\xef\xbb\xbf"
_SKIP = 1 << 20


def read_jsonl(stream: io.BufferedReader, name: str, keys: JsonKeys, limits: Limits) -> Iterator[RawPage | BadPage]:
    """Read pages from JSON Lines.

    Args:
        stream: The lines.
        name: What to call the file; a record without an id is called ``name:line``.
        keys: What the fields of a record are called.
        limits: How large a page may be.

    Yields:
        What to make a page of, or a bad page, for each line that is not blank.

    Raises:
        CompressedFileError: If the stream breaks off.
    """
    for number, line in enumerate(_lines(stream, byte_limit(limits)), 1):
        place, origin = f"{name}:{number}", Origin(name, number)
        if line is None:
            yield too_large(place, limits, origin)
        elif line.strip():
            yield RawPage(page_of_line, line, limits, place, origin, {"keys": keys})


def looks_like_jsonl(head: bytes, text_key: str) -> bool:
    """Whether a file that begins so is JSON Lines with pages: its first line is a record, or the beginning of one."""
    line, end, _ = head.removeprefix(_BOM).lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    if end:
        record = _parse(line)
        return isinstance(record, dict) and text_key in record
    return json.dumps(text_key).encode() in line or json.dumps(text_key, ensure_ascii=False).encode() in line


def _lines(stream: io.BufferedReader, max_bytes: int) -> Iterator[bytes | None]:
    """The lines, None for one that is too long."""
    bom = _BOM
    while line := stream.readline(max_bytes + 1):
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := stream.readline(_SKIP)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line.removeprefix(bom)
        bom = b""


def _parse(line: bytes) -> Any:
    """The value on a line, or the reason why there is none as a ValueError."""
    try:
        return json.loads(decode(line))
    except RecursionError:
        return ValueError("too deeply nested")
    except ValueError as error:
        return error


def page_of_line(line: bytes, limits: Limits, *, name: str, origin: Origin, keys: JsonKeys) -> Page | BadPage:
    """Make a page of a line of JSON Lines; it is called by its record's id, else by the name given."""
    record = _parse(line)
    if isinstance(record, ValueError):
        return BadPage(name, f"not JSON ({record}); each line must be one whole record", origin)
    if not isinstance(record, dict):
        kind = f"a JSON {kind_of(record)}"
        return BadPage(name, f"{kind} where a record like {{{json.dumps(keys.text)}: ...}} should be", origin)
    return page_of_record(record, limits, keys, name=name, origin=origin)
