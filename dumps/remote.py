"""Files that are elsewhere, such as ``s3://bucket/a.warc.wet.gz`` or ``https://example.org/a.txt``, through fsspec.

What fsspec and the packages behind it raise, of which each has kinds of its own, becomes an OSError.
"""

from __future__ import annotations

import glob
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from copytaster.dumps.extras import MissingExtraError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+(?:::.+)?://.+", re.IGNORECASE | re.DOTALL)
# Web servers have no folders to list, and an address of theirs may have question marks in it.
_WEB = ("http://", "https://")
_BLOCK = 1 << 22


def is_remote(name: str) -> bool:
    """Whether a name is an address, with ``://`` in it, and not a path."""
    return _ADDRESS.fullmatch(name) is not None


def find_remote(address: str) -> Iterator[str]:
    """The addresses that one stands for.

    Args:
        address: A file; a folder, which ends in ``/``; or a pattern.

    Yields:
        The addresses in order: the files in a folder, at any depth; those that match a pattern; else the one given,
        which need not exist.

    Raises:
        MissingExtraError: If the packages are missing that this kind of address needs.
        OSError: If the folder cannot be listed.
    """
    with _as_os_errors(address):
        files, path = _file_system(address)
        if address.lower().startswith(_WEB):
            found = [address]
        elif glob.has_magic(address):
            found = [files.unstrip_protocol(name) for name in sorted(files.glob(path)) if files.isfile(name)]
        elif address.endswith("/"):
            found = [files.unstrip_protocol(name) for name in sorted(files.find(path))]
        else:
            found = [address]
    yield from found


def open_remote(address: str) -> BinaryIO:
    """Open a file for reading; it can seek.

    Raises:
        MissingExtraError: If the packages are missing that this kind of address needs.
        OSError: If it cannot be opened.
    """
    with _as_os_errors(address):
        files, path = _file_system(address)
        return cast("BinaryIO", io.BufferedReader(_RemoteFile(address, files.open(path, "rb", block_size=_BLOCK))))


def size_of_remote(address: str) -> int | None:
    """The bytes of a file; None where nobody knows."""
    try:
        with _as_os_errors(address):
            files, path = _file_system(address)
            size = files.size(path)
    except OSError:  # reading will say so
        return None
    return size if isinstance(size, int) else None


class _RemoteFile(io.RawIOBase):
    """A file of fsspec's that raises no errors but OSError."""

    def __init__(self, address: str, file: Any) -> None:
        self.name = address
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with _as_os_errors(self.name):
            data: bytes = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _as_os_errors(self.name):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()


def _file_system(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        files, path = url_to_fs(address)
    except ImportError as error:
        raise MissingExtraError(f"reading {address.partition('://')[0]} addresses", "remote", str(error)) from error
    return files, path


@contextmanager
def _as_os_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, MissingExtraError):
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error
