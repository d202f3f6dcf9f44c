"""Pages in the WET files of Common Crawl: the conversion records of a WARC file.

FastWARC reads the records. Where a file is damaged it stops, or takes the records behind the damage for text; so the
bytes since the last record began are held back, and reading starts again at the next record that begins in them or
behind them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from copytaster.dumps.text import BadPage, byte_limit, page_of_bytes, too_large
from copytaster.labels.compression import CompressedFileError
from copytaster.labels.page import Page
from copytaster.model.limits import Limits

MAGIC = b"WARC/"
"""What a WARC file begins with."""

# The beginning of a record, at the beginning of a line.
_RECORD = re.compile(rb"^WARC/\d\.\d\r?\n[A-Za-z-]+:", re.MULTILINE)
_RECORD_LENGTH = 64
# The same inside a page. Pages have LF ends, so one about WARC files is not mistaken.
_SWALLOWED = re.compile(rb"\r\n\r\nWARC/\d\.\d\r\n[A-Za-z-]+:")
# Bytes held back at most: no record of Common Crawl is as large.
_HELD = 1 << 22
_READ_SIZE = 1 << 16
# A length of more digits is no length, and not one that FastWARC can read.
_MOST_DIGITS = 18


class _Replay:
    """A stream that can go back to where the last record began."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._held = bytearray()
        self._start = 0  # the position of the first byte held
        self._next = 0  # the position of the byte to be read next

    def read(self, size: int = _READ_SIZE) -> bytes:
        offset = self._next - self._start
        if offset == len(self._held):
            self._fill(size)
            offset = self._next - self._start
        data = bytes(self._held[offset : offset + size])
        self._next += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Leave the stream open: another reading may follow."""

    def tell(self) -> int:
        return self._next

    def forget(self, position: int) -> None:
        """Drop what is before a position."""
        if position > self._start:
            del self._held[: position - self._start]
            self._start = position

    def find_record(self, position: int) -> bool:
        """Go to the next record that begins at a position or behind it; False if there is none."""
        self.forget(position)
        while True:
            if match := _RECORD.search(self._held):
                self._next = self._start + match.start()
                return True
            # A record's beginning may be cut by the end of what is here.
            self.forget(self._start + len(self._held) - _RECORD_LENGTH)
            self._next = self._start + len(self._held)
            if not self._fill(_READ_SIZE):
                return False

    def _fill(self, size: int) -> int:
        # read1, because what read has gathered is lost when the stream breaks off.
        data = self._stream.read1(size)
        self._held += data
        if len(self._held) > _HELD + _READ_SIZE:
            self.forget(self._start + len(self._held) - _HELD)
        return len(data)


class _WrongLengthError(ValueError):
    """A record does not have the length that it announces."""


def read_wet(stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Page | BadPage]:
    """Read the pages of a WET file.

    Args:
        stream: The file's decompressed bytes.
        name: What to call the file.
        limits: How large a page may be.

    Yields:
        A page for each record of converted text, called by its record id; a bad page for each damaged place, behind
        which reading goes on with the next record.

    Raises:
        CompressedFileError: If the stream breaks off.
    """
    head = stream.peek(_RECORD_LENGTH)[:_RECORD_LENGTH]
    is_warc = head.lstrip().startswith(MAGIC)
    if not is_warc:
        yield BadPage(name, "not a WARC file, or damaged at its beginning; a WET file begins with a line like WARC/1.0")
    # Hand-made files end their header lines with LF only, which FastWARC reads if asked to.
    is_lenient = b"\r\n" not in head
    replay = _Replay(stream)
    records = texts = position = 0
    # The records before the last damage told of; damage behind as many is the same one.
    told = -1 if is_warc else 0
    while replay.find_record(position):
        # Behind this one, should it be so damaged that FastWARC gives no record.
        position = replay.tell() + 1
        place = name
        try:
            for record in ArchiveIterator(replay, WarcRecordType.any_type, parse_http=False, quirks_mode=is_lenient):
                position = record.stream_pos + 1
                replay.forget(record.stream_pos)
                records += 1
                place = _name(record, f"{name}:{records}")
                if record.record_type == WarcRecordType.conversion:
                    texts += 1
                    yield _page(record, place, limits)
            break
        except CompressedFileError:
            raise
        except _WrongLengthError as error:
            told = records
            yield BadPage(place, str(error))
        except (OSError, ValueError) as error:
            if told != records:
                told = records
                reason = f"damaged behind record {records} ({error}); copy or download the file again"
                yield BadPage(name, f"{reason}. Went on with the next record")
    if not records and told < 0:
        yield BadPage(name, "no whole WARC record in it; copy or download the file again")
    elif records and not texts:
        yield BadPage(name, "a WARC file without text records; give the .warc.wet file of the same crawl")


def _name(record: WarcRecord, default: str) -> str:
    return (record.headers.get("WARC-Record-ID") or "").strip("<> \t") or default


def _page(record: WarcRecord, name: str, limits: Limits) -> Page | BadPage:
    length = (record.headers.get("Content-Length") or "").strip()
    if not (length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS):
        raise _WrongLengthError(f"its Content-Length is {length or 'missing'!r}, which is no number of bytes")
    data = record.reader.read(byte_limit(limits) + 1)
    if swallowed := _SWALLOWED.search(data):
        raise _WrongLengthError(
            f"its Content-Length is {length}, but another record begins at byte {swallowed.start()}"
        )
    if len(data) > byte_limit(limits):
        return too_large(name, limits)
    if len(data) < int(length):
        raise _WrongLengthError(f"truncated: its Content-Length is {length}, but the file ends after {len(data)} bytes")
    language = record.headers.get("WARC-Identified-Content-Language")
    url = record.headers.get("WARC-Target-URI")
    return page_of_bytes(data, limits, name=name, url=url, meta={"lang": language} if language else None)
