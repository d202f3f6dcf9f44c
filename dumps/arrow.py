"""Reading pages that come as Arrow record batches: what the adapters to other engines share.

Needs the extra ``copytaster[parquet]``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from copytaster.dumps.batches import Worker
from copytaster.dumps.errors import PageError
from copytaster.dumps.parquet import result_schema
from copytaster.dumps.records import META_KEYS, NESTED, JsonKeys, names_shown, page_of_record
from copytaster.dumps.result import Result
from copytaster.model.classifier import Classifier, load
from copytaster.model.limits import Limits

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("pyarrow is not installed: pip install 'copytaster[parquet]'") from error

SCHEMA = result_schema().append(pa.field("error", pa.string()))
"""What is made of each page: the columns of results, and why there is none. Any of them may be null."""


class ColumnError(ValueError):
    """A record batch lacks the column with the text of the pages."""


@dataclass(frozen=True)
class ArrowOptions:
    """How to read the pages of record batches; small, and fit to be sent to other processes.

    Attributes:
        model: A model file, which each process reads once; None for the shipped model.
        prefer: See `Classifier.preferring`.
        columns: What the columns are called; those of ids and URLs may be missing. Others that say more of a page, such
            as ``language``, are found by the names they have in FineWeb.
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
    keys = options.columns
    if keys.text not in batch.schema.names:
        present = names_shown(batch.schema.names) or "none"
        raise ColumnError(f'no column "{keys.text}"; the columns are {present}; say which one holds the text')
    classifier = options.classifier
    rows = list(_rows(batch, keys))
    pages = [page_of_record(row, options.limits, keys, name=_id(row.get(keys.id))) for row in rows]
    outcomes = Worker(classifier, None).work(pages)
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, PageError):
            url = row.get(keys.url)
            record = {"id": outcome.id, "url": url if isinstance(url, str) else None, "error": outcome.reason}
        else:
            record = cast("Result", outcome.result).record()  # the worker leaves results as they are
        yield record | {"id": record["id"] or None, "model": classifier.fingerprint}


def _id(value: Any) -> str:
    return "" if value is None else str(value)


def _rows(batch: pa.RecordBatch, keys: JsonKeys) -> Iterator[dict[str, Any]]:
    """The rows as Python has them; a text that is not UTF-8 as bytes, anything else with what is broken replaced."""
    wanted = {keys.text, keys.id, keys.url, NESTED, *META_KEYS}
    columns = {name: _values(batch.column(name)) for name in batch.schema.names if name in wanted}
    for values in zip(*columns.values(), strict=True):
        yield {
            name: value.decode("utf-8", "replace") if isinstance(value, bytes) and name != keys.text else value
            for name, value in zip(columns, values, strict=True)
        }


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        # Of what is no string itself, such as a struct with a string in it, nothing can be had.
        return scalar.as_buffer().to_pybytes() if hasattr(scalar, "as_buffer") else None
