"""Going back in a stream of WARC records, to the one that was damaged."""

from __future__ import annotations

import io
import re

from copytaster.labels.compression import CompressedFileError

# The beginning of a record, at the beginning of a line.
_RECORD = re.compile(rb"^WARC/\d\.\d\r?\n[A-Za-z-]+:", re.MULTILINE)
RECORD_LENGTH = 64
"""The bytes among which a record begins."""
SWALLOWED = re.compile(rb"\r\n\r\nWARC/\d\.\d\r\n[A-Za-z-]+:")
"""The beginning of a record inside a page. Pages have LF ends, so one about WARC files is not mistaken."""
# Bytes held back at most: no record of Common Crawl is as large.
_HELD = 1 << 22
_READ_SIZE = 1 << 16


class Replay:
    """A stream of WARC records that can go back to where the last record began.

    Positions count the bytes of the stream.
    """

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._held = bytearray()
        self._start = 0  # the position of the first byte held
        self._next = 0  # the position of the byte to be read next

    def read(self, size: int = _READ_SIZE) -> bytes:
        """Some of the bytes that follow, at most as many as asked for; none at the end."""
        offset = self._next - self._start
        if offset == len(self._held):
            self._fill(size)
            offset = self._next - self._start
        data = bytes(self._held[offset : offset + size])
        self._next += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Refuse: FastWARC only needs to be told that it cannot."""
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Leave the stream open: another reading may follow."""

    def tell(self) -> int:
        """The position of the byte to be read next."""
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
            self.forget(self._start + len(self._held) - RECORD_LENGTH)
            self._next = self._start + len(self._held)
            if not self._fill(_READ_SIZE):
                return False

    def _fill(self, size: int) -> int:
        # read1, because what read has gathered is lost when the stream breaks off.
        try:
            data = self._stream.read1(size)
        except CompressedFileError:
            # Behind the damage another member follows. What is here is half a record, and must not run into it.
            self._next = self._start + len(self._held)
            self.forget(self._next)
            raise
        if (surplus := len(self._held) + len(data) - _HELD) > 0:
            self.forget(self._start + surplus)
        self._held += data
        return len(data)
