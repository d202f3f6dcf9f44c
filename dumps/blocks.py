"""The rows of a Parquet file to be, in a file that can be cut back and written on.

Parquet cannot: its end says where everything is. So rows are gathered as Arrow streams of a record batch each, one
behind the other, and become Parquet when all are there. Row groups depend on the batches alone, so the Parquet file is
the same whether or not it was stopped in between.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any, BinaryIO

from copytaster.dumps.parquet import ResultTable, open_parquet, require_arrow, result_schema
from copytaster.dumps.partfile import PartFile
from copytaster.labels.compression import sync_folder

# A row group has as many batches as are within this; a batch holds the rows between two checkpoints, or fewer.
_GROUP_ROWS = 4096
_GROUP_BYTES = 1 << 25


class TablePart(PartFile):
    """A part file of batches; the file that takes its name is Parquet."""

    def commit(self) -> None:
        """Make the Parquet file and give it its name. What was written has been synced."""
        joined = self._target.with_name(f".{self._target.name}.joined")
        try:
            with self.part.open("rb") as batches, joined.open("wb") as file:
                _join(batches, file)
                file.flush()
                os.fsync(file.fileno())
            if self._target.exists():
                shutil.copymode(self._target, joined)
            joined.replace(self._target)
        except BaseException:
            joined.unlink(missing_ok=True)
            raise
        sync_folder(self._target.parent)
        self.discard()


def open_blocks(part: PartFile) -> ResultTable:
    """What takes results and writes them to a part file, a batch at a time and whenever it is told to finish.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow, _ = require_arrow("writing Parquet")
    return ResultTable(arrow, _Blocks(arrow, part))


class _Blocks:
    def __init__(self, arrow: Any, part: PartFile) -> None:
        self.schema = result_schema()
        self._arrow = arrow
        self._options = arrow.ipc.IpcWriteOptions(compression="zstd")
        self._part = part

    def write_batch(self, batch: Any) -> None:
        sink = self._arrow.BufferOutputStream()
        with self._arrow.ipc.new_stream(sink, self.schema, options=self._options) as stream:
            stream.write_batch(batch)
        self._part.write(sink.getvalue().to_pybytes())


def _join(batches: BinaryIO, file: BinaryIO) -> None:
    arrow, _ = require_arrow("writing Parquet")
    with open_parquet(file) as table:
        for group in _groups(_read(batches, arrow)):
            rows = arrow.Table.from_batches(group)
            table.write_table(rows, row_group_size=rows.num_rows)


def _read(file: BinaryIO, arrow: Any) -> Iterator[Any]:
    end = os.fstat(file.fileno()).st_size
    while file.tell() < end:
        yield from arrow.ipc.open_stream(file)


def _groups(batches: Iterator[Any]) -> Iterator[list[Any]]:
    """The batches of each row group."""
    group: list[Any] = []
    rows = size = 0
    for batch in batches:
        if group and (rows + batch.num_rows > _GROUP_ROWS or size + batch.nbytes > _GROUP_BYTES):
            yield group
            group, rows, size = [], 0, 0
        group.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    if group:
        yield group
