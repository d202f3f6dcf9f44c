"""From a page's bytes to a Page, or to the reason why they are not one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from copytaster.dumps.encodings import guess_encoding
from copytaster.labels.label import LABELS
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import ADVICE, Limits, PageTooLarge, check_size

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    # Before UTF-16, whose mark is the beginning of this one.
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# The escapes with which ISO 2022-JP, which is ASCII otherwise, switches to Japanese.
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]")
# Text with this many sound UTF-8 characters for each broken one is UTF-8 that was cut or pasted into.
_SOUND_FOR_BROKEN = 2
# UTF-16 without a mark: white space and ASCII have a zero in one of the two places, which the other hardly ever has.
_LEAST_ZEROS, _ZEROS_FOR_OTHER = 0.02, 8
# Bytes outside ASCII, and those of them that do not begin a character in UTF-8.
_NOT_ASCII = bytes(range(0x80, 0x100))
_CONTINUATION = bytes(range(0x80, 0xC0))
_SURROGATE = re.compile("[\ud800-\udfff]")
# Characters that tell what kind of text a text is.
_SAMPLE = 100_000

_BINARY_KINDS = (
    (
        b"%PDF-",
        "a PDF; make a text dump of it first, for example `pdftotext file.pdf - | copytaster predict -`",
    ),
    (b"PK\x03\x04", "a ZIP archive (or an office document, which is one); unpack it first"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "compressed twice with gzip; unpack it once"),
    (b"BZh", "compressed with bzip2; unpack it first, for example `bzcat file.bz2 | copytaster predict -`"),
    (b"\xfd7zXZ\x00", "compressed with xz; unpack it first, for example `xzcat file.xz | copytaster predict -`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an office document; save it as plain text first"),
    (b"\x7fELF", "a program"),
    (b"PAR1", "a Parquet file inside another; unpack it first"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
# A text has next to no control characters; random bytes read as any encoding have ten percent.
_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\v\f\r\x1b\x85"]
_ASCII_CONTROLS = [control for control in _CONTROLS if control.isascii()]
_MOST_CONTROLS = 0.02

_HTML_START = re.compile(
    r"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HTML_TAG = re.compile(
    r"</?(?:a|article|br|button|div|footer|form|h[1-6]|head|header|iframe|img|input|li|link|main|meta|nav|noscript|ol|p"
    r"|script|section|span|style|svg|table|tbody|td|tr|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# A page about HTML shows some tags; in HTML they are a good part of the text.
_HTML_TAGS, _HTML_SHARE = 10, 0.2
_HTML_ADVICE = (
    "this is HTML; give it as a file called .html, or make a text dump of it first, for example"
    " `lynx -dump -nolist page.html | copytaster predict -`"
)

# Labelled pages are made of dumps, so they are handed in instead of these now and then.
_LABELLED_ROW = re.compile(rf"(?:{'|'.join(LABELS)})\t")
_LABELLED_SHARE, _LABELLED_SAMPLE = 0.9, 100
_LABELLED_ADVICE = (
    "this is a labelled page, not a dump; give the dump it was made of, or see how well a model labels it with"
    " `copytaster evaluate`"
)


@dataclass(frozen=True)
class BadPage:
    """A page that could not be read.

    Attributes:
        id: What the page is called: the record's own name, else its path, with the line where it is one of many.
        reason: What is wrong with it and what to do.
        origin: Where it was to be read from.
    """

    id: str
    reason: str
    origin: Origin | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.id}: {self.reason}"


def byte_limit(limits: Limits) -> int:
    """The bytes of the largest page in any encoding; no reader loads more of a page."""
    return 4 * (limits.max_chars + 1)


def page_of_bytes(
    data: bytes,
    limits: Limits,
    *,
    name: str,
    url: str | None = None,
    meta: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> Page | BadPage:
    """Make a page of a dump's bytes.

    Args:
        data: The dump, in any encoding.
        limits: How large it may be.
        name: What to call it.
        url: Where it was found.
        meta: What else is known of it.
        origin: Where it was read from.
    """
    for magic, kind in _BINARY_KINDS:
        if data.startswith(magic):
            return BadPage(name, f"not text but {kind}", origin)
    if len(data) > byte_limit(limits) or _utf8_length(data, limits.max_chars) > limits.max_chars:
        return too_large(name, limits, origin)
    return page_of_text(decode(data), limits, name=name, url=url, meta=meta, origin=origin)


def page_of_text(
    text: str,
    limits: Limits,
    *,
    name: str,
    url: str | None = None,
    meta: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> Page | BadPage:
    """Make a page of a dump's text, unless it is too large, binary, HTML or labelled.

    Lone surrogates become U+FFFD.
    """
    if (reason := _oversize(text, limits)) is not None:
        return BadPage(name, reason, origin)
    text = _without_surrogates(text)
    controls = _ASCII_CONTROLS if text.isascii() else _CONTROLS
    if sum(text.count(control) for control in controls if control in text) > _MOST_CONTROLS * len(text):
        return BadPage(name, "not text but binary data (control characters); give the plain text of the page", origin)
    if is_html(text):
        return BadPage(name, _HTML_ADVICE, origin)
    if _is_labelled(text):
        return BadPage(name, _LABELLED_ADVICE, origin)
    return Page.from_text(text, id=name, url=url, meta=meta, origin=origin)


def page_of_rows(
    rows: Sequence[str],
    limits: Limits,
    *,
    name: str,
    url: str | None = None,
    meta: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> Page | BadPage:
    """Make a page of rows that are clean, such as a renderer gives, unless it is too large."""
    text = "\n".join(rows)
    if (reason := _oversize(text, limits)) is not None:
        return BadPage(name, reason, origin)
    return Page(tuple(_without_surrogates(text).split("\n")) if rows else (), name, url, meta or {}, origin)


def too_large(name: str, limits: Limits, origin: Origin | None = None) -> BadPage:
    """What to say of a page that was not even loaded."""
    return BadPage(
        name,
        f"the page has more than the {limits.max_chars:,} characters allowed: {ADVICE} max_chars (--max-chars)",
        origin,
    )


def damaged(name: str, problem: str) -> BadPage:
    """What to say of a compressed file that is damaged or ends early."""
    return BadPage(name, f"the file is truncated or damaged: {problem}", Origin(name))


def decode(data: bytes) -> str:
    """Decode a text: by its byte-order mark, as UTF-8 if it is that, else as its bytes suggest.

    Never fails; what cannot be decoded becomes U+FFFD. A few broken bytes in UTF-8 do not make it something else.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data.decode(codec, "replace")
    if b"\x00" in data and (text := _decode_utf16(data)) is not None:
        return text
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
        broken = text.count("\ufffd")
        sound = len(text) - len(data.translate(None, _NOT_ASCII)) - broken
        return text if sound >= _SOUND_FOR_BROKEN * broken else data.decode(guess_encoding(data), "replace")
    if "\x1b" in text and _JAPANESE_ESCAPE.search(data):
        return data.decode("iso2022_jp_ext", "replace")
    return text


