"""A run over many pages: from inputs to an output, in spite of single pages that fail.

1. `read_raw` reads the inputs, and `batches` cuts the pages, most still to be made, into batches.
2. Workers make outcomes of them: this process where there is but one batch, else processes of their own.
3. The output takes the outcomes in the order of the input, and the report counts them.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from copytaster.dumps.batches import Batch, Outcome, Worker, batches
from copytaster.dumps.errors import PageError, RunError
from copytaster.dumps.formats import FORMS
from copytaster.dumps.journal import ResumeError
from copytaster.dumps.mirror import open_folder
from copytaster.dumps.outputs import Output, ResumableOutput, StreamOutput
from copytaster.dumps.partfile import OutputError
from copytaster.dumps.progress import Report
from copytaster.dumps.reader import read_raw
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.result import Result
from copytaster.dumps.sources import LIST_MARK, STANDARD_INPUT, InputError, Source, find_sources, is_folder_output
from copytaster.dumps.text import BadPage
from copytaster.dumps.writers import STANDARD_OUTPUT, Writer, find_format, open_writer
from copytaster.labels.compression import is_special
from copytaster.labels.page import Page
from copytaster.model.classifier import Classifier, Reading
from copytaster.model.limits import Limits

TIMEOUT = 60.0
"""Seconds a page may take: a thousand times what a long one does."""

# Inputs that can be read once only: pages, or a list of inputs, from standard input.
_ONCE = frozenset({STANDARD_INPUT, LIST_MARK + STANDARD_INPUT})


@dataclass(frozen=True)
class Request:
    """What a run is to do.

    Attributes:
        inputs: What to read, see `copytaster.dumps.read_pages`.
        output: The file to write; None or ``-`` for standard output.
        format: See `copytaster.dumps.open_writer`.
        errors: A file for the records of pages that failed; None for none.
        keys: What the fields of JSON records are called.
        limits: How large a page may be.
        workers: Worker processes; None for one for each core that this process may use.
        timeout: Seconds a page may take; None for no limit.
        resume: Whether to go on where an earlier run of the same request stopped.
    """

    inputs: Sequence[str]
    output: str | None = None
    format: str | None = None
    errors: str | None = None
    keys: JsonKeys = JsonKeys()  # noqa: RUF009 - it is frozen
    limits: Limits = Limits()  # noqa: RUF009
    workers: int | None = None
    timeout: float | None = TIMEOUT
    resume: bool = False

    @property
    def output_file(self) -> str | None:
        """The output where it is a file."""
        return None if self.output == STANDARD_OUTPUT else self.output

    def sources(self) -> Iterator[Source]:
        """The files to read; see `find_sources` for what it raises."""
        return find_sources(self.inputs, self.output_file)


def run(request: Request, classifier: Classifier, report: Report) -> None:
    """Read, work, and write.

    Whatever ends it early leaves the output where a later run can go on from, if that is possible, and the report says
    so.

    Args:
        request: What to do.
        classifier: What reads the pages; worker processes get a copy.
        report: Where to say how it goes.

    Raises:
        InputError, FormatError, OutputError: At once; an `OutputError` also if there is nothing to resume from.
        RunError: If there can be no worker processes, or the output cannot be written to its end.
        BrokenPipeError: If whoever reads standard output has seen enough.
    """
    pages = read_raw(
        request.inputs,
        keys=request.keys,
        limits=request.limits,
        output=request.output_file,
        on_bytes=report.advance,
    )
    output = _open_output(request, classifier)
    try:
        if output.pages:
            report.tally = output.tally
            report.note(f"going on behind page {output.pages:,}")
        with ExitStack() as stack:
            rest = batches(itertools.islice(pages, output.pages, None))
            for outcome in _outcomes(rest, Worker(classifier, output.encode), request, stack):
                _deliver(outcome, output, report)
        output.finish(report.tally)
    except BaseException as error:
        if kept := output.stop():
            report.note(f"{kept:,} pages are done and kept; run the same command with --resume to go on")
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            name = error.filename or request.output or "standard output"
            raise RunError(f"{name}: cannot be written ({error.strerror or error})") from error
        raise


def read_all(
    pages: Iterable[Page | BadPage], classifier: Classifier, on_error: Callable[[str], None]
) -> Iterator[Reading]:
    """Read pages in batches, in order and in this process.

    Args:
        pages: The pages, as `copytaster.dumps.read_pages` gives them; at most a batch of them is held.
        classifier: What reads them.
        on_error: Called with a message for each bad page and each on which the classifier fails; they are left out.

    Yields:
        What the classifier makes of each other page.
    """
    worker = Worker(classifier, None)
    for number, batch in enumerate(batches(pages)):
        for outcome in worker.work(batch.pages):
            if isinstance(outcome, PageError):
                on_error(str(outcome))
            elif isinstance(outcome.result, Result):
                yield outcome.result.reading
        if number == 0:
            # What has been loaded by now (numba, the model) stays to the end of the process. Kept from the garbage
            # collector, which would look through all of it whenever a few batches have been read.
            gc.freeze()


def _open_output(request: Request, classifier: Classifier) -> Output:
    path = request.output_file
    try:
        if path is not None and is_folder_output(path):
            return _stream_output(open_folder(path, request.inputs, request.format), request)
        format_ = find_format(path, request.format)
        if path is None or format_ not in FORMS or is_special(Path(path)):
            return _stream_output(open_writer(path, request.format), request)
        can_be_read_again = not _ONCE.intersection(request.inputs)
        if request.resume and not can_be_read_again:
            raise InputError("standard input cannot be read again: --resume needs files")
        return ResumableOutput(
            path, format_, request.errors,
            plan=_plan(request, format_, classifier),
            find_sources=request.sources if can_be_read_again else None,
            resume=request.resume,
        )  # fmt: skip
    except OSError as error:
        name = error.filename or request.output or "standard output"
        raise OutputError(f"{name}: cannot be written ({error.strerror or error}); choose another place") from error


def _stream_output(writer: AbstractContextManager[Writer], request: Request) -> Output:
    if request.resume:
        raise ResumeError(
            f"{request.output or 'standard output'}: cannot be written on; --resume needs one file as output, which is "
            "not Parquet"
        )
    return StreamOutput(writer, request.errors)


def _plan(request: Request, format_: str, classifier: Classifier) -> dict[str, str]:
    """What decides on the bytes of the output, besides the inputs."""
    from importlib.metadata import version

    return {
        "Copytaster": version("copytaster"),
        "the model": classifier.fingerprint,
        "--format": format_,
        "--prefer": f"{classifier.lean:g}",
        "--text-key": request.keys.text,
        "--id-key": request.keys.id,
        "--url-key": request.keys.url,
        "--max-lines": str(request.limits.max_lines),
        "--max-chars": str(request.limits.max_chars),
        "--errors": request.errors or "not given",
    }


def _outcomes(all_batches: Iterator[Batch], worker: Worker, request: Request, stack: ExitStack) -> Iterator[Outcome]:
    """The outcome of each page; worker processes end with the stack."""
    first = next(all_batches, None)
    if first is None:
        return
    if first.is_last:
        # Processes would take longer to start than the work takes.
        yield from worker.work(first.pages, request.timeout)
        return
    from joblib import cpu_count

    from copytaster.dumps.workers import Workers

    workers = stack.enter_context(Workers(worker, request.workers or cpu_count(), request.timeout))
    for outcomes in workers.outcomes(itertools.chain([first], all_batches)):
        yield from outcomes


def _deliver(outcome: Outcome, output: Output, report: Report) -> None:
    if isinstance(outcome, PageError):
        report.fail(outcome)
        output.fail(outcome, report.tally)
    else:
        report.count(empty=outcome.is_empty)
        output.put(outcome, report.tally)
