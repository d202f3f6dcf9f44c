"""Pages in records with named fields: JSON objects, and the rows of Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from copytaster.dumps.text import BadPage, page_of_bytes, page_of_text
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

# What a record may say of its page besides text, id and url, and what pages call it. The last three are as FineWeb and
# datatrove have them.
META_KEYS = {
    "site": "site",
    "kind": "kind",
    "lang": "lang",
    "renderer": "renderer",
    "source": "source",
    "language": "lang",
    "dump": "dump",
    "file_path": "file_path",
}
"""The fields of a record that are kept with its page, and by what key."""
NESTED = "metadata"
"""The field in which datatrove's own writers put all but a record's text and id."""
# Keys named in a message: enough to see the right one.
_KEYS_SHOWN, _KEY_LENGTH = 12, 40


@dataclass(frozen=True)
class JsonKeys:
    """What the fields of a record are called, in JSON and in Parquet.

    Attributes:
        text: The page's text.
        id: The page's name; a record may lack it.
        url: Where the page was found; a record may lack it.
    """

    text: str = "text"
    id: str = "id"
    url: str = "url"


def page_of_record(
    record: Mapping[str, Any], limits: Limits, keys: JsonKeys, *, name: str, origin: Origin | None = None
) -> Page | BadPage:
    """Make a page of a record.

    Args:
        record: The record, with its text as a string, or as bytes in any encoding. What it lacks is looked for in its
            ``metadata``.
        limits: How large the page may be.
        keys: What its fields are called.
        name: What to call the page if the record has no id.
        origin: Where the record was read from, where that is known.
    """
    text = record.get(keys.text)
    if not isinstance(text, str | bytes):
        return BadPage(name, _no_text(record, keys.text), origin)
    nested = record.get(NESTED)
    fields = {**nested, **record} if isinstance(nested, dict) else record
    own_id, url = fields.get(keys.id), fields.get(keys.url)
    about: dict[str, Any] = {
        "name": str(own_id) if isinstance(own_id, str | int) and own_id != "" else name,
        "url": url if isinstance(url, str) and url else None,
        "meta": {ours: fields[key] for key, ours in META_KEYS.items() if isinstance(fields.get(key), str)},
        "origin": origin,
    }
    return page_of_bytes(text, limits, **about) if isinstance(text, bytes) else page_of_text(text, limits, **about)


def names_shown(names: Mapping[str, Any] | list[str]) -> str:
    """Names of fields for a message: quoted, and no more than help to see the right one."""
    shown = [json.dumps(name[:_KEY_LENGTH], ensure_ascii=False) for name in list(names)[:_KEYS_SHOWN]]
    return ", ".join(shown) + (", ..." if len(names) > _KEYS_SHOWN else "")


def kind_of(value: object) -> str:
    """What JSON calls a value."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")


def _no_text(record: Mapping[str, Any], key: str) -> str:
    if key in record:
        return f"its {json.dumps(key)} is a JSON {kind_of(record[key])}; it must be a string, the text of the page"
    keys = names_shown(record) or "no keys"
    return f"no {json.dumps(key)} in the record, which has {keys}; say which key holds the text (--text-key)"
