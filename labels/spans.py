"""Labelled spans of a text, as labelling tools keep them, and the labelled lines they stand for.

Lines are the unit of labelling. Going out, each labelled line is one span from its first visible character to its last.
Coming back, a line takes the label of the spans that cover most of it, so that a span drawn a little too short or too
long does no harm; what cannot be told is said.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from copytaster.labels.label import Label
from copytaster.labels.offsets import OffsetsError, Ruler, TextLine, Unit, graphemes_known, joined, text_lines
from copytaster.labels.page import LabelledPage, Page, registrable_domain
from copytaster.labels.record import LABEL_NAMED, extra_fields, quoted, unknown_label

HALF = 0.5
"""Share of a line's visible characters that spans of one label must cover for the line to have it."""

OnProblem = Callable[[str], None]


class ExchangeError(ValueError):
    """A file of another tool that cannot be read.

    Args:
        file: The file's path.
        record: Which record of it, as "record 3"; None for the file as a whole.
        problem: What is wrong and what to do.
    """

    def __init__(self, file: str, record: str | None, problem: str) -> None:
        super().__init__(file, record, problem)
        self.file = file
        self.record = record
        self.problem = problem

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.record, self.problem) if part)


@dataclass(frozen=True)
class Span:
    """A labelled part of a text.

    Attributes:
        begin: Where it begins, in the unit of its file.
        end: Where it ends, exclusive.
        name: The label as the file names it.
        text: The text as the file quotes it, if it does.
    """

    begin: int
    end: int
    name: str
    text: str | None = None


@dataclass(frozen=True)
class Annotated:
    """A record of another tool's file: a text and its labelled spans.

    Attributes:
        record: Which record of the file.
        id: The page's id, if the record says one.
        text: The page's text.
        spans: The labelled parts.
        about: What is said of the page: ``url``, ``weight`` and its meta.
        left_out: Why the record holds no labels to take, where that is so.
    """

    record: str
    id: str | None
    text: str
    spans: Sequence[Span] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    left_out: str | None = None


@dataclass(frozen=True)
class Guess:
    """What a model makes of a page, for tools that show predictions.

    Attributes:
        model: What the model is called.
        labels: One label a row, None for a blank one.
        scores: Its probability.
    """

    model: str
    labels: Sequence[Label | None]
    scores: Sequence[float]


def line_spans(
    labels: Sequence[Label | None], lines: Iterable[TextLine], ruler: Ruler
) -> Iterator[tuple[TextLine, int, int, Label]]:
    """For each line that has a label the line, the offsets of its visible part, and the label."""
    for line in lines:
        label = labels[line.number - 1]
        if label is not None:
            yield line, ruler.offset(line.begin), ruler.offset(line.end), label


def about(page: LabelledPage) -> dict[str, str]:
    """What is said of a page, as it travels through another tool beside the text."""
    url = {"url": page.page.url} if page.page.url else {}
    return {"id": page.page.id, **url, **extra_fields(page)}


def text_of(page: LabelledPage) -> str:
    """The text of a page as it travels through another tool."""
    return joined(page.page.rows)


def read_about(fields: object) -> dict[str, str]:
    """What `about` wrote, of a record; nothing where it is not there."""
    if not isinstance(fields, dict):
        return {}
    return {str(key): value for key, value in fields.items() if isinstance(value, str)}


def likely_unit(records: Sequence[Annotated], usual: Unit) -> Unit:
    """What the offsets of a file count: the unit by which most spans fit what they quote, or else the ends of lines.

    Where several fit equally well, it is the tool's usual one.
    """
    units = [usual, *(unit for unit in Unit if unit is not usual)]
    if not graphemes_known():
        units = [unit for unit in units if unit is not Unit.GRAPHEMES or unit is usual]
    doubtful = [record for record in records if record.spans and not record.text.isascii()]
    fits = {unit: sum(_fit(record, unit) for record in doubtful) for unit in units}
    return max(units, key=lambda unit: fits[unit])  # the first of equals


