"""The stages of reading a page, timed one by one, and how the time grows with the page. Parts of `speed.py`."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copytaster.dumps import Result, open_writer, read_pages
from copytaster.dumps.batches import batches
from copytaster.labels.page import Page
from copytaster.model import features
from copytaster.model.assembly import assemble
from copytaster.model.classifier import Classifier, Reading
from copytaster.model.confidence import measure
from copytaster.model.context import context_features, fill_context
from copytaster.model.decode import decode
from copytaster.model.echoes import may_repeat
from copytaster.model.features.feature import matrix
from copytaster.model.lines import pack

STAGES = {
    "read": "read the WET file, split it into rows",
    "pack": "undo hard wrapping, find words, count characters",
    "features": "the features of lines by themselves and on their page",
    "evidence": "the word evidence and the features of neighbours",
    "first forest": "",
    "context": "the features of the second stage",
    "second forest": "",
    "decode": "from probabilities to labels",
    "confidence": "the measures of the page and their two forests",
    "assemble": "the article from the labelled lines",
    "write": "JSON Lines",
}
GROWTH = (1_000, 10_000, 100_000)
"""Lines of the pages whose cost is compared."""
LONG_LINES = (10_000, 100_000, 1_000_000)
"""Characters of the lines whose cost is compared."""
FIRST_LONG_LINE = "one line of words"
_SENTENCE = (
    "The council said on Monday that bridge {} stays closed until engineers have looked at every one of its arches."
)
_SHAPES = {
    "all alike": "More stories from this section",
    "all different": "Story {} of the day",
    "bullets": "* item {}",
    "a word each": "word{}",
    "prose": _SENTENCE,
    "prose, all alike": _SENTENCE.format(7),
    "dates": "By Jane Doe, 12 March {}",
}


def profile(classifier: Classifier, wet: Path, out: Path) -> dict[str, float]:
    """CPU seconds of each stage on the way from a WET file to JSON Lines."""
    spent = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        spent[name] += time.process_time() - start

    with stage("read"):
        pages = [page for page in read_pages([str(wet)]) if isinstance(page, Page)]
    with open_writer(out) as writer:
        for batch, _ in batches(pages):
            with stage("pack"):
                lines = pack(batch)
            with stage("features"):
                rows = matrix(len(lines), len(context_features()))
                features.fill_base(lines, rows[:, : len(features.base_features())])
            with stage("evidence"):
                first_stage = rows[:, : len(features.features())]
                features.fill_complete(lines, classifier.evidence, first_stage)
            with stage("first forest"):
                first = classifier.first.predict_proba(first_stage)
            with stage("context"):
                fill_context(lines, first, rows)
            with stage("second forest"):
                probabilities = classifier.second.predict_proba(rows)
            with stage("decode"):
                labels = decode(lines, probabilities, classifier.transitions, classifier.lean)
            with stage("confidence"):
                measured = measure(lines, probabilities, labels)
                trust = [forest.predict_proba(measured)[:, 1] for forest in (classifier.right, classifier.article)]
            with stage("assemble"):
                repeat = may_repeat(lines, labels).tolist()
                readings = []
                for number, page in enumerate(batch):
                    own = slice(lines.page_start[number], lines.page_start[number + 1])
                    article = assemble(
                        page.rows, lines.pages[number], labels[own], probabilities[own],
                        site=page.site if page.url else None, may_repeat=repeat[number],
                        confidence=float(trust[0][number]), has_article=float(trust[1][number]),
                    )  # fmt: skip
                    readings.append(Reading(page, article))
            with stage("write"):
                for reading in readings:
                    writer.write(Result(reading, classifier.fingerprint))
    return spent


def growth(classifier: Classifier) -> Iterator[tuple[str, list[float]]]:
    """What longer pages and longer lines cost: for each kind of page the microseconds a line, or a 1,000 characters."""
    for name, shape in _SHAPES.items():
        yield name, [_microseconds(classifier, [shape.format(i) for i in range(n)]) / n for n in GROWTH]
    wrapped = textwrap.wrap(" ".join(_SENTENCE.format(i) for i in range(GROWTH[0])), 72)[: GROWTH[0]]
    yield "hard-wrapped, one paragraph", [_microseconds(classifier, wrapped * (n // GROWTH[0])) / n for n in GROWTH]
    for name, text in ((FIRST_LONG_LINE, "word "), ("one line without a space", "x"), ("one line of numbers", "1 ")):
        rows = [(text * n)[:n].strip() for n in LONG_LINES]
        yield name, [_microseconds(classifier, [row]) / n * 1000 for row, n in zip(rows, LONG_LINES, strict=True)]


def _microseconds(classifier: Classifier, rows: list[str]) -> float:
    start = time.process_time()
    classifier.read([Page(tuple(rows))])
    return (time.process_time() - start) * 1e6
