"""A classifier that worker processes can import."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from copytaster.labels import LABELS, Label, Page
from copytaster.model.article import Article, LabelledLine


class FakeClassifier:
    """Calls every line body, and fails on pages that say so."""

    fingerprint = "fake"
    lean = 0.0

    def preferring(self, prefer: str | float) -> FakeClassifier:
        assert prefer == "balanced"
        return self

    def __init__(self) -> None:
        self.batches: list[int] = []

    def read(self, pages: Sequence[Page]) -> list[SimpleNamespace]:
        self.batches.append(len(pages))
        for page in pages:
            if "too difficult" in page.rows:
                raise KeyError("difficult")
        return [SimpleNamespace(page=page, lines=self._lines(page), article=Article()) for page in pages]

    @staticmethod
    def _lines(page: Page) -> list[LabelledLine]:
        certain = dict.fromkeys(LABELS, 0.0) | {Label.BODY: 1.0}
        return [LabelledLine(n, page.rows[n - 1].strip(), Label.BODY, 1.0, certain) for n in page.numbers]
