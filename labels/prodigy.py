"""Prodigy's JSON Lines (prodi.gy/docs/api-interfaces).

A page is a task with spans, as the recipes `spans.manual` and `ner.manual` take and write them, and one token a line,
so that a click selects a whole line; or each line is a task of its own with the four labels as options, for the
`choice` interface. Spans count code points, as spaCy does. Of what is annotated ``answer`` says what to make: "accept"
is taken, "ignore" and "reject" are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from copytaster.labels.jsonlines import records
from copytaster.labels.label import LABELS
from copytaster.labels.offsets import Ruler, Unit, joined, text_lines
from copytaster.labels.page import LabelledPage
from copytaster.labels.record import UNDECIDED
from copytaster.labels.spans import Annotated, ExchangeError, Guess, Span, about, line_spans, read_about, text_of


def write(pages: Sequence[tuple[LabelledPage, Guess | None]], unit: Unit) -> Iterator[bytes]:
    """The tasks of some pages, a page each. What a model makes of a page without labels is given as its spans."""
    for page, guess in pages:
        text = text_of(page)
        labels = guess.labels if guess and not any(page.labels) else page.labels
        lines = text_lines(text)[1]
        ruler = Ruler(text, unit)
        tokens = _tokens(text, ruler)
        token_of = {token["start"]: token["id"] for token in tokens}
        spans = [
            {
                "start": begin,
                "end": end,
                "label": str(label),
                "token_start": token_of[begin],
                "token_end": token_of[begin],
            }
            for _, begin, end, label in line_spans(labels, lines, ruler)
        ]
        yield _line(
            {"text": text, "tokens": tokens, "spans": spans, "meta": {"page": page.page.id}, "page": about(page)}
        )


def write_lines(pages: Sequence[tuple[LabelledPage, Guess | None]], unit: Unit) -> Iterator[bytes]:
    """The tasks of some pages, a line each; ``unit`` does not matter here."""
    options = [{"id": str(label), "text": str(label)} for label in LABELS]
    for page, guess in pages:
        labels = guess.labels if guess and not any(page.labels) else page.labels
        for number in page.page.numbers:
            label = labels[number - 1]
            task: dict[str, Any] = {
                "text": page.page.rows[number - 1], "options": options, "accept": [str(label)] if label else [],
                "meta": {"page": page.page.id, "line": number}, "page": about(page),
            }  # fmt: skip
            if guess is not None:
                task["score"] = round(guess.scores[number - 1], 4)
            yield _line(task)


def _tokens(text: str, ruler: Ruler) -> list[dict[str, Any]]:
    """A token for the visible part of each line, and one that cannot be selected for what is between two."""
    tokens: list[dict[str, Any]] = []

    def add(begin: int, end: int, *, disabled: bool) -> None:
        if begin < end:
            token = {"text": text[begin:end], "start": ruler.offset(begin), "end": ruler.offset(end)}
            tokens.append({**token, "id": len(tokens), "ws": False, **({"disabled": True} if disabled else {})})

    at = 0
    for line in text_lines(text)[1]:
        add(at, line.begin, disabled=True)
        add(line.begin, line.end, disabled=False)
        at = line.end
    add(at, len(text), disabled=True)
    return tokens


def _line(task: dict[str, Any]) -> bytes:
    return json.dumps(task, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read(data: str, file: str) -> Iterator[Annotated]:
    """The pages of a file, whose tasks are pages or lines.

    Raises:
        ExchangeError: If one is not as Prodigy writes it; it names the record.
    """
    of_lines: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for name, fields in records(data, file):
        if not isinstance(fields.get("text"), str):
            raise ExchangeError(file, name, 'no "text"; write the annotations with `prodigy db-out`')
        if (
            "options" in fields
            or "accept" in fields
            or (isinstance(fields.get("label"), str) and "spans" not in fields)
        ):
            of_lines.setdefault(_page_id(fields, name, file), []).append((name, fields))
            continue
        known = read_about(fields.get("page"))
        meta = fields.get("meta")
        page_id = known.get("id") or (str(meta["page"]) if isinstance(meta, dict) and "page" in meta else None)
        answer = fields.get("answer", "accept")
        reason = None if answer == "accept" else f"was answered with {answer}"
        spans = [_span(span, name, file) for span in fields.get("spans") or []]
        yield Annotated(name, page_id, fields["text"], spans, known, reason)
    for page_id, tasks in of_lines.items():
        yield _page_of_lines(page_id, tasks, file)


def _span(span: Any, name: str, file: str) -> Span:
    try:
        return Span(int(span["start"]), int(span["end"]), str(span["label"]))
    except (KeyError, TypeError, ValueError):
        problem = f"{span!r:.60} is no span; it must have start, end and label"
        raise ExchangeError(file, name, problem) from None


def _page_id(fields: dict[str, Any], name: str, file: str) -> str:
    meta = fields.get("meta")
    if not isinstance(meta, dict) or "page" not in meta or not isinstance(meta.get("line"), int) or meta["line"] < 1:
        raise ExchangeError(
            file, name, 'a line that does not say which it is: its "meta" must have "page" and "line", as in the tasks'
            " that `copytaster labels export --per-line` writes",
        )  # fmt: skip
    return str(meta["page"])


def _page_of_lines(page_id: str, tasks: Sequence[tuple[str, dict[str, Any]]], file: str) -> Annotated:
    """The page of some tasks of one line each; of a line that was annotated twice the last annotation counts."""
    latest = {fields["meta"]["line"]: (name, fields) for name, fields in tasks}
    rows = [""] * max(latest)
    for number, (_, fields) in latest.items():
        rows[number - 1] = fields["text"]
    text = joined(rows)
    by_number = {line.number: line for line in text_lines(text)[1]}
    spans = []
    for number, (name, fields) in sorted(latest.items()):
        if "\n" in fields["text"] or number not in by_number:
            raise ExchangeError(file, name, f"its text is not one line; it is line {number} of {page_id!r}")
        label = _choice(fields, name, file)
        line = by_number[number]
        spans += [Span(line.begin, line.end, label)]
    return Annotated(tasks[0][0], page_id, text, spans, read_about(tasks[0][1].get("page")))


def _choice(fields: dict[str, Any], name: str, file: str) -> str:
    """The label that was chosen; undecided where none was, or the answer is no."""
    if fields.get("answer", "accept") != "accept":
        return UNDECIDED
    chosen = fields.get("accept", fields.get("label"))
    names = [chosen] if isinstance(chosen, str) else list(chosen or [])
    if len(names) > 1:
        raise ExchangeError(file, name, f"{len(names)} labels are accepted; a line has one")
    return str(names[0]) if names else UNDECIDED
