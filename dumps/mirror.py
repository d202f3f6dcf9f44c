"""One output for each input, in a folder of outputs whose names mirror those of the inputs."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from copytaster.dumps.partfile import PartFile
from copytaster.dumps.result import Result
from copytaster.dumps.sources import STANDARD_INPUT, input_stem
from copytaster.dumps.writers import FORMATS, FormatError, Writer, writing
from copytaster.labels.compression import sync_folder

DEFAULT_FORMAT = "markdown"
"""The format of the files in a folder where none is given."""
SUFFIX_OF_FORMAT = {
    "markdown": ".md",
    "text": ".txt",
    "json": ".json",
    "jsonl": ".jsonl",
    "tsv": ".tsv",
    "html": ".html",
    "parquet": ".parquet",
}
"""What the names of outputs end in."""

_DRIVE = re.compile(r"[A-Za-z]:")
# What Windows allows in no name, other separators than the slash, and bytes that are no UTF-8.
_UNFIT = re.compile('[\x00-\x1f<>:"|?*\\\\\ud800-\udfff]')
# A name may have 255 bytes, of which suffixes, a number and a hidden file's name take some.
_LONGEST = 200


class Mirror:
    """Says what the output of an input is called.

    A folder that is the only input is left off the names of the files in it. All others keep their path as given,
    without what leads out of the output folder, and their address without its scheme. No two inputs get the same
    output, on file systems that do not know capitals from small letters either: of inputs that differ in their suffix
    only, the first is called without it, and further ones get a number where even that does not help.

    Args:
        inputs: The inputs of the run, as `copytaster.dumps.read_pages` takes them.
        suffix: What the outputs' names end in, such as ``.md`` or ``.jsonl.gz``.
    """

    def __init__(self, inputs: Sequence[str], suffix: str) -> None:
        only = inputs[0] if len(inputs) == 1 else ""
        self._root = Path(only).as_posix() + "/" if only and os.path.isdir(only) else ""  # noqa: PTH112 - as in sources
        self._suffix = suffix
        # Digests instead of names: there may be a million.
        self._taken: set[bytes] = set()

    def path_of(self, source: str) -> PurePosixPath:
        """The output of an input, relative to the folder of outputs; asking again for the same gives another."""
        path = self._parts(source)
        numbered = (f"{path.name}-{number}" for number in itertools.count(2))
        names = itertools.chain((input_stem(path.name), path.name), numbered)
        targets = (path.with_name(_short(name) + self._suffix) for name in names)
        return next(target for target in targets if self._take(target))

    def _take(self, target: PurePosixPath) -> bool:
        """Take a name, unless another input has it."""
        digest = hashlib.blake2b(str(target).casefold().encode(), digest_size=12).digest()
        is_free = digest not in self._taken
        self._taken.add(digest)
        return is_free

    def _parts(self, source: str) -> PurePosixPath:
        if source == STANDARD_INPUT:
            return PurePosixPath("stdin")
        below = source.removeprefix(self._root).rpartition("://")[2]
        parts = [_UNFIT.sub("_", part) for part in below.split("/") if part not in ("", ".", "..")]
        if parts and _DRIVE.fullmatch(below.split("/")[0]):
            parts[0] = parts[0].rstrip("_")
        return PurePosixPath(*map(_short, parts[:-1]), parts[-1] if parts else "page")


class FolderWriter:
    """Writes the results of one input after the other, each to a file of its own, which appears when it is whole.

    Args:
        folder: The folder of outputs, made if there is none.
        inputs: The inputs of the run, see `Mirror`.
        format: One of `FORMATS`; by default Markdown.

    Attributes:
        source: The input whose file is being written; None if there is none.

    Raises:
        FormatError: If the format is unknown.
        OSError: If the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str], inputs: Sequence[str], format: str | None = None) -> None:  # noqa: A002
        self._form = format or DEFAULT_FORMAT
        if self._form not in FORMATS:
            raise FormatError(f"{self._form!r} is no format; choose one of {', '.join(FORMATS)}")
        self._folder = Path(folder)
        self._mirror = Mirror(inputs, SUFFIX_OF_FORMAT[self._form])
        self._stack = ExitStack()
        self._writer: Writer | None = None
        self._added: list[str] = []
        self.source: str | None = None
        _make(self._folder)

    def write(self, result: Result) -> None:
        """Write a result.

        Raises:
            FormatError: If a link leads out of the folder.
            MissingExtraError: If the format needs a package that is not installed.
            OSError: If the file cannot be written.
        """
        source = source_of(result)
        if self._writer is None or source != self.source:
            self.finish()
            self._writer = self._stack.enter_context(_appearing(self._target(source), self._form))
            self._added.append(source)
            self.source = source
        self._writer.write(result)

    def finish(self) -> None:
        """Let the file appear that is being written, on the disk when this returns. The next result begins another."""
        self._writer = self.source = None
        self._stack.close()

    def drop(self) -> None:
        """Remove what is written of a file that is not whole."""
        self._writer = self.source = None
        # As an exception, so that no half of a file takes its name.
        self._stack.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    def take_added(self) -> list[str]:
        """The inputs that got files since this was last asked."""
        added, self._added = self._added, []
        return added

    def skip(self, sources: Iterable[str]) -> None:
        """Take it that inputs have got their files, in this order, in an earlier run."""
        for source in sources:
            self._mirror.path_of(source)

    def _target(self, source: str) -> Path:
        target = self._folder / self._mirror.path_of(source)
        _make(target.parent)
        if not target.resolve().is_relative_to(self._folder.resolve()):
            raise FormatError(
                f"{target}: a link leads out of the folder of outputs; remove it, or choose another folder"
            )
        return target


@contextmanager
def open_folder(folder: str | os.PathLike[str], inputs: Sequence[str], format: str | None = None) -> Iterator[Writer]:  # noqa: A002
    """Open a folder for results, one file for each input. The last file is complete when the block ends.

    Args:
        folder: The folder, made if there is none. Each file appears in it only when it is complete.
        inputs: The inputs of the run, see `Mirror`.
        format: One of `FORMATS`; by default Markdown.

    Yields:
        The writer, which takes the results of one input after the other.

    Raises:
        FormatError: If the format is unknown, or a link leads out of the folder.
        MissingExtraError: If the format needs a package that is not installed.
        OSError: If a file cannot be written.
    """
    writer = FolderWriter(folder, inputs, format)
    try:
        yield writer
        writer.finish()
    except BaseException:
        writer.drop()
        raise


def source_of(result: Result) -> str:
    """The input that a result came from."""
    return result.page.origin.source if result.page.origin else result.page.id


@contextmanager
def _appearing(target: Path, form: str) -> Iterator[Writer]:
    part = PartFile(target)
    part.cut(0)
    try:
        with writing(form, part) as writer:
            yield writer
        part.sync()
        part.commit()
    except BaseException:
        part.discard()
        raise


def _make(folder: Path) -> None:
    """Make a folder and those it lies in, with their names on the disk."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def _short(name: str) -> str:
    data = name.encode()
    if len(data) <= _LONGEST:
        return name
    digest = hashlib.blake2b(data, digest_size=6).hexdigest()
    return f"{data[: _LONGEST - 20].decode('utf-8', 'ignore')}-{digest}"
