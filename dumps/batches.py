"""Batches of pages, and what a classifier makes of one in spite of single pages that fail."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from copytaster.dumps.errors import FAILED, TIMEOUT, UNREADABLE, PageError
from copytaster.dumps.formats import Encoded
from copytaster.dumps.raw import RawPage
from copytaster.dumps.result import Result
from copytaster.dumps.text import BadPage
from copytaster.labels.page import Page
from copytaster.model.classifier import Classifier, Reading

CHECKPOINT_PAGES = 1000
"""A batch ends where so many pages are full: there a run that was stopped can go on, with the same batches."""

# A batch shares the cost of each call into numpy; more pages, rows or characters than this would only take memory.
_BATCH_PAGES = 16
_BATCH_ROWS = 4000
_BATCH_CHARS = 1_000_000
# Bytes of a page's markup that count as a character: mostly it is more, but a batch of them goes through a pipe.
_MARKUP_BYTES = 4


AnyPage: TypeAlias = Page | RawPage | BadPage


class Batch(NamedTuple):
    """Some pages of a run, in order.

    Attributes:
        pages: The pages, most of them still to be made; bad ones keep their place.
        is_last: Whether there are no more pages behind them.
    """

    pages: Sequence[AnyPage]
    is_last: bool


class Done(NamedTuple):
    """What was made of a page.

    Attributes:
        result: The result, encoded where the format is a stream of bytes.
        is_empty: Whether no article was found.
    """

    result: Encoded | Result
    is_empty: bool


Outcome: TypeAlias = Done | PageError


class PageTimeoutError(Exception):
    """A page takes longer than allowed."""


def batches(pages: Iterable[AnyPage]) -> Iterator[Batch]:
    """Cut a stream of pages into batches of limited size; a page larger than that is a batch of its own."""
    batch: list[AnyPage] = []
    rows = chars = 0
    for number, page in enumerate(pages):
        page_rows, page_chars = _size(page)
        is_full = len(batch) == _BATCH_PAGES or rows + page_rows > _BATCH_ROWS or chars + page_chars > _BATCH_CHARS
        if batch and (is_full or number % CHECKPOINT_PAGES == 0):
            yield Batch(batch, is_last=False)
            batch, rows, chars = [], 0, 0
        batch.append(page)
        rows += page_rows
        chars += page_chars
    if batch:
        yield Batch(batch, is_last=True)


def _size(page: AnyPage) -> tuple[int, int]:
    """The rows and characters of a page; of one that is to be made, what they look like."""
    if isinstance(page, RawPage):
        if page.is_markup:
            return 0, len(page.data) // _MARKUP_BYTES
        return 1 + page.data.count(b"\n") + page.data.count(b"\\n"), len(page.data)
    return (len(page.rows), sum(map(len, page.rows))) if isinstance(page, Page) else (0, 0)


class Worker:
    """Makes outcomes of pages.

    Args:
        classifier: What reads them.
        encode: What to make of each result; None to leave it as it is.
    """

    def __init__(self, classifier: Classifier, encode: Callable[[Result], Encoded] | None) -> None:
        self._classifier = classifier
        self._encode = encode

    def work(self, pages: Sequence[AnyPage], timeout: float | None = None) -> list[Outcome]:
        """The outcome of each page, in order.

        Args:
            pages: The pages.
            timeout: Seconds for a page, kept to where the interpreter can be interrupted; None for no limit.
        """
        made = [_made(page, timeout) for page in pages]
        # Now that they are made the batch may turn out to be too large.
        parts = batches(page for page in made if isinstance(page, Page))
        outcomes = (outcome for part in parts for outcome in self._read(part.pages, timeout))
        return [page if isinstance(page, PageError) else next(outcomes) for page in made]

    def _read(self, pages: Sequence[AnyPage], timeout: float | None) -> list[Outcome]:
        """Read some pages; where that fails one by one, because one page must not end a run over a million."""
        good = [page for page in pages if isinstance(page, Page)]
        try:
            with _time_limit(timeout):
                return [self._done(reading) for reading in self._classifier.read(good)]
        except Exception as error:
            if len(good) > 1:
                return [outcome for page in good for outcome in self._read([page], timeout)]
            return [_failed(good[0], error, timeout)]

    def _done(self, reading: Reading) -> Done:
        result = Result(reading, self._classifier.fingerprint)
        return Done(self._encode(result) if self._encode else result, not reading.article.text)


def _made(page: AnyPage, timeout: float | None) -> Page | PageError:
    try:
        with _time_limit(timeout):
            made = page.page() if isinstance(page, RawPage) else page
    except Exception as error:
        return _failed(page, error, timeout)
    return PageError.of(made, UNREADABLE, made.reason) if isinstance(made, BadPage) else made


def _failed(page: AnyPage, error: Exception, timeout: float | None) -> PageError:
    if isinstance(error, PageTimeoutError):
        return timed_out(page, timeout or 0)
    reason = f"Copytaster failed ({type(error).__name__}: {error}); please report it together with the page"
    return PageError.of(page, FAILED, reason)


def timed_out(page: AnyPage, seconds: float) -> PageError:
    """The error of a page that took too long."""
    return PageError.of(page, TIMEOUT, f"took too long; it may take longer than {seconds:g} seconds with --timeout")


@contextmanager
def _time_limit(seconds: float | None) -> Iterator[None]:
    """Interrupt the block after some seconds; where there are no alarms, and in a thread, it takes what it takes."""
    if not seconds or not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise PageTimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
