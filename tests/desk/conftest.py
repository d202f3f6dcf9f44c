from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from copytaster.desk.address import listen
from copytaster.desk.app import desk_app
from copytaster.desk.desk import Desk
from copytaster.desk.inputs import find_sheets
from copytaster.model.classifier import load

TOKEN = "a-token-for-tests"
COOKIE = "desk-of-tests"

BAKERY = """\
Sandport Courier
Home
Sport

Old bakery opens its doors again

The bakery on Mill Lane, shut for eleven years, sold its first loaves on Tuesday to a queue that reached the bridge.

Its new owner, Ida Brandt, learned the trade from her grandfather, who had run the shop until the great flood.

Read more: Mill Lane gets its trees back
Contact us
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one dump."""
    path = tmp_path / "pages"
    path.mkdir()
    (path / "bakery.txt").write_text(BAKERY, "utf-8")
    return path


@pytest.fixture
def lay_out() -> Callable[..., Desk]:
    """Makes a desk of paths, with the model that ships."""

    def _lay_out(*paths: Path, output: Path | None = None) -> Desk:
        found = find_sheets([str(path) for path in paths], output)
        assert not found.problems
        return Desk(found.sheets, load())

    return _lay_out


class Server:
    """A desk that is served by a thread, and can be stopped and started again at the same address."""

    def __init__(self, lay_out: Callable[..., Desk], folder: Path) -> None:
        self._lay_out = lay_out
        self._folder = folder
        self._server: uvicorn.Server | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={TOKEN}"

    def start(self) -> None:
        listener = listen(0, self.port or None)
        self.port = listener.getsockname()[1]
        app = desk_app(self._lay_out(self._folder), TOKEN, COOKIE)
        config = uvicorn.Config(app, log_level="error", ws="none", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = None


@pytest.fixture
def server(lay_out: Callable[..., Desk], folder: Path) -> Iterator[Server]:
    running = Server(lay_out, folder)
    yield running
    running.stop()
