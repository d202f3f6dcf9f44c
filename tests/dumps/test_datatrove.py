"""The datatrove step, in pipelines that run."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import copytaster
from copytaster.dumps.records import JsonKeys
from copytaster.model.limits import Limits

pytest.importorskip("orjson", reason="orjson is not installed")
pytest.importorskip("datatrove", reason="datatrove is not installed")

from datatrove.data import Document
from datatrove.executor.ray import RayPipelineExecutor

from copytaster.dumps.arrow import ArrowOptions
from copytaster.dumps.datatrove import METADATA_KEY, ArticleStep

PROGRAM = "<!DOCTYPE html><html><body><p>Not a dump</p></body></html>"

# What Slurm's programs do, on the spot: a task array of two, each started by srun. The job that only adds up statistics
# is not run.
SLURM = {
    "sbatch": """#!/bin/bash
for script; do :; done
if grep -q launch_pickled_pipeline "$script"; then
  for task in 0 1; do SLURM_NODELIST=localhost SLURM_ARRAY_TASK_ID=$task bash "$script" >&2 || exit; done
fi
echo Submitted batch job 1
""",
    "srun": """#!/bin/bash
while [ "$1" != launch_pickled_pipeline ]; do shift; done
exec "$@"
""",
    "scontrol": "#!/bin/bash\necho localhost\n",
}


def example(examples: list[str], word: str) -> str:
    (code,) = (code for code in examples if word in code)
    return code


def run(folder: Path, **environment: str) -> None:
    """Run the script in a folder to its end."""
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def written(folder: Path) -> dict[str, dict[str, Any]]:
    """The documents in a folder, by id."""
    files = [gzip.decompress(path.read_bytes()).decode() for path in folder.glob("*.jsonl.gz")]
    return {record["id"]: record for file in files for record in map(json.loads, file.splitlines())}


def write_pages(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir()
    records = [
        json.dumps({"id": name, "text": text, "url": f"https://{name}.example/"}) for name, text in texts.items()
    ]
    for number in range(2):
        (folder / f"{number}.jsonl").write_text("\n".join(records[number::2]) + "\n")


def wet_record(name: str, text: str) -> bytes:
    body = text.encode()
    head = f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://{name}.example/\r\n"
    head += f"WARC-Record-ID: <urn:{name}>\r\nContent-Length: {len(body)}\r\n\r\n"
    return gzip.compress(head.encode() + body + b"\r\n\r\n")


def test_the_example_writes_the_articles_and_sets_the_failed_aside(
    scale_examples: list[str], example_texts: dict[str, str], tmp_path: Path
) -> None:
    write_pages(tmp_path / "pages", example_texts | {"bad": PROGRAM})
    (tmp_path / "run.py").write_text(example(scale_examples, "LocalPipelineExecutor"))
    run(tmp_path)
    assert {path.name for path in (tmp_path / "articles").iterdir()} == {"00000.jsonl.gz", "00001.jsonl.gz"}
    articles, failed = written(tmp_path / "articles"), written(tmp_path / "failed")
    assert {name: record.get("text", "") for name, record in articles.items()} == {
        name: copytaster.extract(text).text for name, text in example_texts.items()
    }
    assert failed.keys() == {"bad"}
    assert failed["bad"]["text"] == PROGRAM
    assert "HTML" in failed["bad"]["metadata"][METADATA_KEY]["error"]
    stats = json.loads((tmp_path / "logs" / "stats.json").read_text())[1]["stats"]
    counts = {name: stat["total"] if isinstance(stat, dict) else stat for name, stat in stats.items()}
    assert (counts["total"], counts["forwarded"], counts["dropped"]) == (len(example_texts) + 1, len(example_texts), 1)


def test_the_slurm_example_reads_wet_files_in_its_tasks(
    scale_examples: list[str], example_texts: dict[str, str], tmp_path: Path
) -> None:
    for folder in ("crawl", "bin", "venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in example_texts.items():
        data = wet_record(name, text) + wet_record(f"{name}-html", PROGRAM)
        (tmp_path / f"crawl/{name}.warc.wet.gz").write_bytes(data)
    (tmp_path / "venv/bin/activate").write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    for name, script in SLURM.items():
        (tmp_path / "bin" / name).write_text(script)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "run.py").write_text(example(scale_examples, "Slurm").replace("tasks=10_000", "tasks=2"))
    run(tmp_path, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert {path.name for path in (tmp_path / "articles").iterdir()} == {"00000.jsonl.gz", "00001.jsonl.gz"}
    articles = written(tmp_path / "articles")
    assert {name: record.get("text", "") for name, record in articles.items()} == {
        f"urn:{name}": copytaster.extract(text).text for name, text in example_texts.items()
    }
    assert articles["urn:live-blog-storm"]["metadata"]["url"] == "https://live-blog-storm.example/"
    assert "urn:live-blog-storm-html: this is HTML" in "".join(
        path.read_text() for path in (tmp_path / "logs" / "logs").iterdir()
    )


def test_the_ray_example_builds_its_executor(
    scale_examples: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    launched: list[Any] = []
    monkeypatch.setattr(RayPipelineExecutor, "run", lambda executor: launched.append(executor))
    exec(compile(example(scale_examples, "Ray"), "<docs/scale.md>", "exec"), {"__name__": "__main__"})
    assert [type(step).__name__ for step in launched[0].pipeline] == ["JsonlReader", "ArticleStep", "JsonlWriter"]


def test_a_document_keeps_its_id_and_metadata_and_gets_the_article(example_texts: dict[str, str]) -> None:
    text = example_texts["news-cracked-bridge"]
    (document,) = ArticleStep().run([Document(text, "7", metadata={"url": "https://a.example/", "dump": "d"})])
    article = copytaster.extract(text)
    assert (document.id, document.text) == ("7", article.text)
    fields = document.metadata.pop(METADATA_KEY)
    assert document.metadata == {"url": "https://a.example/", "dump": "d"}
    assert fields["headline"] == article.headline
    assert fields["paragraphs"] == article.paragraphs
    assert fields["model"] == copytaster.load().fingerprint
    assert fields["error"] is None
    assert not fields.keys() & {"id", "url", "text"}


def test_without_a_writer_a_failed_document_goes_on_empty_with_the_reason() -> None:
    documents = [Document("A line\n", "a"), Document("B\nB\nB\n", "b"), Document("C line\n", "c")]
    made = list(ArticleStep(ArrowOptions(limits=Limits(max_lines=2))).run(documents))
    assert [document.id for document in made] == ["a", "b", "c"]
    errors = [document.metadata[METADATA_KEY]["error"] for document in made]
    assert errors[0] is errors[2] is None
    assert "3 lines" in errors[1]
    assert made[1].text == ""


@pytest.mark.parametrize("text", [None, 5, ["a"]])
def test_a_document_whose_text_is_no_string_fails(text: Any) -> None:
    (document,) = ArticleStep().run([Document(text, "a", metadata={"url": 7})])
    assert "must be a string" in document.metadata[METADATA_KEY]["error"]


def test_lone_surrogates_do_no_harm() -> None:
    text = "The bridge will close \ud800 on Monday.\n"
    expected = text.replace("\ud800", "\ufffd")
    made = ArticleStep().run([Document(text, "\udfff", metadata={"url": "\udfff"}), Document(expected, "b")])
    first, second = (document.metadata[METADATA_KEY] for document in made)
    assert first == second


def test_the_url_is_the_metadata_of_the_name_in_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    step = ArticleStep(ArrowOptions(columns=JsonKeys(url="link")))
    read = copytaster.Classifier.read
    monkeypatch.setattr(
        copytaster.Classifier, "read", lambda self, pages: seen.extend(page.url for page in pages) or read(self, pages)
    )
    list(step.run([Document("A line", "a", metadata={"link": "https://a.example/", "url": "no"})]))
    assert seen == ["https://a.example/"]


def test_documents_are_taken_as_they_are_asked_for() -> None:
    taken = iter(range(100_000))
    first = next(iter(ArticleStep().run(Document(f"Line {number}\n", str(number)) for number in taken)))
    assert first.id == "0"
    assert next(taken) <= 1000


def test_without_datatrove_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datatrove.pipeline.base", None)
    monkeypatch.delitem(sys.modules, "copytaster.dumps.datatrove")
    with pytest.raises(ImportError, match=r"pip install 'copytaster\[datatrove\]'"):
        __import__("copytaster.dumps.datatrove")
