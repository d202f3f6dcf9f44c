"""Plain, gzip and zstd files as streams of bytes.

Reading goes by what a file begins with and not by its name, in constant memory, from a path or from an open file such
as ``sys.stdin.buffer``; a stream that is damaged or cut short is an error, never a short read. Writing goes by the
name's suffix, is atomic, and gives the same bytes for the same content.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

# gzip and zstandard are imported where they are needed: reading plain files should not wait for them.

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# A zstd file may also begin with a skippable frame, of which there are sixteen kinds: 0x50 to 0x5f, then this.
_ZSTD_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_MAGIC_LENGTH = 4

_READ_SIZE = 1 << 16
_INFLATED_SIZE = 1 << 18
# zstd's decompressor gives all that a piece of input holds at once, and four bytes can hold 128 KB: small pieces keep
# a malicious file under 40 MB. (zstandard's stream_reader is bounded but takes a file cut short for a whole one.)
_ZSTD_PIECE = 1 << 10

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


def open_for_reading(source: str | os.PathLike[str] | BinaryIO, name: str | None = None) -> io.BufferedReader:
    """Open a plain, gzip or zstd file for reading its decompressed bytes.

    Several gzip members or zstd frames one after the other are read as one stream.

    Args:
        source: A path, or a file open for reading bytes (it need not be seekable). An open file stays open when the
            stream that is returned is closed, but its position is then somewhere ahead of what was read.
        name: What to call the file in messages; by default its path.

    Returns:
        A buffered stream. Reading from it raises CompressedFileError where the data are damaged or end early.

    Raises:
        OSError: If the file cannot be opened.
    """
    if not isinstance(source, str | os.PathLike):
        return _stream(source, name or str(getattr(source, "name", "<stream>")), close=None)
    path = Path(source)
    file = path.open("rb")
    try:
        if file.seekable() and not _is_compressed(file.peek(_MAGIC_LENGTH)):
            return file
        return _stream(file, name or str(path), close=file.close)
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
        if _is_special(target):
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
        except BaseException:
            with suppress(OSError):  # on a full disk it fails again, with what is still to be written
                file.close()
            part.unlink(missing_ok=True)
            raise


def _is_special(path: Path) -> bool:
    """Whether the path is a device or a pipe, which must not be replaced by a file."""
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


def _stream(file: BinaryIO, name: str, close: Callable[[], None] | None) -> io.BufferedReader:
    chunks = _chunks(file)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _MAGIC_LENGTH:
            break
    whole = _prepend(head, chunks)
    if head.startswith(_GZIP_MAGIC):
        whole = _gunzip(whole, name)
    elif _is_zstd(head):
        whole = _unzstd(whole, name)
    return io.BufferedReader(_ChunkStream(whole, name, close), _READ_SIZE)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    # read1 gives what a pipe holds by now, where read would wait for more.
    read: Callable[[int], bytes] = getattr(file, "read1", file.read)
    while chunk := read(_READ_SIZE):
        yield chunk


def _prepend(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from chunks


def _gunzip(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    inflater = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if inflater is None:
                # Zeros between or after members are padding, as for gzip itself.
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                data = inflater.decompress(rest, _INFLATED_SIZE)
            except zlib.error as error:
                raise _damaged(name, "gzip", error) from None
            if data:
                yield data
            rest = inflater.unconsumed_tail
            if inflater.eof:
                rest = inflater.unused_data
                inflater = None
    if inflater is not None:
        raise _cut_short(name, "gzip")


def _unzstd(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    import zstandard

    frame = None
    for chunk in chunks:
        for start in range(0, len(chunk), _ZSTD_PIECE):
            rest = chunk[start : start + _ZSTD_PIECE]
            while rest:
                if frame is None:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                try:
                    data = frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise _damaged(name, "zstd", error) from None
                if data:
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


class _ChunkStream(io.RawIOBase):
    """A readable stream over an iterator of chunks of bytes."""

    def __init__(self, chunks: Iterator[bytes], name: str, close: Callable[[], None] | None) -> None:
        self.name = name
        self._chunks = chunks
        self._pending = memoryview(b"")
        self._close = close

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._pending:
            self._pending = memoryview(next(self._chunks, b""))
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def readall(self) -> bytes:
        # RawIOBase would ask for 8 KB at a time.
        pending, self._pending = self._pending, memoryview(b"")
        return b"".join([pending, *self._chunks])

    def close(self) -> None:
        if self._close is not None and not self.closed:
            self._close()
        super().close()
