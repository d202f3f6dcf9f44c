"""Pages in WARC files: the converted text of Common Crawl's WET files, and the HTML of responses.

FastWARC reads the records. Where a file is damaged it stops, or takes the records behind the damage for text; so the
bytes since the last record began are held back, and reading starts again at the next record that begins in them or
behind them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.html import html_byte_limit, page_of_html
from copytaster.dumps.raw import RawPage
from copytaster.dumps.replay import RECORD_LENGTH, SWALLOWED, Replay
from copytaster.dumps.text import BadPage, byte_limit, damaged, has_markup, page_of_bytes, too_large
from copytaster.labels.compression import CompressedFileError, Members
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

_MAGIC = b"WARC/"
# A length of more digits is no length, and not one that FastWARC can read.
_MOST_DIGITS = 18
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_NO_TYPES = frozenset({"", "unk", "application/octet-stream"})
_SNIFFED = 2048


class _WrongLengthError(ValueError):
    """A record does not have the length that it announces."""

    def __init__(self, record: BadPage) -> None:
        super().__init__(record.reason)
        self.record = record


def read_warc(
    stream: io.BufferedReader, name: str, limits: Limits, members: Members
) -> Iterator[Page | RawPage | BadPage]:
    """Read the pages of a WARC or WET file.

    Args:
        stream: The file's decompressed bytes.
        name: What to call the file.
        limits: How large a page may be.
        members: Where the compressed members begin, as the stream tells it.

    Yields:
        A page, or what to make it of, for each record of converted text and each response with HTML, called by its
        record id; a bad page for each damaged place, behind which reading goes on with the next record. Other records
        are passed over.

    Raises:
        MissingExtraError: At the first response with HTML, if there is nothing to render it with.
        CompressedFileError: If the stream ends early.
    """
    yield from _WarcReader(stream, name, limits, members).read()


class _WarcReader:
    def __init__(self, stream: io.BufferedReader, name: str, limits: Limits, members: Members) -> None:
        head = stream.peek(RECORD_LENGTH)[:RECORD_LENGTH]
        self._is_warc = head.lstrip().startswith(_MAGIC)
        # Hand-made files end their header lines with LF only, which FastWARC reads if asked to.
        self._is_lenient = b"\r\n" not in head
        self._replay = Replay(stream)
        self._name = name
        self._limits = limits
        self._members = members
        self._records = self._pages = 0
        self._has_rendered = False
        # Where to look for the next record, should FastWARC give none.
        self._position = 0
        # The records before the last damage told of; damage behind as many is the same one.
        self._told = -1 if self._is_warc else 0

    def read(self) -> Iterator[Page | RawPage | BadPage]:
        if not self._is_warc:
            reason = "not a WARC file, or damaged at its beginning; a WARC or WET file begins with a line like WARC/1.0"
            yield self._bad(reason)
        while True:
            try:
                if not self._replay.find_record(self._position):
                    break
                self._position = self._replay.tell() + 1
                yield from self._sound_records()
                break
            except CompressedFileError as error:
                # The next sound member follows; at the end of the stream there is none.
                self._told = self._records
                self._position = self._replay.tell()
                yield damaged(self._name, error.problem)
            except _WrongLengthError as error:
                self._told = self._records
                yield error.record
            except MissingExtraError:
                raise
            except (OSError, ValueError) as error:
                if self._told != self._records:
                    self._told = self._records
                    reason = f"damaged behind record {self._records} ({error}); copy or download the file again"
                    yield self._bad(f"{reason}. Went on with the next record")
        if not self._records and self._told < 0:
            yield self._bad("no whole WARC record in it; copy or download the file again")
        elif self._records and not self._pages:
            yield self._bad("a WARC file without text records or responses with HTML; give the .warc.wet file")

    def _sound_records(self) -> Iterator[Page | RawPage | BadPage]:
        """The pages up to the next damaged place, where FastWARC or one of ours raises an error."""
        records = ArchiveIterator(
            self._replay, WarcRecordType.any_type, parse_http=False, quirks_mode=self._is_lenient
        )  # fmt: skip
        for record in records:
            self._position = record.stream_pos + 1
            self._replay.forget(record.stream_pos)
            self._records += 1
            page: Page | RawPage | BadPage | None = None
            if record.record_type == WarcRecordType.conversion:
                page = self._converted(record)
            elif record.record_type == WarcRecordType.response:
                page = self._response(record)
            if page is not None:
                self._pages += 1
                yield page

    def _converted(self, record: WarcRecord) -> RawPage | BadPage:
        place, origin = self._id(record), self._origin(record.stream_pos)
        data = self._payload(record, byte_limit(self._limits))
        if data is None:
            return too_large(place, self._limits, origin)
        language = record.headers.get("WARC-Identified-Content-Language")
        meta = {"lang": language} if language else None
        return RawPage(page_of_bytes, data, self._limits, place, origin, {"url": _url(record), "meta": meta})

    def _response(self, record: WarcRecord) -> Page | RawPage | BadPage | None:
        """The page of an HTTP response; None where it holds no HTML."""
        if not record.is_http:
            return None
        record.parse_http(auto_decode="none", quirks_mode=self._is_lenient)
        kind = (record.http_content_type or record.headers.get("WARC-Identified-Payload-Type") or "").lower()
        if kind not in _HTML_TYPES and kind not in _NO_TYPES:
            return None
        place, origin = self._id(record), self._origin(record.stream_pos)
        limit = html_byte_limit(self._limits)
        data = self._payload(record, limit)
        if data is None:
            return too_large(place, self._limits, origin)
        data = _decoded(record, data, limit)
        if kind in _NO_TYPES and not has_markup(data[:_SNIFFED].decode(errors="ignore")):
            return None
        options: dict[str, Any] = {"url": _url(record), "charset": record.http_charset}
        if self._has_rendered:
            return RawPage(page_of_html, data, self._limits, place, origin, options, is_markup=True)
        # Without a renderer the file is one bad page, and not each of its records.
        page = page_of_html(data, self._limits, name=place, origin=origin, **options)
        self._has_rendered = True
        return page

    def _payload(self, record: WarcRecord, limit: int) -> bytes | None:
        """What a record holds behind its headers; None if that is more than a limit.

        Raises:
            _WrongLengthError: If it does not have the length that it announces.
        """
        length = (record.headers.get("Content-Length") or "").strip()
        if not (length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS):
            raise self._wrong(record, f"its Content-Length is {length or 'missing'!r}, which is no number of bytes")
        announced = record.content_length
        data: bytes = record.reader.read(limit + 1)
        if swallowed := SWALLOWED.search(data):
            start = int(length) - announced + swallowed.start()
            raise self._wrong(record, f"its Content-Length is {length}, but another record begins at byte {start}")
        if len(data) > limit:
            return None
        if len(data) < announced:
            end = int(length) - announced + len(data)
            raise self._wrong(
                record, f"truncated: its Content-Length is {length}, but the file ends after {end} bytes"
            )  # fmt: skip
        return data

    def _wrong(self, record: WarcRecord, reason: str) -> _WrongLengthError:
        return _WrongLengthError(BadPage(self._id(record), reason, self._origin(record.stream_pos)))

    def _bad(self, reason: str) -> BadPage:
        return BadPage(self._name, reason, Origin(self._name))

    def _id(self, record: WarcRecord) -> str:
        return (record.headers.get("WARC-Record-ID") or "").strip("<> \t") or f"{self._name}:{self._records}"

    def _origin(self, position: int) -> Origin:
        return Origin(self._name, self._members.offset_of(position))


def _url(record: WarcRecord) -> str | None:
    # Crawlers before WARC 1.1 put the address between angle brackets.
    return (record.headers.get("WARC-Target-URI") or "").strip("<> \t") or None


def _decoded(record: WarcRecord, body: bytes, limit: int) -> bytes:
    """The body of a response without the encodings it was sent with, at most a byte more than a limit of it.

    Many crawlers store it decoded and yet with the headers of what was sent: then it is as it should be.
    """
    sent = [(name, record.http_headers.get(name)) for name in ("Transfer-Encoding", "Content-Encoding")]
    headers = "".join(f"{name}: {value}\r\n" for name, value in sent if value)
    if not headers:
        return body
    whole = WarcRecord()
    whole.set_bytes_content(b"HTTP/1.1 200 OK\r\n" + headers.encode("latin-1", "replace") + b"\r\n" + body)
    whole.is_http = True
    try:
        whole.parse_http(auto_decode="all")
        data: bytes = whole.reader.read(limit + 1)
    except (OSError, ValueError):
        return body
    return data
