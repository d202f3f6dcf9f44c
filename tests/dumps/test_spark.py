"""The function for Spark's mapInArrow, in a Spark that runs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import copytaster
from copytaster.model.limits import Limits

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")  # which Spark asks for
pytest.importorskip("pyspark", reason="pyspark is not installed")

from copytaster.dumps.arrow import SCHEMA, ArrowOptions, ColumnError, read_record_batch  # noqa: E402
from copytaster.dumps.spark import SPARK_SCHEMA, article_mapper  # noqa: E402

PAGES = 300
BAD = 123  # the page of them that is too long
# What Spark does with pandas is none of our calls.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="java is not installed")


def story(number: int) -> str:
    return (
        f"Home\nNews\nSport\n\nLock gate number {number} is mended\n\n"
        f"The keeper of lock {number} said that boats could pass again, after {number + 2} weeks of waiting.\n"
        "The gate had been struck by a barge in the night and would not close.\n\nMost read\nAbout us\n"
    )


def rows() -> list[dict[str, str]]:
    made = [
        {"id": f"page-{number}", "url": f"https://site{number}.example/", "text": story(number)}
        for number in range(PAGES)
    ]
    made[BAD]["text"] *= 30
    return made


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYSPARK_DRIVER_PYTHON", sys.executable)
        patch.setenv("OMP_NUM_THREADS", "1")
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.driver.host", "localhost").config("spark.log.level", "ERROR").getOrCreate()
        yield session
        session.stop()


@needs_java
def test_spark_gives_what_the_batch_function_gives(session: Any) -> None:
    options = ArrowOptions(prefer="recall", limits=Limits(max_lines=100))
    pages = session.createDataFrame(rows(), "id string, url string, text string").repartition(2)
    made = pages.mapInArrow(article_mapper(options), SPARK_SCHEMA).collect()
    expected = read_record_batch(pa.RecordBatch.from_pylist(rows()), options).to_pylist()
    found = {row["id"]: row.asDict(recursive=True) for row in made}
    assert len(made) == len(found) == PAGES
    assert found == {record["id"]: record for record in expected}
    assert [name for name, record in found.items() if record["error"]] == [f"page-{BAD}"]
    assert "lines, more than the 100" in found[f"page-{BAD}"]["error"]


@needs_java
def test_spark_has_the_same_schema(session: Any) -> None:
    from pyspark.sql.pandas.types import from_arrow_schema

    assert session.createDataFrame([], SPARK_SCHEMA).schema == from_arrow_schema(SCHEMA)


@needs_java
def test_the_example_writes_the_articles(scale_examples: list[str], tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()[:20]))
    (code,) = (code for code in scale_examples if "SparkSession" in code)
    (tmp_path / "run.py").write_text(code)
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=300
    )
    import pyarrow.parquet

    articles = pyarrow.parquet.read_table(tmp_path / "articles").to_pylist()
    assert {record["id"]: record["text"] for record in articles} == {
        row["id"]: copytaster.extract(row["text"]).text for row in rows()[:20]
    }


def test_a_large_batch_comes_out_in_parts_and_whole() -> None:
    batch = pa.RecordBatch.from_pydict({"text": ["A line"] * 1000, "id": [str(number) for number in range(1000)]})
    parts = list(article_mapper()([batch, batch.slice(0, 0)]))
    assert max(part.num_rows for part in parts) < 500
    assert [name for part in parts for name in part.column("id").to_pylist()] == batch.column("id").to_pylist()


def test_batches_are_taken_as_they_are_asked_for() -> None:
    batches = iter([pa.RecordBatch.from_pydict({"text": ["A line"]}), pa.RecordBatch.from_pydict({"content": ["B"]})])
    articles = article_mapper()(batches)
    assert next(articles).num_rows == 1
    with pytest.raises(ColumnError):
        next(articles)


def test_without_pyarrow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "copytaster.dumps.spark")
    with pytest.raises(ImportError, match=r"pip install 'copytaster\[spark\]'"):
        __import__("copytaster.dumps.spark")
