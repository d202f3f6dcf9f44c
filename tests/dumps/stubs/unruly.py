"""A classifier that worker processes can import, and that does what a page says: sleep, wait, die, or fail."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Page
from copytaster.model.article import Article
from copytaster.model.classifier import Reading
from copytaster.model.wrap import logical_lines

_BODY = LABELS.index(Label.BODY)
_CERTAIN = [float(label == _BODY) for label in range(len(LABELS))]


class Unruly:
    """Calls every line body, unless the page's first row is an order."""

    fingerprint = "unruly"
    lean = 0.0

    def read(self, pages: Sequence[Page]) -> list[Reading]:
        for page in pages:
            self._obey(*page.rows[0].split(maxsplit=1) if page.rows else ())
        return [self._reading(page) for page in pages]

    @staticmethod
    def _obey(order: str = "", argument: str = "") -> None:
        if order == "sleep":
            time.sleep(float(argument))
        elif order == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif order == "die-once" and not Path(argument).exists():
            Path(argument).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif order == "wait":
            while not Path(argument).exists():
                time.sleep(0.01)
        elif order == "fail":
            raise KeyError(argument)

    @staticmethod
    def _reading(page: Page) -> Reading:
        logical = logical_lines(page.rows)
        article = Article(headline=page.id, paragraphs=[row for row in page.rows if row])
        return Reading(page, article, logical, [_BODY] * len(logical), [_CERTAIN] * len(logical))


class Stillborn:
    """Cannot be sent to a worker process: it dies of receiving it."""

    fingerprint = "stillborn"
    lean = 0.0

    def __setstate__(self, state: object) -> None:
        os._exit(7)

    def __getstate__(self) -> object:
        return {"some": "state"}