def _fit(record: Annotated, unit: Unit) -> int:
    ruler = Ruler(record.text, unit)
    lines = text_lines(record.text)[1]
    bounds = {line.begin for line in lines} | {line.end for line in lines}
    fit = 0
    for span in record.spans:
        try:
            begin, end = ruler.index(span.begin), ruler.index(span.end)
        except OffsetsError:
            continue
        if span.text is None:
            fit += (begin in bounds) + (end in bounds)
        else:
            fit += 2 * (record.text[begin:end] == span.text)
    return fit


def page_of(
    record: Annotated,
    file: str,
    default_id: str,
    unit: Unit,
    *,
    unlabelled: Label | None,
    renamed: Mapping[str, str],
    on_problem: OnProblem,
) -> LabelledPage:
    """The labelled page of a record.

    Args:
        record: The record.
        file: The file it is from, for messages.
        default_id: What the page is called if the record does not say.
        unit: What the offsets count.
        unlabelled: The label of lines without a span; None leaves them undecided.
        renamed: Label names of the file with ours, as ``{"Title": "headline"}``.
        on_problem: Called with a message for each line on which spans contradict each other or cover less than half.

    Raises:
        ExchangeError: If a span has a label that is none, or lies outside the text; it names the record.
    """
    rows, lines = text_lines(record.text)
    ends = [line.end for line in lines]
    covered = [Counter[Label | None]() for _ in lines]
    ruler = Ruler(record.text, unit)
    for span in record.spans:
        label = _label(span.name, record, file, renamed)
        try:
            begin, end = ruler.index(span.begin), ruler.index(span.end)
        except OffsetsError as error:
            raise ExchangeError(
                file, record.record, f"{error}; the offsets were read as {unit}, which --offsets can change"
            ) from None
        for place in range(bisect.bisect_right(ends, begin), len(lines)):
            line = lines[place]
            if line.begin >= end:
                break
            covered[place][label] += _visible(record.text[max(begin, line.begin) : min(end, line.end)])
    labels: list[Label | None] = [None] * len(rows)
    for line, votes in zip(lines, covered, strict=True):
        visible = _visible(record.text[line.begin : line.end])
        where = f"{file}: {record.record}: line {line.number} {quoted(rows[line.number - 1].strip())}"
        labels[line.number - 1] = _elected(votes, visible, unlabelled, where, on_problem)
    fields = dict(record.about)
    page_id = record.id or default_id
    fields.pop("id", None)
    url = fields.pop("url", None)
    weight = fields.pop("weight", "1")
    fields.setdefault("site", (url and registrable_domain(url)) or page_id)
    return LabelledPage(Page(tuple(rows), page_id, url, fields), tuple(labels), _number(weight))


def _label(name: str, record: Annotated, file: str, renamed: Mapping[str, str]) -> Label | None:
    known = renamed.get(name, name)
    folded = known.strip().lower()
    if folded not in LABEL_NAMED:
        raise ExchangeError(
            file, record.record, f"{unknown_label(known)}; or say which it is with --rename {name}=LABEL"
        )
    return LABEL_NAMED[folded]


def _elected(
    votes: Counter[Label | None], visible: int, unlabelled: Label | None, where: str, on_problem: OnProblem
) -> Label | None:
    if not votes.total():
        return unlabelled
    (label, most), *others = votes.most_common()
    if others:
        names = " and ".join(str(other or "?") for other in votes)
        if others[0][1] == most:
            on_problem(f"{where} has spans of {names} that cover as much of it; it is left undecided")
            return None
        on_problem(f"{where} has spans of {names}; {label or '?'} covers the most and is taken")
    if most < HALF * visible:
        taken = unlabelled or "?"
        on_problem(f"{where} is covered to less than half by {label or '?'}; it is taken for {taken}")
        return unlabelled
    return label


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _number(weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        return 1.0
