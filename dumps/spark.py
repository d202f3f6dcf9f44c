"""Reading pages in Spark: a function for `DataFrame.mapInArrow`.

Needs the extra ``copytaster[spark]`` where the driver runs; workers need Copytaster and pyarrow.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("pyarrow is not installed: pip install 'copytaster[spark]'") from error

from copytaster.dumps.arrow import DEFAULT_OPTIONS, SCHEMA, ArrowOptions, read_record_batch

# Rows worked on at a time. Spark hands over ten thousand, which would fill a worker's memory with what is made of them.
_ROWS = 256
_SPARK_NAMES = {pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint", pa.float64(): "double"}


def _spark_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_spark_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_spark_type(field.type)}' for field in kind)}>"
    return _SPARK_NAMES[kind]


SPARK_SCHEMA = ", ".join(f"{field.name} {_spark_type(field.type)}" for field in SCHEMA)
"""`copytaster.dumps.arrow.SCHEMA` as Spark spells it, for the schema that `mapInArrow` asks for."""


def article_mapper(
    options: ArrowOptions = DEFAULT_OPTIONS,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `DataFrame.mapInArrow` takes.

    Args:
        options: How to read the pages; each Python worker loads the model once.

    Returns:
        A function from batches of pages to batches of `SPARK_SCHEMA`, a row for each page, in order. It raises what
        `copytaster.dumps.arrow.read_record_batch` raises, never for a bad page.
    """
    return functools.partial(_map, options)


def _map(options: ArrowOptions, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, _ROWS):
            yield read_record_batch(batch.slice(start, _ROWS), options)
