"""Labelled pages as TSV.

A page is a block of ``# key: value`` rows, then one row for each line of the dump: ``label<TAB>line``, or an empty row
for a blank line; the label ``?`` says that a line is undecided. ``label<TAB>probability<TAB>line``, which
`copytaster predict --format tsv` writes, is the same page: the middle column counts as a probability if every row of
the file has a number from 0 to 1 there. A file of several pages is such pages one after the other; after the first
labelled row, ``# id: ...`` begins the next page, which no line of a page can be taken for since lines begin with their
label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

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

_LINE_END = re.compile(r"\r\n|\r|\n")
# A key is one word, so that a heading such as "# Chapter 2: The return" that lost its label is not taken for one.
_HEADER = re.compile(r"#\s*([^\s:]+)\s*:\s*(.*)")
_NOT_IN_KEY = re.compile(r"[\s:]+")
_PROBABILITY = re.compile(r"[0-9]?\.?[0-9]+(?:[eE]-?[0-9]+)?")

_BLANK_BUT_LABELLED = "a label but no text; give the row its line, or leave it wholly empty for a blank line"
_NO_LABEL = "no label before the tab; write label, tab, line"
_NO_PROBABILITY = (
    "most rows of this file have a probability between label and line and this one has none;"
    " give it one, or take the column out of all rows"
)
_NOT_A_HEADER = (
    "a row that begins with '#' must be '# key: value'; if it is a line of the page, put its label and a tab before it"
)
_LATE_HEADER = (
    "a '# key: value' row after the page's lines; move it to the top of the page,"
    " or begin another page with a row '# id: ...'"
)


def read_tsv(data: bytes, origin: Origin) -> Iterator[LabelledPage | LabelFileError]:
    """Read the pages of a TSV file.

    Args:
        data: The file's content, UTF-8, with or without a byte-order mark.
        origin: What the file is called.

    Yields:
        For each page the page, or what is wrong with it.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        yield origin.error(f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8", line)
        return
    rows = _LINE_END.split(text)
    if rows[-1] == "":
        rows.pop()
    for draft in _drafts(rows, origin):
        yield draft.finished()


def write_tsv(page: LabelledPage, file: BinaryIO, *, probabilities: Sequence[float | None] | None = None) -> None:
    """Write a page as TSV.

    Its first row is ``# id: ...``, so pages written one after the other into a file can be told apart when read.
    Reading gives an equal page, provided that the page has a line and an id; what is said of it is written on one line
    a key, with white space and colons in a key as underscores.

    Args:
        page: The page.
        file: A file open for writing bytes.
        probabilities: For each row the probability of its label, written as the middle column; None for a blank row.

    Raises:
        ValueError: If a row is not as `Page.from_text` makes it, or there is not one probability for each row.
    """
    cleaned = [clean_row(row) for row in page.page.rows]
    check_rows(page, cleaned)
    fields = {"id": page.page.id} | ({"url": page.page.url} if page.page.url else {}) | extra_fields(page)
    header = {_NOT_IN_KEY.sub("_", key) or "_": _one_line(value) for key, value in fields.items()}
    out = [f"# {key}: {value}".rstrip() for key, value in header.items()]
    if probabilities is None:
        out += [f"{label}\t{row}" if row else "" for label, row in zip(label_names(page), cleaned, strict=True)]
    else:
        for label, row, probability in zip(label_names(page), cleaned, probabilities, strict=True):
            out.append(f"{label}\t{probability:.4f}\t{row}" if row else "")
    out.append("")
    # Half a surrogate pair, which JSON can smuggle in, is no character and has no UTF-8 form.
    file.write("\n".join(out).encode("utf-8", "replace"))


def _drafts(rows: list[str], origin: Origin) -> Iterator[Draft]:
    has_probabilities = _has_probabilities(rows)
    draft = Draft.beginning(origin, 1, origin.id)
    draft.first_row = 1
    for number, row in enumerate(rows, 1):
        name, tab, text = row.partition("\t")
        if name not in LABEL_NAMED or not tab:
            if _starts_page(row, draft):
                yield draft
                draft = Draft.beginning(origin, number, f"{origin.id}:{number}")
                draft.first_row = number
            _read_other_row(row, number, draft)
            continue
        if has_probabilities:
            probability, tab, text = text.partition("\t")
            if not tab or not _is_probability(probability):
                draft.problems.append((number, _NO_PROBABILITY))
        text = clean_row(text)
        if not text:
            draft.problems.append((number, _BLANK_BUT_LABELLED))
        draft.rows.append(text)
        draft.labels.append(LABEL_NAMED[name])
    yield draft


def _has_probabilities(rows: list[str]) -> bool:
    """Whether most labelled rows have a probability; if not all have one, those without are reported."""
    labelled = with_probability = 0
    for row in rows:
        fields = row.split("\t", 2)
        if len(fields) == 1 or row[0] == "#":
            continue
        labelled += 1
        with_probability += len(fields) == 3 and _is_probability(fields[1])
    return 2 * with_probability > labelled


def _is_probability(text: str) -> bool:
    return _PROBABILITY.fullmatch(text) is not None and float(text) <= 1


def _header(row: str) -> tuple[str, str] | None:
    match = _HEADER.fullmatch(row)
    return (match[1], clean_row(match[2]).strip()) if match else None


def _starts_page(row: str, draft: Draft) -> bool:
    """Whether the row is an ``# id: ...`` that cannot belong to the page read so far."""
    header = _header(row)
    return header is not None and header[0] == "id" and (any(draft.rows) or "id" in draft.fields)


def _read_other_row(row: str, number: int, draft: Draft) -> None:
    """Take in a row that has no valid label: a blank line, a ``# key: value``, or a mistake."""
    if not clean_row(row):
        draft.rows.append("")
        draft.labels.append(None)
    elif row.startswith("#"):
        _read_header(row, number, draft)
    else:
        draft.problems.append((number, _mistake(row)))


def _read_header(row: str, number: int, draft: Draft) -> None:
    header = _header(row)
    if header is None:
        draft.problems.append((number, _NOT_A_HEADER))
    elif any(draft.rows):
        draft.problems.append((number, _LATE_HEADER))
    elif header[0] in draft.fields:
        draft.problems.append((number, f"{quoted(header[0])} is given twice for this page; keep one"))
    else:
        draft.fields[header[0]] = header[1]
        # Blank rows above a header row are not lines of the page, which begins below its header.
        draft.rows.clear()
        draft.labels.clear()
        draft.first_row = number + 1


def _mistake(row: str) -> str:
    name, tab, _ = row.partition("\t")
    if tab:
        return unknown_label(name) if name.strip() else _NO_LABEL
    first, _, rest = row.partition(" ")
    if first in LABEL_NAMED:
        return "white space where the tab should be; write label, tab, line" if rest else _BLANK_BUT_LABELLED
    return (
        f"no tab in {quoted(row.strip())}; every row must be label, tab, line."
        " A dump without labels gets them with: copytaster predict FILE --format tsv"
    )


def _one_line(value: str) -> str:
    return clean_row(_LINE_END.sub(" ", value)).strip()
