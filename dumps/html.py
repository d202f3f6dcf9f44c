"""HTML files: their text, and the address that a page gives as its own."""

from __future__ import annotations

import gzip
import re
from html import unescape
from pathlib import Path

from copytaster.dumps.encodings import guess_encoding

_HEAD = 4000  # bytes among which a page declares its charset
_CHARSET = re.compile(rb'charset=["\']?([\w-]+)')
_LINK = re.compile(r"<(?:link|meta)\b[^>]*\b(?:canonical|og:url)\b[^>]*>", re.IGNORECASE)
_TARGET = re.compile(r"\b(?:href|content)\s*=\s*[\"']?(https?://[^\"'\s>]+)", re.IGNORECASE)


def decode_html(page: bytes) -> str:
    """The text of a page: by the charset it declares, else UTF-8, else a guess; bytes that do not fit are replaced."""
    declared = _CHARSET.search(page[:_HEAD])
    if declared:
        try:
            return page.decode(declared.group(1).decode(), "replace")
        except LookupError:
            pass  # no charset that Python knows
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        return page.decode(guess_encoding(page), "replace")


def read_html(file: Path) -> str:
    """The text of an HTML file, plain or compressed with gzip."""
    data = file.read_bytes()
    return decode_html(gzip.decompress(data) if file.suffix == ".gz" else data)


def own_address(html: str) -> str | None:
    """The address that a page's HTML gives as its own: the canonical link, else ``og:url``; None if there is none."""
    links = sorted(_LINK.findall(html), key=lambda link: "canonical" not in link.lower())
    return next((unescape(target[1]) for link in links if (target := _TARGET.search(link))), None)
