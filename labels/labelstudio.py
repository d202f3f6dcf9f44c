"""Label Studio's JSON: tasks with annotations and predictions (labelstud.io/guide/task_format).

A page is a task whose ``data`` has the text and, under ``page``, what else is known of it; a labelled line is a region.
Regions count code points, which the tests of its editor hold; releases up to 2021 counted UTF-16 code units. Spaces
that the configuration does not keep are trimmed before they are counted, so `CONFIG` keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from copytaster.labels.label import Label
from copytaster.labels.offsets import Ruler, Unit, text_lines
from copytaster.labels.page import LabelledPage
from copytaster.labels.spans import Annotated, ExchangeError, Guess, Span, about, line_spans, read_about, text_of

CONFIG = """\
<View>
  <Style>.htx-text { white-space: pre-wrap; }</Style>
  <Labels name="label" toName="text">
    <Label value="headline" background="#c2410c" hotkey="h"/>
    <Label value="body" background="#15803d" hotkey="b"/>
    <Label value="teaser" background="#7e22ce" hotkey="t"/>
    <Label value="nav" background="#64748b" hotkey="n"/>
  </Labels>
  <Text name="text" value="$text" granularity="paragraph"/>
</View>
"""
"""The labelling configuration of a project for our pages."""


def write(pages: Sequence[tuple[LabelledPage, Guess | None]], unit: Unit) -> Iterator[bytes]:
    """The file of some pages, in pieces."""
    yield b"[\n"
    for place, (page, guess) in enumerate(pages):
        task = json.dumps(_task(page, guess, unit), ensure_ascii=False)
        yield (",\n" if place else "").encode() + task.encode("utf-8", "replace")
    yield b"\n]\n"


def _task(page: LabelledPage, guess: Guess | None, unit: Unit) -> dict[str, Any]:
    text = text_of(page)
    task: dict[str, Any] = {"data": {"text": text, "page": about(page)}}
    if any(page.labels):
        task["annotations"] = [{"result": _regions(text, page.labels, None, unit)}]
    if guess is not None:
        numbers = page.page.numbers
        score = sum(guess.scores[number - 1] for number in numbers) / max(1, len(numbers))
        regions = _regions(text, guess.labels, guess.scores, unit)
        task["predictions"] = [{"model_version": guess.model, "score": round(score, 4), "result": regions}]
    return task


def _regions(
    text: str, labels: Sequence[Label | None], scores: Sequence[float] | None, unit: Unit
) -> list[dict[str, Any]]:
    regions = []
    for line, begin, end, label in line_spans(labels, text_lines(text)[1], Ruler(text, unit)):
        value = {"start": begin, "end": end, "text": text[line.begin : line.end], "labels": [str(label)]}
        region: dict[str, Any] = {
            "id": f"line-{line.number}", "from_name": "label", "to_name": "text", "type": "labels", "value": value,
        }  # fmt: skip
        if scores is not None:
            region["score"] = round(scores[line.number - 1], 4)
        regions.append(region)
    return regions


def read(data: str, file: str) -> Iterator[Annotated]:
    """The records of a file, in its full form (JSON) or the short one (JSON-MIN).

    Raises:
        ExchangeError: If it is neither; it names the record where it is one.
    """
    try:
        tasks = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(file, None, f"not JSON ({error}); export it from Label Studio as JSON") from None
    for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], 1):
        name = f"task {number}"
        if not isinstance(task, dict):
            raise ExchangeError(file, name, "not an object; export it from Label Studio as JSON")
        fields = task.get("data", task)
        text = fields.get("text") if isinstance(fields, dict) else None
        if not isinstance(text, str):
            raise ExchangeError(
                file, name, 'no "text" in its data; the name of the text must be "text", as in the configuration that'
                " `copytaster labels export --config` prints",
            )  # fmt: skip
        known = read_about(fields.get("page"))
        page_id = known.get("id") or (str(task["id"]) if "id" in task else None)
        yield _annotated(task, Annotated(name, page_id, text, about=known), file)


def _annotated(task: dict[str, Any], record: Annotated, file: str) -> Annotated:
    if "data" not in task:
        regions = task.get("label", [])
        spans = [_span(region, record, file) for region in regions if isinstance(region, dict)]
        return Annotated(record.record, record.id, record.text, spans, record.about)
    made = [one for one in task.get("annotations", task.get("completions", [])) if isinstance(one, dict)]
    valid = [one for one in made if not one.get("was_cancelled")]
    if not valid:
        reason = "was skipped by the annotator" if made else "is not annotated"
        return Annotated(record.record, record.id, record.text, (), record.about, reason)
    spans = [
        _span(region["value"], record, file)
        for region in valid[-1].get("result", [])
        if isinstance(region, dict) and region.get("type") == "labels" and isinstance(region.get("value"), dict)
    ]
    return Annotated(record.record, record.id, record.text, spans, record.about)


def _span(value: dict[str, Any], record: Annotated, file: str) -> Span:
    offsets = value.get("globalOffsets", value)
    names = value.get("labels")
    try:
        begin, end = int(offsets["start"]), int(offsets["end"])
    except (KeyError, TypeError, ValueError):
        raise ExchangeError(file, record.record, "a region without start and end; is it a project for text?") from None
    if not isinstance(names, list) or len(names) != 1:
        raise ExchangeError(
            file, record.record, f"the region at {begin} has {len(names or ())} labels; give it exactly one"
        )
    text = value.get("text")
    return Span(begin, end, str(names[0]), text if isinstance(text, str) else None)
