"""Pages that come as HTML: their text, their own address, and the rows they show."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

from copytaster.dumps.encodings import guess_encoding
from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.renderers import RendererMissingError, RenderingError, render
from copytaster.dumps.text import BadPage, byte_limit, has_markup, page_of_bytes, page_of_rows, too_large
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

RENDERER = "resiliparse"
"""What makes rows of HTML: the fastest of the renderers that the shipped model was trained on."""

_HEAD = 4000  # bytes among which a page declares its charset
_CHARSET = re.compile(rb'charset=["\']?([\w-]+)')
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# A page says where it belongs in its head; searching megabytes of scripts behind it would find other pages' addresses.
_ADDRESS_HEAD = 100_000
_ADDRESS_WORDS = (b"canonical", b"og:url")
_TAG = re.compile(rb"<(?:link|meta)\b[^<>]*>")
_says_address = re.compile(rb"\b(?:canonical|og:url)\b").search
_TARGET = re.compile(r"\b(?:href|content)\s*=\s*[\"']?(https?://[^\"'\s>]+)", re.IGNORECASE)


def decode_html(page: bytes, charset: str | None = None) -> str:
    """The text of a page; bytes that do not fit are replaced.

    Args:
        page: The page.
        charset: What the server says its charset is. A mark at the beginning of the page overrides it; without
            either the charset counts that the page declares, else UTF-8, else a guess.
    """
    if page.startswith(_UTF16_MARKS):
        return page.decode("utf-16", "replace")
    declared = _CHARSET.search(page[:_HEAD])
    for name in (charset, declared and declared.group(1).decode()):
        if name:
            try:
                return page.decode(name, "replace")
            except (LookupError, ValueError):
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
    """The address a page gives as its own, the canonical one first; None where it gives none."""
    page = html.encode("utf-8", "replace")
    tags = [page[start:end].decode() for start, end in _tags_of_address(page.lower())]
    links = sorted(tags, key=lambda tag: "canonical" not in tag.lower())
    targets = [unescape(target[1]) for link in links if (target := _TARGET.search(link))]
    return targets[0] if targets else None


def _tags_of_address(page: bytes) -> Iterator[tuple[int, int]]:
    """Where the tags begin and end that may give the address of a page, which is in small letters."""
    # From the words back to their tags: a pattern would look into every tag, and at a tag of many such words again for
    # each of them.
    starts = {page.rfind(b"<", 0, place) for word in _ADDRESS_WORDS for place in _places(page, word)}
    tags = (_TAG.match(page, max(start, 0)) for start in sorted(starts))
    return (tag.span() for tag in tags if tag and _says_address(tag.group()))


def _places(page: bytes, word: bytes) -> Iterator[int]:
    place = page.find(word)
    while place >= 0:
        yield place
        place = page.find(word, place + 1)


def html_byte_limit(limits: Limits) -> int:
    """The bytes of the largest HTML that is rendered: markup is left out of a page, so small limits do not count."""
    return max(byte_limit(limits), byte_limit(Limits()))


def page_of_html_file(data: bytes, limits: Limits, *, name: str, origin: Origin | None = None) -> Page | BadPage:
    """Make a page of what an HTML file holds: of its text, should it be a dump that is only called so.

    Raises:
        MissingExtraError: If there is no renderer.
    """
    codec = "utf-16" if data.startswith(_UTF16_MARKS) else "latin-1"  # tags are ASCII in any other encoding
    if has_markup(data[:_ADDRESS_HEAD].decode(codec, "ignore")):
        return page_of_html(data, limits, name=name, origin=origin)
    return page_of_bytes(data, limits, name=name, origin=origin)


def page_of_html(
    data: bytes,
    limits: Limits,
    *,
    name: str,
    url: str | None = None,
    charset: str | None = None,
    meta: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> Page | BadPage:
    """Make a page of the rows that HTML shows.

    Args:
        data: The HTML, or more of it than `html_byte_limit` allows.
        limits: How large the page may be.
        name: What to call it.
        url: Where it was found; by default the address it gives as its own.
        charset: What the server says its charset is.
        meta: What else is known of it.
        origin: Where it was read from.

    Raises:
        MissingExtraError: If there is no renderer.
    """
    if len(data) > html_byte_limit(limits):
        return too_large(name, limits, origin)
    html = decode_html(data, charset).removeprefix("\ufeff")
    try:
        rows = render(html, RENDERER)
    except RendererMissingError as error:
        raise MissingExtraError("reading HTML", "html") from error
    except RenderingError as error:
        return BadPage(name, f"{error}; make a text dump of it another way", origin)
    address = url or own_address(html[:_ADDRESS_HEAD])
    return page_of_rows(rows, limits, name=name, url=address, meta=meta, origin=origin)
