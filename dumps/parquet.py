"""Pages in Parquet files, by default with the columns of FineWeb and datatrove, and results as Parquet."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.records import META_KEYS, NESTED, JsonKeys, names_shown, page_of_record
from copytaster.dumps.text import BadPage, byte_limit, too_large
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

if TYPE_CHECKING:
    from copytaster.dumps.result import Result
    from copytaster.dumps.writers import SupportsWrite

# Rows in memory at a time: a few, because each may be as large as a page.
_READ_ROWS = 32
_READ_BYTES = 1 << 20
# A row group is written when it has as many rows, or as many characters.
_GROUP_ROWS = 4096
_GROUP_CHARS = 1 << 24


def read_parquet(file: BinaryIO, name: str, keys: JsonKeys, limits: Limits) -> Iterator[Page | BadPage]:
    """Read pages from a Parquet file, a few rows at a time.

    Args:
        file: The file, which must be able to seek.
        name: What to call it; a row without an id is called ``name:row``, counted from 0.
        keys: What the columns are called.
        limits: How large a page may be.

    Yields:
        A page or a bad page for each row; one bad page for the rest of a row group that is damaged.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow, parquet = require_arrow("reading Parquet")
    # pyarrow has errors of its own, but some damage shows as Python's.
    damage = (arrow.ArrowException, ValueError, OSError)
    try:
        table = parquet.ParquetFile(file, buffer_size=_READ_BYTES)
        reason = _unfit(table.schema_arrow, keys.text, arrow)
        rows = [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
    except damage as error:
        reason = f"not a Parquet file, or a damaged one ({error}); copy or download it again"
    if reason is not None:
        yield BadPage(name, reason, Origin(name))
        return
    wanted = {keys.text, keys.id, keys.url, NESTED, *META_KEYS}
    columns = [column for column in table.schema_arrow.names if column in wanted]
    firsts = itertools.accumulate(rows, initial=0)
    for group, row in zip(range(len(rows)), firsts, strict=False):
        try:
            for batch in table.iter_batches(_READ_ROWS, row_groups=[group], columns=columns):
                yield from _pages(batch, row, name, keys, limits)
                row += batch.num_rows
        except damage as error:
            reason = f"damaged from row {row} on ({error}); copy or download the file again"
            yield BadPage(name, f"{reason}. Went on with the next row group", Origin(name, row))


def _unfit(schema: Any, text: str, arrow: Any) -> str | None:
    """Why there can be no pages in a file with these columns."""
    if text not in schema.names:
        columns = names_shown(schema.names) or "none"
        return f'no column "{text}"; the columns are {columns}; say which one holds the text (--text-key)'
    kind = schema.field(text).type
    while arrow.types.is_dictionary(kind):
        kind = kind.value_type
    if not (arrow.types.is_string(kind) or arrow.types.is_large_string(kind) or arrow.types.is_string_view(kind)):
        return f'the column "{text}" holds {kind}, not strings; say which one holds the text (--text-key)'
    return None


def _pages(batch: Any, row: int, name: str, keys: JsonKeys, limits: Limits) -> Iterator[Page | BadPage]:
    columns = {
        column: values.dictionary_decode() if hasattr(values, "dictionary") else values
        for column, values in zip(batch.schema.names, batch.columns, strict=True)
    }
    texts = columns[keys.text]
    for index in range(batch.num_rows):
        place, origin = f"{name}:{row + index}", Origin(name, row + index)
        if _size(texts[index]) > byte_limit(limits):
            yield too_large(place, limits, origin)
            continue
        try:
            record = {column: values[index].as_py() for column, values in columns.items()}
        except UnicodeDecodeError as error:
            yield BadPage(place, f"not UTF-8 as Parquet asks for ({error})", origin)
            continue
        yield page_of_record(record, limits, keys, name=place, origin=origin)


def _size(text: Any) -> int:
    """The bytes of a string in Arrow, without making it one of Python's."""
    return text.as_buffer().size if text.is_valid else 0


class ResultTable:
    """Takes results, and writes them as rows of a Parquet file, a row group at a time."""

    def __init__(self, arrow: Any, table: Any) -> None:
        self._arrow = arrow
        self._table = table
        self._rows: list[dict[str, Any]] = []
        self._chars = 0

    def write(self, result: Result) -> None:
        """Take one result."""
        self._rows.append(result.record())
        self._chars += len(result.article.text)
        if len(self._rows) == _GROUP_ROWS or self._chars >= _GROUP_CHARS:
            self.finish()

    def finish(self) -> None:
        """Write what is still held."""
        if self._rows:
            try:
                batch = self._batch(self._rows)
            except UnicodeEncodeError:  # half a surrogate pair, in a name or an address
                batch = self._batch([_without_surrogates(row) for row in self._rows])
            self._table.write_batch(batch)
        self._rows, self._chars = [], 0

    def _batch(self, rows: list[dict[str, Any]]) -> Any:
        return self._arrow.RecordBatch.from_pylist(rows, schema=self._table.schema)


@contextmanager
def open_table(file: SupportsWrite) -> Iterator[ResultTable]:
    """Write results to a file, which need not be able to seek. It is whole when the block ends.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow, _ = require_arrow("writing Parquet")
    with open_parquet(file) as table:
        results = ResultTable(arrow, table)
        yield results
        results.finish()


def open_parquet(file: SupportsWrite) -> Any:
    """A `pyarrow.parquet.ParquetWriter` for results, to a file that need not be able to seek.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow, parquet = require_arrow("writing Parquet")
    sink = arrow.PythonFile(_Sink(file), mode="w")
    return parquet.ParquetWriter(sink, result_schema(), compression="zstd")


def result_schema() -> Any:
    """The columns of results: a `pyarrow.Schema` for the records of `copytaster.dumps.Result`.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow, _ = require_arrow("writing Parquet")
    string, numbers = arrow.string(), arrow.list_(arrow.int32())
    teaser = arrow.struct([("title", string), ("blurb", string)])
    many = arrow.list_(numbers)
    line_numbers = arrow.struct(
        [("headline", numbers), ("standfirst", numbers), ("paragraphs", many), ("teasers", many)]
    )
    return arrow.schema(
        [
            ("id", string),
            ("url", string),
            ("lang", string),
            ("source", string),
            ("offset", arrow.int64()),
            ("headline", string),
            ("standfirst", string),
            ("byline", string),
            ("published", string),
            ("text", string),
            ("paragraphs", arrow.list_(string)),
            ("teasers", arrow.list_(teaser)),
            ("confidence", arrow.float64()),
            ("has_article", arrow.float64()),
            ("line_numbers", line_numbers),
            ("model", string),
        ]
    )


class _Sink(io.RawIOBase):
    """A file to write to that knows where it is, which pipes do not; closing it leaves the file open."""

    def __init__(self, file: SupportsWrite) -> None:
        self._file = file
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        size = memoryview(data).nbytes
        self._position += size
        return size

    def tell(self) -> int:
        return self._position


def _without_surrogates(row: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    return cast("dict[str, Any]", json.loads(text))


def require_arrow(what: str) -> tuple[Any, Any]:
    """The modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        MissingExtraError: If they are not installed; it says what needs them.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(what, "parquet") from error
    return pyarrow, pyarrow.parquet
