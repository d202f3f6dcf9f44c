"""The desk's address: a port on this machine and a token, the same ones whenever the same pages are opened.

A page that is open in the browser can so go on, and save what it kept, when the desk is stopped and started again. Both
are made of a secret that is made once and kept where only the user may read it.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
"""The address that is listened on: nothing outside this machine reaches it."""

_SECRET_NAME = "desk-secret"
_SECRET_BYTES = 32
# Below the ports that systems give to outgoing connections.
_FIRST_PORT, _PORTS = 20_000, 12_000


class PortError(ValueError):
    """The port that was asked for cannot be listened on."""


class Address(NamedTuple):
    """Where a desk is to be found.

    Attributes:
        token: What must be known to be let in.
        port: The port to try first.
    """

    token: str
    port: int


def address_for(paths: Sequence[Path], folder: Path | None = None) -> Address:
    """The address of a desk with the pages of some paths.

    Args:
        paths: What was asked for.
        folder: Where the secret is kept; by default the user's folder for such things. Where nothing can be kept, each
            call gives another address.
    """
    named = "\0".join(os.path.realpath(path) for path in paths)
    digest = hmac.new(_secret(folder or _state_folder()), named.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return Address(digest.hexdigest()[:40], _FIRST_PORT + int.from_bytes(digest.digest()[-4:]) % _PORTS)


def listen(preferred: int, port: int | None = None) -> socket.socket:
    """A socket that listens on this machine only.

    Args:
        preferred: The port to try first; another if it is taken.
        port: The one that the user wants; no other will do.

    Raises:
        PortError: If that one cannot be had.
    """
    if port is not None:
        try:
            return _listen(port)
        except OSError as error:
            raise PortError(f"port {port}: {error.strerror or error}; give another, or none for a free one") from error
    try:
        return _listen(preferred)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        return _listen(0)


def _listen(port: int) -> socket.socket:
    # On Windows the option would let two programs have the same port.
    return socket.create_server((HOST, port), reuse_port=False)


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "state") / "copytaster"


def _secret(folder: Path) -> bytes:
    path = folder / _SECRET_NAME
    fresh = secrets.token_bytes(_SECRET_BYTES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(fresh)
    except FileExistsError:
        try:
            kept = path.read_bytes()
        except OSError:
            return fresh
        return kept if len(kept) == _SECRET_BYTES else fresh
    except OSError:
        return fresh
    return fresh
