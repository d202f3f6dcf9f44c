"""Runs the desk until it is stopped."""

from __future__ import annotations

import contextlib
import socket

import uvicorn

from copytaster.desk.app import desk_app
from copytaster.desk.desk import Desk

_SECONDS_TO_END = 2


def serve(desk: Desk, listener: socket.socket, token: str) -> None:
    """Serve the desk on a socket until Ctrl-C or a signal ends it; every save that was answered is on the disk."""
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        desk_app(desk, token, f"copytaster-desk-{port}"),
        log_level="warning",
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises once it has ended
        uvicorn.Server(config).run(sockets=[listener])