def _without_surrogates(text: str) -> str:
    try:
        text.encode()  # quicker than to search for them
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _oversize(text: str, limits: Limits) -> str | None:
    """Why a text is too large; None if it is not."""
    # A text has at most as many lines as characters, so that those of most need not be counted.
    if len(text) > min(limits.max_lines, limits.max_chars):
        try:
            check_size(text, max_lines=limits.max_lines, max_chars=limits.max_chars)
        except PageTooLarge as error:
            return str(error)
    return None


def _utf8_length(data: bytes, max_chars: int) -> int:
    """The characters in UTF-8, found without decoding: where they are too many there is no need to make them."""
    return len(data) if len(data) <= max_chars else len(data.translate(None, _CONTINUATION))


def _decode_utf16(data: bytes) -> str | None:
    pairs = len(data) // 2
    first, second = data[0 : 2 * pairs : 2].count(0), data[1 : 2 * pairs : 2].count(0)
    fewer, more = sorted((first, second))
    if more < _LEAST_ZEROS * pairs or more < _ZEROS_FOR_OTHER * fewer:
        return None
    try:
        return data.decode("utf-16-be" if first > second else "utf-16-le")
    except UnicodeDecodeError:
        return None


def is_html(text: str) -> bool:
    """Whether a text is HTML; one that mentions some tags is not."""
    sample = text[:_SAMPLE]
    if "<" not in sample:
        return False
    if _HTML_START.match(sample):
        return True
    tags = [match[0] for match in _HTML_TAG.finditer(sample)]
    return len(tags) >= _HTML_TAGS and sum(map(len, tags)) > _HTML_SHARE * len(sample)


def has_markup(text: str) -> bool:
    """Whether a text has any tag of HTML, which tells a page from a dump where HTML is expected."""
    return "\0" not in text and _HTML_TAG.search(text) is not None


def _is_labelled(text: str) -> bool:
    if "\t" not in text:
        return False
    rows = [row for row in text[:_SAMPLE].split("\n") if row.strip() and not row.startswith("#")]
    rows = rows[:_LABELLED_SAMPLE]
    return sum(_LABELLED_ROW.match(row) is not None for row in rows) > _LABELLED_SHARE * len(rows)
