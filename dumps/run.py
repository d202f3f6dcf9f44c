"""A run over many pages: from inputs to an output, in spite of single pages that fail.

1. `read_raw` reads the inputs, and `batches` cuts the pages, most still to be made, into batches.
2. Workers make outcomes of them: this process where there is but one batch, else processes of their own.
3. The output takes the outcomes in the order of the input, and the report counts them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from copytaster.dumps.batches import CHECKPOINT_PAGES, Batch, Outcome, Worker, batches
from copytaster.dumps.bodies import FileBody, FolderBody, TableBody
from copytaster.dumps.errors import PageError, RunError
from copytaster.dumps.formats import FORMS
from copytaster.dumps.journal import ResumeError
from copytaster.dumps.mirror import DEFAULT_FORMAT
from copytaster.dumps.outputs import Output, StreamOutput
from copytaster.dumps.partfile import OutputError
from copytaster.dumps.progress import Report
from copytaster.dumps.reader import read_raw
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.resumable import Body, ResumableOutput, Terms
from copytaster.dumps.sources import LIST_MARK, STANDARD_INPUT, InputError, Source, find_sources, is_folder_output
from copytaster.dumps.writers import STANDARD_OUTPUT, find_format, open_writer
from copytaster.labels.compression import is_special
from copytaster.model.classifier import Classifier
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

    @property
    def written(self) -> list[str]:
        """The files and folders that are written, and hence not read."""
        return [path for path in (self.output_file, self.errors) if path is not None]

    def sources(self) -> Iterator[Source]:
        """The files to read; see `find_sources` for what it raises."""
        return find_sources(self.inputs, self.written)


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
        written=request.written,
        on_bytes=report.advance,
    )
    output = _open_output(request, classifier)
    try:
        if output.pages:
            report.tally = output.tally
            report.note(f"going on behind page {output.pages:,}")
        with ExitStack() as stack:
            # Batches are those of a run that was not stopped, so that no page's figures are rounded otherwise.
            again = output.pages % CHECKPOINT_PAGES
            rest = batches(itertools.islice(pages, output.pages - again, None))
            outcomes = _outcomes(rest, Worker(classifier, output.encode), request, stack)
            for outcome in itertools.islice(outcomes, again, None):
                _deliver(outcome, output, report)
        output.finish(report.tally)
    except BaseException as error:
        if kept := output.stop():
            report.note(f"{kept:,} pages are done and kept; run the same command with --resume to go on")
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            name = error.filename or request.output or "standard output"
            raise RunError(f"{name}: cannot be written ({error.strerror or error})") from error
        raise


def _open_output(request: Request, classifier: Classifier) -> Output:
    path = request.output_file
    if path is not None and request.errors is not None and Path(path).absolute() == Path(request.errors).absolute():
        raise OutputError(f"{path}: given as output and for errors; give two files")
    try:
        if path is None or (not is_folder_output(path) and is_special(Path(path))):
            return _stream_output(request)
        open_body, plan = _file(path, request)
        can_be_read_again = not _ONCE.intersection(request.inputs)
        if request.resume and not can_be_read_again:
            raise InputError("standard input cannot be read again: --resume needs files")
        terms = Terms(
            plan=plan | _plan(request, classifier),
            find_sources=request.sources if can_be_read_again else None,
            resume=request.resume,
        )
        return ResumableOutput(path, open_body, request.errors, terms)
    except OSError as error:
        name = error.filename or request.output or "standard output"
        raise OutputError(f"{name}: cannot be written ({error.strerror or error}); choose another place") from error


def _stream_output(request: Request) -> Output:
    if request.resume:
        raise ResumeError(
            f"{request.output or 'standard output'}: cannot be written on; --resume needs a file or folder as output"
        )
    return StreamOutput(open_writer(request.output_file, request.format), request.errors)


def _file(path: str, request: Request) -> tuple[Callable[[], Body], dict[str, str]]:
    """What opens the file or folder, and what of the plan holds for its kind."""
    if is_folder_output(path):
        # The files' names depend on how the inputs were given.
        plan = {"--format": request.format or DEFAULT_FORMAT, "the list of inputs": " ".join(request.inputs)}
        return lambda: FolderBody(path, request.inputs, request.format), plan
    form = find_format(path, request.format)
    return lambda: FileBody(path, form) if form in FORMS else TableBody(path), {"--format": form}


def _plan(request: Request, classifier: Classifier) -> dict[str, str]:
    """What decides on the bytes of the output, besides the inputs."""
    from importlib.metadata import version

    return {
        "Copytaster": version("copytaster"),
        "the model": classifier.fingerprint,
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
        output.fail(outcome, report.tally)
        report.fail(outcome)
    else:
        output.put(outcome, report.tally)
        report.count(empty=outcome.is_empty)
