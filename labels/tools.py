"""The labelling tools whose files can be read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copytaster.labels import doccano, labelstudio, prodigy
from copytaster.labels.compression import CompressedFileError, atomic_writer, open_for_reading
from copytaster.labels.label import Label
from copytaster.labels.offsets import Unit
from copytaster.labels.page import LabelledPage
from copytaster.labels.spans import Annotated, ExchangeError, Guess, likely_unit, page_of

Writer = Callable[[Sequence[tuple[LabelledPage, Guess | None]], Unit], Iterator[bytes]]
Reader = Callable[[str, str], Iterator[Annotated]]


@dataclass(frozen=True)
class Tool:
    """A labelling tool.

    Attributes:
        read: Gives the records of a file's text.
        write: Gives the file of some pages, in pieces.
        unit: What its offsets usually count.
    """

    read: Reader
    write: Writer
    unit: Unit


TOOLS: Mapping[str, Tool] = {
    "label-studio": Tool(labelstudio.read, labelstudio.write, Unit.CODE_POINTS),
    "doccano": Tool(doccano.read, doccano.write, Unit.UTF_16),
    "prodigy": Tool(prodigy.read, prodigy.write, Unit.CODE_POINTS),
}
"""By name."""


@dataclass(frozen=True)
class Imported:
    """What was read of another tool's file.

    Attributes:
        pages: The labelled pages.
        left_out: For each record that gave no page which it is and why.
        problems: Lines whose spans were not clear, and what was made of them.
        unit: What the offsets were taken to count.
    """

    pages: Sequence[LabelledPage]
    left_out: Sequence[str]
    problems: Sequence[str]
    unit: Unit


def import_file(
    path: Path,
    tool: Tool,
    *,
    unit: Unit | None = None,
    unlabelled: Label | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Imported:
    """Read the labelled pages of another tool's file.

    Args:
        path: The file, plain or compressed.
        tool: The tool.
        unit: What its offsets count; by default what fits them best.
        unlabelled: The label of lines without a span; None leaves them undecided.
        renamed: Label names of the file with ours.

    Raises:
        ExchangeError: If it cannot be read.
        OffsetsError: If grapheme clusters are asked for and cannot be counted.
    """
    file = str(path)
    records = list(tool.read(_text(path), file))
    counted = unit or likely_unit(records, tool.unit)
    pages: list[LabelledPage] = []
    left_out: list[str] = []
    problems: list[str] = []
    for number, record in enumerate(records, 1):
        where = f"{file}: {record.record}"
        if record.left_out:
            left_out.append(f"{where} {record.left_out}")
        elif not record.text.strip():
            left_out.append(f"{where} has no text")
        else:
            pages.append(
                page_of(
                    record, file, f"{path.name.split('.')[0]}-{number}", counted,
                    unlabelled=unlabelled, renamed=renamed or {}, on_problem=problems.append,
                )
            )  # fmt: skip
    return Imported(pages, left_out, problems, counted)


def export_file(pages: Sequence[tuple[LabelledPage, Guess | None]], write: Writer, unit: Unit, path: Path) -> None:
    """Write pages as another tool's file, which appears when it is whole.

    Raises:
        OSError: If it cannot be written.
    """
    with atomic_writer(path) as file:
        for piece in write(pages, unit):
            file.write(piece)


def _text(path: Path) -> str:
    try:
        with open_for_reading(path) as file:
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExchangeError(str(path), None, f"not UTF-8 ({error.reason}); save it as UTF-8") from None
    except CompressedFileError as error:
        raise ExchangeError(str(path), None, error.problem) from None
    except OSError as error:
        raise ExchangeError(str(path), None, f"cannot be read ({error.strerror or error})") from None
