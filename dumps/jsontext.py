"""JSON of a record with long texts, as the standard library writes it and several times as quick.

The library looks at each character. Nearly all characters of an article stand for themselves, and searching bytes for
the few that do not is what the processor is good at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_CONTROLS = bytes(range(0x20))
_encode = json.JSONEncoder(ensure_ascii=False).encode


def utf8(text: str) -> bytes:
    """The text's UTF-8; half a surrogate pair is no character and becomes a question mark."""
    return text.encode("utf-8", "replace")


def json_line(record: Mapping[str, Any], long: Sequence[str]) -> bytes:
    """The bytes of ``json.dumps(record, ensure_ascii=False)`` and a line end.

    Args:
        record: What to write.
        long: The names of fields that hold long texts, or lists of texts.
    """
    fields: list[bytes] = []
    others: dict[str, Any] = {}
    for name, value in record.items():
        if name not in long:
            others[name] = value
            continue
        fields += _fields(others), _field(name, value)
        others.clear()
    fields.append(_fields(others))
    return b"{" + b", ".join(filter(None, fields)) + b"}\n"


def _fields(record: Mapping[str, Any]) -> bytes:
    return utf8(_encode(record)[1:-1])


def _field(name: str, value: str | Sequence[str]) -> bytes:
    if isinstance(value, str):
        # The blank lines between paragraphs are the one thing in a text that is often to be escaped.
        quoted = _joined(value, b"\\n", value.count("\n")) or utf8(_encode(value))
    else:
        quoted = b"[%b]" % (_joined("\n".join(value), b'", "', len(value) - 1) or utf8(", ".join(map(_encode, value))))
    return b"%b: %b" % (utf8(_encode(name)), quoted)


def _joined(text: str, separator: bytes, ends: int) -> bytes | None:
    """The text between quotation marks with line ends replaced; None if it has more than so many, or other controls."""
    data = utf8(text)
    if len(data) - len(data.translate(None, _CONTROLS)) != ends:
        return None
    return b'"%b"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", separator)
