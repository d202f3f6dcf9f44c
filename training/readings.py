"""What a model makes of a stream of pages, when one page that fails must not end the work on all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from copytaster.dumps.batches import AnyPage, Done, Worker, batches
from copytaster.dumps.errors import PageError
from copytaster.dumps.result import Result
from copytaster.model.classifier import Classifier, Reading


def readings(pages: Iterable[AnyPage], classifier: Classifier) -> Iterator[Reading | PageError]:
    """Read pages some at a time, in this process.

    Yields:
        For each page, in order, what the classifier makes of it, or why there is nothing.
    """
    worker = Worker(classifier, None)
    for batch in batches(pages):
        for outcome in worker.work(batch.pages):
            if isinstance(outcome, Done):
                assert isinstance(outcome.result, Result)
                yield outcome.result.reading
            else:
                yield outcome
