"""Reading pages in datatrove: a pipeline step; needs the extra ``copytaster[datatrove]``."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

try:
    import pyarrow as pa
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.typeshelper import StatHints
except ImportError as error:
    raise ImportError(f"{error.name} is not installed: pip install 'copytaster[datatrove]'") from error

from copytaster.dumps.arrow import DEFAULT_OPTIONS, ArrowOptions, read_record_batch

METADATA_KEY = "copytaster"
"""Where a document's metadata hold the fields of its article, but for what it had before, and ``error``."""
# What every document has in its own place.
_OWN_FIELDS = ("id", "url", "lang", "source", "offset")
# Documents worked on at a time.
_DOCUMENTS = 256


class ArticleStep(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Replaces the text of each document, the dump of a page, by the text of its article.

    A document that cannot be read goes on with an empty text and the reason as ``error``, or, as it is, to a writer of
    its own. Documents are counted as total, forwarded and dropped.

    Args:
        options: How to read the pages; the URL is the metadata of that column's name. A process loads the model once.
        exclusion_writer: A datatrove writer for documents that cannot be read, which then leave the stream.
    """

    type = "EXTRACTOR"
    name = "Copytaster"

    def __init__(self, options: ArrowOptions = DEFAULT_OPTIONS, exclusion_writer: Any = None) -> None:
        super().__init__()
        self.options = options
        self.exclusion_writer = exclusion_writer

    def run(self, data: Iterable[Any], rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Make the articles of a stream of documents, in order."""
        documents = iter(data)
        with self.exclusion_writer or contextlib.nullcontext() as writer:
            while batch := list(itertools.islice(documents, _DOCUMENTS)):
                with self.track_time("batch"):
                    records = read_record_batch(self._record_batch(batch), self.options).to_pylist()
                for document, record in zip(batch, records, strict=True):
                    self.stat_update(StatHints.total)
                    text = record.pop("text") or ""
                    document.metadata[METADATA_KEY] = {key: record[key] for key in record if key not in _OWN_FIELDS}
                    if record["error"] and writer:
                        self.stat_update(StatHints.dropped)
                        writer.write(document, rank)
                        continue
                    document.text = text
                    self.stat_update(StatHints.forwarded)
                    self.update_doc_stats(document)
                    yield document

    def _record_batch(self, documents: list[Any]) -> pa.RecordBatch:
        columns = self.options.columns
        texts = [_string(document.text) for document in documents]
        urls = [_string(document.metadata.get(columns.url)) for document in documents]
        return pa.RecordBatch.from_pydict({columns.text: texts, columns.url: urls})


def _string(value: Any) -> str | None:
    """A value as Arrow has strings: without lone surrogates, and null for what is no string."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else None
