"""Plain, gzip and zstd files as streams of bytes.

Reading goes by what a file begins with and not by its name, in constant memory, from a path or from an open file such
as ``sys.stdin.buffer``; a stream that is damaged or cut short is an error, never a short read. Writing goes by the
name's suffix, is atomic, and gives the same bytes for the same content.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol, cast

# gzip and zstandard are imported where they are needed: reading plain files should not wait for them.

_GZIP_MAGIC = b"\x1f\x8b"
# The beginning of a gzip member: the magic, deflate, and flags of which three bits are never set.
_GZIP_MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# A zstd file may also begin with a skippable frame, of which there are sixteen kinds: 0x50 to 0x5f, then this.
_ZSTD_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_MAGIC_LENGTH = 4

_READ_SIZE = 1 << 16
_INFLATED_SIZE = 1 << 18
# zstd's decompressor gives all that a piece of input holds at once, and four bytes can hold 128 KB: small pieces keep
# a malicious file under 40 MB. (zstandard's stream_reader is bounded but takes a file cut short for a whole one.)
_ZSTD_PIECE = 1 << 10

# Members remembered at most. What is buffered holds fewer of any sound file.
_MEMBERS = 1 << 12

_GZIP_LEVEL = 6
_ZSTD_LEVEL = 9


class CompressedFileError(ValueError):
    """A gzip or zstd stream is damaged or cut short.

    Attributes:
        file: The file's name.
        problem: What is wrong with it and what to do.
    """

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


class Members:
    """Where the gzip members or zstd frames of a file begin, while it is read; memory does not grow with the file."""

    def __init__(self) -> None:
        self._begun: deque[tuple[int, int]] = deque(maxlen=_MEMBERS)

    @property
    def are_there(self) -> bool:
        """Whether the file is compressed, as far as it has been read."""
        return bool(self._begun)

    def begin(self, position: int, offset: int) -> None:
        """Note that the data from a position on come from a member that begins at an offset of the file."""
        self._begun.append((position, offset))

    def offset_of(self, position: int) -> int:
        """The offset of the member that holds a position of the data; in a plain file the position itself.

        Positions must be asked for in rising order: what is before the one asked for is forgotten.
        """
        while len(self._begun) > 1 and self._begun[1][0] <= position:
            self._begun.popleft()
        return self._begun[0][1] if self._begun else position


def open_for_reading(
    source: str | os.PathLike[str] | BinaryIO, name: str | None = None, members: Members | None = None
) -> io.BufferedReader:
    """Open a plain, gzip or zstd file for reading its decompressed bytes.

    Several gzip members or zstd frames one after the other are read as one stream.

    Args:
        source: A path, or a file open for reading bytes (it need not be seekable). An open file stays open when the
            stream that is returned is closed, but its position is then somewhere ahead of what was read.
        name: What to call the file in messages; by default its path.
        members: Told where compressed members begin.

    Returns:
        A buffered stream. Reading from it raises CompressedFileError where the data are damaged or end early. Behind
        a damaged gzip member, reading once more goes on with the next sound one.

    Raises:
        OSError: If the file cannot be opened.
    """
    if not isinstance(source, str | os.PathLike):
        return _stream(source, name or str(getattr(source, "name", "<stream>")), members or Members(), close=None)
    path = Path(source)
    file = path.open("rb")
    try:
        if file.seekable() and not _is_compressed(file.peek(_MAGIC_LENGTH)):
            return file
        return _stream(file, name or str(path), members or Members(), close=file.close)
    except BaseException:
        file.close()
        raise


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when it is whole.

    What is written goes to a hidden file in the same folder, which takes the target's name when the block ends and is
    removed when the block raises. A name that ends in ``.gz`` or ``.zst`` is compressed. The same content always gives
    the same bytes: no time and no name is stored. Devices and pipes are written to directly.

    Raises:
        OSError: If the folder is missing, the target is a folder, or nothing can be written; it names the target.
    """
    target = Path(path)
    with ExitStack() as stack:
        if is_special(target):
            yield _compressing(stack.enter_context(target.open("wb")), target, stack)
            return
        # A link keeps pointing to its file: the file is replaced, not the link.
        final = Path(os.path.realpath(target))
        part = final.with_name(f".copytaster-{os.urandom(6).hex()}.part")
        try:
            file = stack.enter_context(part.open("xb"))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(target)) from None
        try:
            with ExitStack() as compressor:
                yield _compressing(file, target, compressor)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            if final.exists():
                shutil.copymode(final, part)
            part.replace(final)
            sync_folder(final.parent)
        except BaseException:
            with suppress(OSError):  # on a full disk it fails again, with what is still to be written
                file.close()
            part.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder to the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Compressor(Protocol):
    """Compresses what it is given, piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """What there is by now of the compressed data."""

    def flush(self) -> bytes:
        """The rest, up to an end mark; nothing can be added behind it."""


def compressor(path: str | os.PathLike[str]) -> Compressor | None:
    """What makes one gzip member or zstd frame, as a name asks for that ends in .gz or .zst; None for other names."""
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        return zlib.compressobj(_GZIP_LEVEL, wbits=16 + zlib.MAX_WBITS)
    if suffix == ".zst":
        import zstandard

        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compressobj()
    return None


def is_special(path: Path) -> bool:
    """Whether the path is a device or a pipe, which must not be replaced by a file.

    Raises:
        IsADirectoryError: If it is a folder.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return not stat.S_ISREG(mode)


