"""The command `predict`: what it writes, what it says, and the exit status."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from copytaster.commands import status
from copytaster.labels import Page, read_labelled
from copytaster.model.classifier import SHIPPED

EXAMPLES = Path(__file__).parent.parent / "examples"
DUMPS = sorted((EXAMPLES / "dumps").glob("*.txt"))
BRIDGE = EXAMPLES / "dumps" / "news-cracked-bridge.txt"
HTML = "<!DOCTYPE html><html><head><title>A page</title></head><body><p>Text</p></body></html>"

Run = Callable[..., Result]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A classifier of `stubs/fake.py`, which worker processes can import too."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "stubs")
    from fake import FakeClassifier

    classifier = FakeClassifier()
    monkeypatch.setattr("copytaster.commands.predict.load_model", lambda path: classifier)
    return classifier


@pytest.mark.parametrize("name", ["articles.pdf", "no/such/folder/articles.jsonl"])
def test_an_output_that_cannot_be_written_is_a_usage_error(run: Run, name: str, fake: Any, tmp_path: Path) -> None:
    result = run("predict", BRIDGE, "-o", tmp_path / name)
    assert result.exit_code == status.USAGE
    assert Path(name).name in result.stderr
    assert not fake.batches


def test_a_page_that_fails_is_named_and_the_others_of_its_batch_are_written(
    run: Run, fake: Any, tmp_path: Path
) -> None:
    for name, text in [("a", "fine"), ("b", "too difficult"), ("c", "fine")]:
        (tmp_path / f"{name}.txt").write_text(text)
    result = run("predict", tmp_path, "-f", "jsonl")
    assert result.exit_code == status.SOME_FAILED
    assert [Path(json.loads(row)["id"]).name for row in result.stdout.splitlines()] == ["a.txt", "c.txt"]
    assert "b.txt: Copytaster failed (KeyError" in result.stderr
    assert "2 pages, 1 failed" in result.stderr


def test_json_keys_can_be_named(run: Run, fake: Any, tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps({"content": "A line", "name": "one", "link": "https://a.example/"}) + "\n")
    result = run("predict", path, "-f", "json", "--text-key", "content", "--id-key", "name", "--url-key", "link")
    record = json.loads(result.stdout)
    assert (record["id"], record["url"], record["model"]) == ("one", "https://a.example/", "fake")


def test_html_is_named_and_the_other_pages_are_written(run: Run, fake: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(HTML)
    result = run("predict", page, BRIDGE, "-f", "jsonl")
    assert result.exit_code == status.SOME_FAILED
    assert "page.txt: this is HTML" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_no_progress_is_shown_where_standard_error_is_no_terminal(run: Run, fake: Any) -> None:
    assert run("predict", EXAMPLES, "-f", "jsonl").stderr == ""


def test_a_dump_with_a_list_of_links_can_be_labelled(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lynx.txt"
    links = "".join(f"   {n}. https://a.example/{n}\n" for n in range(1, 4))
    path.write_text(f"   [1]Home [2]News\n\n   [3]A title\n\nReferences\n\n   Visible links:\n{links}", "utf-8")
    result = run("predict", str(path), "-f", "tsv")
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert sum("https://a.example" in row for row in rows) == 3
    assert len([row for row in rows if row and not row.startswith("#")]) == 7


def test_an_empty_result_is_no_riddle(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "blank.txt"
    path.write_text("\n\n", "utf-8")
    result = run("predict", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no article found" in result.stderr
    assert run("predict", str(path), "--quiet").stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way on Windows")
def test_a_reader_that_stops_early_ends_predict_quietly(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text((json.dumps({"text": "A line of text\n" * 20}) + "\n") * 3000)
    command = [sys.executable, "-m", "copytaster", "predict", str(path), "-f", "tsv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def records(run: Run) -> dict[str, dict[str, object]]:
    """What `predict` makes of the examples, by the dump's name."""
    result = run("predict", EXAMPLES, "-f", "jsonl")
    assert result.exit_code == 0, result.stderr
    return {Path(record["id"]).stem: record for record in map(json.loads, result.stdout.splitlines())}


def test_a_folder_gives_a_record_for_each_dump_in_order(records: dict[str, dict[str, object]]) -> None:
    assert list(records) == [path.stem for path in DUMPS]


def test_an_article_has_its_headline_and_its_text(records: dict[str, dict[str, object]]) -> None:
    (page,) = read_labelled(EXAMPLES / "labelled" / "news-cracked-bridge.tsv")
    headlines = {row.strip() for row, label in zip(page.page.rows, page.labels, strict=True) if label == "headline"}
    record = records["news-cracked-bridge"]
    assert record["headline"] in headlines
    assert record["paragraphs"]


