"""A file that is written beside its name, hidden, and takes the name when it is whole and on the disk.

Unlike what `labels.compression.atomic_writer` writes it may outlive the process: cut back to a place where it was
synced, it can be written on. A lock keeps two processes from writing the same file.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

from copytaster.labels.compression import Compressor, compressor, sync_folder

# Bytes gathered for one call of the system; the usual few thousand are less than one result.
_BUFFER = 1 << 16


class OutputError(ValueError):
    """An output cannot be opened for writing."""


class OutputBusyError(OutputError):
    """Another process is writing the same file."""


class PartFile:
    """The part of a file that is written by now, locked until it is closed.

    Args:
        path: The file. A link keeps pointing to its file, and a name that ends in .gz or .zst is compressed.
        part: Where to write it meanwhile; by default a hidden file beside it.

    Raises:
        OutputBusyError: If another process holds it.
        OSError: If it cannot be written; it names the file.
    """

    def __init__(self, path: str | os.PathLike[str], *, part: Path | None = None) -> None:
        self._path = Path(path)
        self._target = Path(os.path.realpath(path))
        self.part = part or self._target.with_name(f".{self._target.name}.part")
        try:
            self._file = _open_locked(self.part, self._path)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        self._compressor: Compressor | None = None
        self._is_begun = False

    @property
    def size(self) -> int:
        """The bytes of the part file, as it was found or as it was last synced."""
        return os.fstat(self._file.fileno()).st_size

    def cut(self, size: int) -> None:
        """Keep the first bytes only, and write on behind them."""
        self._file.truncate(size)
        self._file.seek(size)

    def write(self, data: bytes) -> None:
        """Write some more."""
        if not self._is_begun:
            self._is_begun = True
            self._compressor = compressor(self._path)
        self._file.write(self._compressor.compress(data) if self._compressor else data)

    def sync(self) -> int:
        """Bring what was written to the disk, so that the file can be cut here, and give the size.

        Of a compressed file this ends a gzip member or a zstd frame; the next begins with the next `write`.
        """
        if self._compressor is not None:
            self._file.write(self._compressor.flush())
            self._compressor = None
        self._is_begun = False
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def commit(self) -> None:
        """Give the file its name. What was written has been synced."""
        if not self.size and (empty := compressor(self._path)):
            # No bytes at all are no compressed file.
            self._file.write(empty.flush())
            self.sync()
        if self._target.exists():
            shutil.copymode(self._target, self.part)
        # Closed behind the renaming, because it holds the lock; Windows renames closed files only, and has no lock.
        if sys.platform == "win32":
            self._file.close()
        self.part.replace(self._target)
        self._file.close()
        sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what was written, unless it has its name."""
        if self._file.closed:
            return
        # Removed before it is closed: behind that the lock is gone, and it might be another run's.
        if sys.platform == "win32":
            self._file.close()
        self.part.unlink(missing_ok=True)
        self._close()

    def close(self) -> None:
        """Leave what was written where it is; where that is nothing, leave nothing."""
        if self._file.closed:
            return
        self._close() if self.size else self.discard()

    def _close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            # What could not be written before cannot be written now; that was told of.
            if error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO):
                raise


class FolderLock(PartFile):
    """What keeps two runs from writing to the same folder: an empty hidden file in it, which never takes a name.

    Args:
        folder: The folder, which must be there.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, part=folder / ".copytaster.part")

    def commit(self) -> None:
        """Remove it."""
        self.discard()


def _open_locked(part: Path, target: Path) -> BinaryIO:
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        file = os.fdopen(descriptor, "wb", buffering=_BUFFER)
        try:
            _lock(descriptor, target)
            # Between the opening and the locking another run may have given it its name, or removed it.
            if _is_same(part, descriptor):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, target: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputBusyError(
            f"{target}: another run is writing it; wait until that is over, or write to another place"
        ) from None
    except OSError as error:
        # Some network file systems know no locks.
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
            raise