def _compressing(file: BinaryIO, target: Path, stack: ExitStack) -> BinaryIO:
    suffix = target.suffix.lower()
    if suffix == ".gz":
        import gzip

        # An empty name and time 0: otherwise the bytes would differ from run to run.
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=file, mtime=0)
        return cast("BinaryIO", stack.enter_context(packed))
    if suffix == ".zst":
        import zstandard

        compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
        return cast("BinaryIO", stack.enter_context(compressor.stream_writer(file, closefd=False)))
    return file


def _is_compressed(head: bytes) -> bool:
    return head.startswith(_GZIP_MAGIC) or _is_zstd(head)


def _is_zstd(head: bytes) -> bool:
    return head.startswith(_ZSTD_MAGIC) or (
        head[:1] >= b"\x50" and head[:1] <= b"\x5f" and head[1:4] == _ZSTD_SKIPPABLE_TAIL
    )


_Pieces = Iterator["bytes | CompressedFileError"]
"""Pieces of data, and in their place the damage behind which more may follow."""


def _stream(file: BinaryIO, name: str, members: Members, close: Callable[[], None] | None) -> io.BufferedReader:
    chunks = _chunks(file)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _MAGIC_LENGTH:
            break
    whole = _prepend(head, chunks)
    pieces: _Pieces = whole
    if head.startswith(_GZIP_MAGIC):
        pieces = _gunzip(whole, name, members)
    elif _is_zstd(head):
        pieces = _unzstd(whole, name, members)
    return io.BufferedReader(_PieceStream(pieces, name, close), _READ_SIZE)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    # read1 gives what a pipe holds by now, where read would wait for more.
    read: Callable[[int], bytes] = getattr(file, "read1", file.read)
    while chunk := read(_READ_SIZE):
        yield chunk


def _prepend(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from chunks


def _gunzip(chunks: Iterator[bytes], name: str, members: Members) -> _Pieces:
    inflater = None
    taken = given = 0
    damaged_at = -1  # how much had been given at the last damage told of; damage behind as much is the same one
    is_lost = False  # behind damage, where the next member has to be searched for
    kept = b""
    for chunk in chunks:
        taken += len(chunk)
        rest, kept = kept + chunk, b""
        while rest:
            if is_begin := inflater is None:
                # Zeros between or after members are padding, as for gzip itself.
                rest = _from_next_member(rest) if is_lost else rest.lstrip(b"\0")
                if is_lost and len(rest) < _MAGIC_LENGTH:
                    kept = rest
                    break
                if not rest:
                    break
                members.begin(given, taken - len(rest))
                inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                data = inflater.decompress(rest, _INFLATED_SIZE)
            except zlib.error as error:
                if damaged_at != given:
                    damaged_at = given
                    yield _damaged(name, "gzip", error)
                inflater, is_lost, rest = None, True, rest[is_begin:]
                continue
            if data:
                given += len(data)
                yield data
            rest = inflater.unconsumed_tail
            if inflater.eof:
                rest = inflater.unused_data
                inflater, is_lost = None, False
    if inflater is not None:
        yield _cut_short(name, "gzip")


def _from_next_member(data: bytes) -> bytes:
    """The data from the beginning of a gzip member on; where there is none, their end, which may hold half of one."""
    if match := _GZIP_MEMBER.search(data):
        return data[match.start() :]
    return data[-_MAGIC_LENGTH + 1 :]


def _unzstd(chunks: Iterator[bytes], name: str, members: Members) -> Iterator[bytes]:
    import zstandard

    frame = None
    taken = given = 0
    for chunk in chunks:
        for start in range(0, len(chunk), _ZSTD_PIECE):
            rest = chunk[start : start + _ZSTD_PIECE]
            taken += len(rest)
            while rest:
                if frame is None:
                    members.begin(given, taken - len(rest))
                    frame = zstandard.ZstdDecompressor().decompressobj()
                try:
                    data = frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise _damaged(name, "zstd", error) from None
                if data:
                    given += len(data)
                    yield data
                rest = b""
                if frame.eof:
                    rest = frame.unused_data
                    frame = None
    if frame is not None:
        raise _cut_short(name, "zstd")


def _damaged(name: str, kind: str, error: Exception) -> CompressedFileError:
    return CompressedFileError(name, f"the {kind} data are damaged ({error}); copy or download the file again")


def _cut_short(name: str, kind: str) -> CompressedFileError:
    return CompressedFileError(name, f"the {kind} data end before their end mark; copy or download the file again")


class _PieceStream(io.RawIOBase):
    """A readable stream over pieces of data, which raises the damage among them."""

    def __init__(self, pieces: _Pieces, name: str, close: Callable[[], None] | None) -> None:
        self.name = name
        self._pieces = pieces
        self._pending = memoryview(b"")
        self._close = close

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._pending:
            self._pending = memoryview(self._next())
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def readall(self) -> bytes:
        # RawIOBase would ask for 8 KB at a time.
        pending, self._pending = self._pending, memoryview(b"")
        return b"".join([pending, *iter(self._next, b"")])

    def close(self) -> None:
        if self._close is not None and not self.closed:
            self._close()
        super().close()

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        if isinstance(piece, CompressedFileError):
            raise piece
        return piece
