"""Labelled pages as JSONL.

One page a record: ``{"id": ..., "url": ..., "site": ..., "lines": ["...", ""], "labels": ["body", null]}``. A blank
line has the label null (and may itself be null). Every other key is kept as the page's meta, as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from copytaster.labels.page import LabelledPage, clean_row
from copytaster.labels.record import (
    LABEL_NAMED,
    Draft,
    LabelFileError,
    Origin,
    check_rows,
    extra_fields,
    label_names,
    quoted,
    unknown_label,
)

_BOM = b"\xef\xbb\xbf"
_NEEDS = 'a record must be an object with two lists of the same length, "lines" and "labels"'


def read_jsonl(file: Iterable[bytes], origin: Origin) -> Iterator[LabelledPage | LabelFileError]:
    """Read the pages of a JSONL file, one at a time.

    Args:
        file: The file, open for reading bytes, or its lines.
        origin: What the file is called. A page without an id is called by the file's id and its line in the file.

    Yields:
        For each page the page, or what is wrong with it.
    """
    empty = True
    for number, raw in enumerate(file, 1):
        data = raw.removeprefix(_BOM) if number == 1 else raw
        if data.isspace() or not data:
            continue
        empty = False
        draft = Draft.beginning(origin, number, f"{origin.id}:{number}")
        try:
            _read_record(json.loads(data.decode("utf-8")), draft)
        except UnicodeDecodeError as error:
            yield origin.error(f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8", number)
        except (ValueError, RecursionError) as error:
            yield origin.error(f"not JSON ({error}); every line of the file must be one whole JSON object", number)
        else:
            yield draft.finished()
    if empty:
        yield origin.error(f"no labelled lines: the file is empty; {_NEEDS}")


def write_jsonl(pages: Iterable[LabelledPage], file: BinaryIO) -> None:
    """Write pages as JSONL, one record a page.

    Reading gives equal pages, provided that each has a line and an id. A blank line is written as an empty string with
    the label null. Meta under the names ``lines`` and ``labels`` is not written.

    Args:
        pages: The pages; they are written as they come.
        file: A file open for writing bytes.

    Raises:
        ValueError: If a row is not as `Page.from_text` makes it.
    """
    for page in pages:
        check_rows(page, [clean_row(row) for row in page.page.rows])
        record: dict[str, Any] = {"id": page.page.id}
        if page.page.url:
            record["url"] = page.page.url
        record |= extra_fields(page)
        if "weight" in record:
            record["weight"] = page.weight
        record |= {"lines": page.page.rows, "labels": label_names(page)}
        # Half a surrogate pair, which JSON can smuggle in, is no character and has no UTF-8 form.
        file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _read_record(record: object, draft: Draft) -> None:
    if not isinstance(record, dict):
        draft.problems.append((draft.line, f"not an object; {_NEEDS}"))
        return
    lines, labels = record.pop("lines", None), record.pop("labels", None)
    draft.fields = {key: _as_text(value) for key, value in record.items() if value is not None}
    if not isinstance(lines, list) or not isinstance(labels, list):
        missing = "lines" if not isinstance(lines, list) else "labels"
        draft.problems.append((draft.line, f'no list "{missing}"; {_NEEDS}'))
    elif len(lines) != len(labels):
        draft.problems.append(
            (draft.line, f"{len(lines)} lines but {len(labels)} labels; give every line a label, a blank one null")
        )
    else:
        for place, (line, name) in enumerate(zip(lines, labels, strict=True), 1):
            _read_line(line, name, place, draft)


def _read_line(line: object, name: object, place: int, draft: Draft) -> None:
    """Take in line number ``place`` of the page."""
    if line is not None and not isinstance(line, str):
        draft.problems.append((draft.line, f"line {place} of the page is {quoted(str(line))}, not a text or null"))
        return
    row = clean_row(_whole_characters(line or ""))
    known = isinstance(name, str) and name in LABEL_NAMED
    problem = None
    if "\n" in row or "\r" in row:
        problem = "holds a line end; write it as two lines"
    elif name is not None and not known:
        problem = f"has the label {unknown_label(str(name))}"
    elif row and not known:
        problem = 'has no label; only a blank line has the label null, and an undecided one has "?"'
    elif known and not row:
        problem = "is blank and has a label; the label of a blank line is null"
    if problem is not None:
        draft.problems.append((draft.line, f"line {place} of the page {problem}"))
    draft.rows.append(row)
    draft.labels.append(LABEL_NAMED[name] if isinstance(name, str) and known else None)


def _whole_characters(text: str) -> str:
    """The text with halves of surrogate pairs, which JSON can hold and UTF-8 cannot, as replacement characters."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _as_text(value: object) -> str:
    return _whole_characters(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
