"""Reading pages that come as Arrow record batches: what the adapters to other engines share.

Needs the extra ``copytaster[parquet]``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from copytaster.dumps.jsonl import JsonKeys
from copytaster.dumps.result import Result
from copytaster.dumps.run import batches, read_batch
from copytaster.dumps.text import BadPage, page_of_bytes, page_of_text
from copytaster.labels.page import Page
from copytaster.model.classifier import Classifier, load
from copytaster.model.limits import Limits

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("pyarrow is not installed: pip install 'copytaster[parquet]'") from error

_LINES = pa.list_(pa.int32())
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "url": pa.string(),
        "headline": pa.string(),
        "standfirst": pa.string(),
        "byline": pa.string(),
        "published": pa.string(),
        "text": pa.string(),
        "paragraphs": pa.list_(pa.string()),
        "teasers": pa.list_(pa.struct({"title": pa.string(), "blurb": pa.string()})),
        "confidence": pa.float64(),
        "has_article": pa.float64(),
        "line_numbers": pa.struct(
            {"headline": _LINES, "standfirst": _LINES, "paragraphs": pa.list_(_LINES), "teasers": pa.list_(_LINES)}
        ),
        "model": pa.string(),
        "error": pa.string(),
    }
)
"""What is made of each page: the fields of `Result.record`, and why there is none. Any of them may be null."""


class ColumnError(ValueError):
    """A record batch lacks the column with the text of the pages."""


@dataclass(frozen=True)
class ArrowOptions:
    """How to read the pages of record batches; small, and fit to be sent to other processes.

    Attributes:
        model: A model file, which each process reads once; None for the shipped model.
        prefer: See `Classifier.preferring`.
        columns: What the columns are called; those of ids and URLs may be missing.
        limits: How large a page may be.
    """

    model: str | None = None
    prefer: str | float = "balanced"
    columns: JsonKeys = field(default_factory=JsonKeys)
    limits: Limits = field(default_factory=Limits)

    @property
    def classifier(self) -> Classifier:
        """The classifier that is asked for.

        Raises:
            ModelFileError: If the file is not a model that this version reads.
            PreferenceError: If the preference is none.
        """
        return _classifier(self.model, self.prefer)


DEFAULT_OPTIONS = ArrowOptions()
"""The shipped model, the usual names of columns and limits."""


@functools.cache
def _classifier(model: str | None, prefer: str | float) -> Classifier:
    return load(model).preferring(prefer)


def read_record_batch(batch: pa.RecordBatch, options: ArrowOptions = DEFAULT_OPTIONS) -> pa.RecordBatch:
    """Make the articles of the pages of a record batch.

    Args:
        batch: A page a row, its text as a string, or as bytes in any encoding.
        options: How to read it.

    Returns:
        A batch of `SCHEMA`, a row for each page, in order. Where a page cannot be read, or the classifier fails on it,
        ``error`` says why and the fields of the article are null.

    Raises:
        ColumnError: If there is no column with text.
        ModelFileError: If the model file is not a model that this version reads.
        PreferenceError: If the preference is none.
    """
    return pa.RecordBatch.from_pylist(list(_records(batch, options)), schema=SCHEMA)


def _records(batch: pa.RecordBatch, options: ArrowOptions) -> Iterator[dict[str, Any]]:
    columns = options.columns
    if columns.text not in batch.schema.names:
        present = ", ".join(batch.schema.names) or "no columns"
        raise ColumnError(f"no column {columns.text!r} in the batch, which has {present}; say which one holds the text")
    classifier = options.classifier
    texts, ids, urls = (_values(batch, name) for name in (columns.text, columns.id, columns.url))
    names, addresses = ([_string(value) for value in values] for values in (ids, urls))
    pages = [
        _page(text, name or "", url, options.limits) for text, name, url in zip(texts, names, addresses, strict=True)
    ]
    good = (page for page in pages if isinstance(page, Page))
    outcomes = (outcome for part in batches(good) for outcome in read_batch(part, classifier))
    for page, name, url in zip(pages, names, addresses, strict=True):
        outcome = page if isinstance(page, BadPage) else next(outcomes)
        if isinstance(outcome, BadPage):
            record = {"model": classifier.fingerprint, "error": outcome.reason}
        else:
            record = Result(outcome, classifier.fingerprint).record()
        yield record | {"id": name, "url": url}


def _values(batch: pa.RecordBatch, name: str) -> list[Any]:
    """The values of a column, nulls where there is no such column; strings that are not UTF-8 as bytes."""
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    column = batch.column(name)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return scalar.as_buffer().to_pybytes()


def _string(value: Any) -> str | None:
    """An id or a URL, whatever it was stored as."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _page(text: Any, name: str, url: str | None, limits: Limits) -> Page | BadPage:
    if isinstance(text, bytes):
        return page_of_bytes(text, limits, name=name, url=url)
    if isinstance(text, str):
        return page_of_text(text, limits, name=name, url=url)
    kind = "missing (null)" if text is None else f"of type {type(text).__name__}"
    return BadPage(name, f"its text is {kind}; it must be a string, the text of the page")
