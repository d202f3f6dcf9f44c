"""Pages in JSON Lines: one record, one page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from copytaster.dumps.text import BadPage, byte_limit, decode, page_of_text, too_large
from copytaster.labels.page import Page
from copytaster.model.limits import Limits

_BOM = b"\xef\xbb\xbf"
_SKIP = 1 << 20
# What a record may say of its page besides text, id and url.
_META_KEYS = ("site", "kind", "lang", "renderer", "source")
# Keys named in a message: enough to see the right one.
_KEYS_SHOWN, _KEY_LENGTH = 12, 40


@dataclass(frozen=True)
class JsonKeys:
    """What the fields of a record are called.

    Attributes:
        text: The page's text.
        id: The page's name; a record may lack it.
        url: Where the page was found; a record may lack it.
    """

    text: str = "text"
    id: str = "id"
    url: str = "url"


def read_jsonl(stream: io.BufferedReader, name: str, keys: JsonKeys, limits: Limits) -> Iterator[Page | BadPage]:
    """Read pages from JSON Lines.

    Args:
        stream: The lines.
        name: What to call the file; a record without an id is called ``name:line``.
        keys: What the fields of a record are called.
        limits: How large a page may be.

    Yields:
        A page or a bad page for each line that is not blank.

    Raises:
        CompressedFileError: If the stream breaks off.
    """
    for number, line in enumerate(_lines(stream, byte_limit(limits)), 1):
        place = f"{name}:{number}"
        if line is None:
            yield too_large(place, limits)
        elif line.strip():
            yield _page(line, place, keys, limits)


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


def _page(line: bytes, place: str, keys: JsonKeys, limits: Limits) -> Page | BadPage:
    record = _parse(line)
    if isinstance(record, ValueError):
        return BadPage(place, f"not JSON ({record}); each line must be one whole record")
    if not isinstance(record, dict):
        return BadPage(place, f"a JSON {_kind(record)} where a record like {{{json.dumps(keys.text)}: ...}} should be")
    own_id, url, text = record.get(keys.id), record.get(keys.url), record.get(keys.text)
    if not isinstance(text, str):
        return BadPage(place, _no_text(record, keys.text))
    return page_of_text(
        text,
        limits,
        name=str(own_id) if isinstance(own_id, str | int) and own_id != "" else place,
        url=url if isinstance(url, str) and url else None,
        meta={key: record[key] for key in _META_KEYS if isinstance(record.get(key), str)},
    )


def _no_text(record: dict[str, Any], key: str) -> str:
    if key in record:
        return f"its {json.dumps(key)} is a JSON {_kind(record[key])}; it must be a string, the text of the page"
    shown = [json.dumps(name[:_KEY_LENGTH], ensure_ascii=False) for name in list(record)[:_KEYS_SHOWN]]
    more = ", ..." if len(record) > _KEYS_SHOWN else ""
    keys = ", ".join(shown) or "no keys"
    return f"no {json.dumps(key)} in the record, which has {keys}{more}; say which key holds the text (--text-key)"


def _kind(value: object) -> str:
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
