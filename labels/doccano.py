"""doccano's JSON Lines for sequence labelling.

``{"id": 7, "text": "...", "label": [[0, 5, "nav"]]}``; older releases say ``labels``, projects with relations say
``entities`` with ``start_offset`` and ``end_offset``. Other fields of an imported record come back with the export, so
what is known of a page travels in ``page``; the ``id`` is doccano's own. Offsets count UTF-16 code units, as its users
found (doccano/doccano, issues 2290 and 2484), or grapheme clusters in a project that was made with "Count grapheme
clusters as one character".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from copytaster.labels.jsonlines import records
from copytaster.labels.offsets import Ruler, Unit, text_lines
from copytaster.labels.page import LabelledPage
from copytaster.labels.spans import Annotated, ExchangeError, Guess, Span, about, line_spans, read_about, text_of

_LABELS = ("label", "labels", "entities")


def write(pages: Sequence[tuple[LabelledPage, Guess | None]], unit: Unit) -> Iterator[bytes]:
    """The file of some pages, a line at a time. What a model makes of a page without labels is given as its labels."""
    for page, guess in pages:
        text = text_of(page)
        labels = guess.labels if guess and not any(page.labels) else page.labels
        spans = [
            [begin, end, str(label)]
            for _, begin, end, label in line_spans(labels, text_lines(text)[1], Ruler(text, unit))
        ]
        record = {"text": text, "label": spans, "page": about(page)}
        yield json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read(data: str, file: str) -> Iterator[Annotated]:
    """The records of a file.

    Raises:
        ExchangeError: If one is not as doccano writes it; it names the record.
    """
    for name, fields in records(data, file):
        text = fields.get("text", fields.get("data"))
        if not isinstance(text, str):
            raise ExchangeError(
                file, name, 'no "text"; export it from a doccano project for sequence labelling as JSONL'
            )
        found: list[Any] = next((fields[key] for key in _LABELS if isinstance(fields.get(key), list)), [])
        known = read_about(fields.get("page"))
        page_id = known.get("id") or (str(fields["id"]) if fields.get("id") is not None else None)
        yield Annotated(name, page_id, text, [_span(span, name, file) for span in found], known)


def _span(span: Any, name: str, file: str) -> Span:
    try:
        if isinstance(span, dict):
            return Span(int(span["start_offset"]), int(span["end_offset"]), str(span["label"]))
        begin, end, label = span
        return Span(int(begin), int(end), str(label))
    except (KeyError, TypeError, ValueError):
        problem = f"{span!r:.60} is no span; export it from a doccano project for sequence labelling as JSONL"
        raise ExchangeError(file, name, problem) from None
