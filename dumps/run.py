"""Reading many pages with a classifier: in batches, and in spite of single pages that fail."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence

from copytaster.dumps.text import BadPage
from copytaster.labels.page import Page
from copytaster.model.classifier import Classifier, Reading

# A batch shares the cost of each call into numpy; more pages, rows or characters than this would only take memory.
_BATCH_PAGES = 16
_BATCH_ROWS = 4000
_BATCH_CHARS = 1_000_000


def read_all(
    pages: Iterable[Page | BadPage], classifier: Classifier, on_error: Callable[[str], None]
) -> Iterator[Reading]:
    """Read pages in batches, in order.

    Args:
        pages: The pages, as `copytaster.dumps.read_pages` gives them; at most a batch of them is held.
        classifier: What reads them.
        on_error: Called with a message for each bad page and each on which the classifier fails; they are left out.

    Yields:
        What the classifier makes of each other page.
    """
    for number, batch in enumerate(batches(_good(pages, on_error))):
        for outcome in read_batch(batch, classifier):
            if isinstance(outcome, BadPage):
                on_error(str(outcome))
            else:
                yield outcome
        if number == 0:
            # What has been loaded by now (numba, the model) stays to the end of the process. Kept from the garbage
            # collector, which would look through all of it whenever a few batches have been read.
            gc.freeze()


def batches(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Cut a stream of pages into batches of limited size; a page larger than that is a batch of its own."""
    batch: list[Page] = []
    rows = chars = 0
    for page in pages:
        page_rows, page_chars = len(page.rows), sum(map(len, page.rows))
        is_full = len(batch) == _BATCH_PAGES or rows + page_rows > _BATCH_ROWS or chars + page_chars > _BATCH_CHARS
        if batch and is_full:
            yield batch
            batch, rows, chars = [], 0, 0
        batch.append(page)
        rows += page_rows
        chars += page_chars
    if batch:
        yield batch


def read_batch(batch: Sequence[Page], classifier: Classifier) -> list[Reading | BadPage]:
    """Read a batch; where that fails its pages one by one, because one page must not end a run over a million.

    Returns:
        For each page, in order, what the classifier makes of it, or the page as a bad one if it fails there.
    """
    try:
        return [*classifier.read(batch)]
    except Exception as error:
        if len(batch) > 1:
            return [outcome for page in batch for outcome in read_batch([page], classifier)]
        problem = f"Copytaster failed ({type(error).__name__}: {error}); please report it together with the page"
        return [BadPage(batch[0].id, problem)]


def _good(pages: Iterable[Page | BadPage], on_error: Callable[[str], None]) -> Iterator[Page]:
    for page in pages:
        if isinstance(page, BadPage):
            on_error(str(page))
        else:
            yield page