def test_one_page_is_a_json_object_and_several_are_an_array(run: Run) -> None:
    one = json.loads(run("predict", BRIDGE, "-f", "json").stdout)
    two = json.loads(run("predict", BRIDGE, DUMPS[0], "-f", "json").stdout)
    assert isinstance(one, dict)
    assert two[0] == one
    assert len(two) == 2


def test_markdown_is_the_default_and_begins_with_the_headline(run: Run, records: dict[str, dict[str, object]]) -> None:
    result = run("predict", BRIDGE)
    assert result.stdout.startswith(f"# {records['news-cracked-bridge']['headline']}\n")


def test_standard_input_gives_the_article_of_the_file(run: Run) -> None:
    result = run("predict", "-", "-f", "text", stdin=BRIDGE.read_bytes())
    assert result.exit_code == 0
    assert result.stdout == run("predict", BRIDGE, "-f", "text").stdout != ""


def test_the_name_of_the_output_gives_the_format(
    run: Run, records: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    output = tmp_path / "articles.jsonl"
    result = run("predict", BRIDGE, "-o", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(output.read_text("utf-8")) == records["news-cracked-bridge"]


def test_predicted_labels_can_be_read_as_labelled_pages(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "labels.tsv"
    assert run("predict", EXAMPLES / "dumps", "-o", output).exit_code == 0
    pages = list(read_labelled(output))
    assert [page.page.rows for page in pages] == [Page.from_text(path.read_text("utf-8")).rows for path in DUMPS]


def test_predict_imports_no_scikit_learn(tmp_path: Path) -> None:
    code = (
        "import sys; from copytaster.cli import app;"
        "app(['predict', sys.argv[1], '-q'], standalone_mode=False); print('sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(BRIDGE)], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.endswith("\nFalse\n")


BAD_DUMPS = {
    "html.txt": (HTML.encode(), "this is HTML"),
    "binary.txt": (bytes(range(256)) * 20, "binary"),
    "line.txt": (b"word " * 10_000_000, "--max-chars"),
    "million.txt": (b"A line\n" * 1_000_000, "--max-chars"),
    "lines.txt": (b"A line\n" * 40_001, "--max-lines"),
    "cut.txt.gz": (gzip.compress(b"Some text " * 99)[:-9], "truncated"),
    "cut.warc.wet.gz": (gzip.compress(b"WARC/1.0\r\n" * 99)[:-9], "truncated"),
    "no-json.jsonl": (b'{"text": "cut sh', "not JSON"),
    "no-text.jsonl": (b'{"content": "A line"}', "which key"),
}


def test_bad_dumps_are_named_with_the_way_out_and_the_others_are_written(run: Run, fake: Any, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    for name, (data, _) in BAD_DUMPS.items():
        (folder / name).write_bytes(data)
    (folder / "gone.txt").symlink_to(tmp_path / "nowhere")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.txt").write_bytes(b"\n \n\n")
    (folder / "good.txt").write_bytes(BRIDGE.read_bytes())
    for _ in range(2):  # the second time with the output of the first in the folder
        result = run("predict", folder, "-o", folder / "articles.jsonl")
        assert result.exit_code == status.SOME_FAILED
        rows = (folder / "articles.jsonl").read_text("utf-8").splitlines()
        assert [Path(json.loads(row)["id"]).name for row in rows] == ["blank.txt", "empty.txt", "good.txt"]
        messages = result.stderr.splitlines()
        for name, (_, words) in BAD_DUMPS.items():
            assert any(name in message and words in message for message in messages), name
        assert any("gone.txt: cannot be read" in message for message in messages)
        assert messages[-1].startswith("3 pages, 10 failed")
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("length", [0, 100, 100_000, -1])
def test_a_model_file_cut_short_has_status_3_and_leaves_no_output(run: Run, length: int, tmp_path: Path) -> None:
    (tmp_path / "cut.npz").write_bytes(SHIPPED.read_bytes()[:length])
    result = run("predict", BRIDGE, "--model", tmp_path / "cut.npz", "-o", tmp_path / "a.jsonl")
    assert result.exit_code == status.MODEL_UNUSABLE
    assert "cut.npz: " in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cut.npz"]


@pytest.mark.parametrize("wish", ["speed", "1x2", "nan"])
def test_a_preference_that_is_none_is_a_usage_error(run: Run, wish: str) -> None:
    result = run("predict", BRIDGE, "--prefer", wish)
    assert result.exit_code == status.USAGE
    assert "--prefer" in result.stderr


def test_recall_keeps_what_precision_leaves_out(run: Run) -> None:
    kept = [len(run("predict", BRIDGE, "--format", "text", "--prefer", wish).stdout) for wish in ("-4", "recall")]
    assert kept[0] < kept[1]
