"""The commands: what they print, where, and the exit status."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from joblib import cpu_count
from typer.testing import CliRunner, Result

from copytaster import cli
from copytaster.dumps import FORMATS
from copytaster.labels import LABELS, Label, LabelledPage, Page, read_labelled
from copytaster.labels.guide import guide
from copytaster.model.article import Article, LabelledLine
from copytaster.model.classifier import SHIPPED

EXAMPLES = Path(__file__).parent.parent / "examples"
DUMPS = sorted((EXAMPLES / "dumps").glob("*.txt"))
BRIDGE = EXAMPLES / "dumps" / "news-cracked-bridge.txt"
HTML = "<!DOCTYPE html><html><head><title>A page</title></head><body><p>Text</p></body></html>"
COMMANDS = ["predict", "train", "evaluate", "guide"]


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=stdin, prog_name="copytaster")


class FakeClassifier:
    """Calls every line body, and fails on pages that say so."""

    fingerprint = "fake"

    def preferring(self, prefer: str | float) -> FakeClassifier:
        assert prefer == "balanced"
        return self

    def __init__(self) -> None:
        self.batches: list[int] = []

    def read(self, pages: Sequence[Page]) -> list[SimpleNamespace]:
        self.batches.append(len(pages))
        for page in pages:
            if "too difficult" in page.rows:
                raise KeyError("difficult")
        return [SimpleNamespace(page=page, lines=self._lines(page), article=Article()) for page in pages]

    @staticmethod
    def _lines(page: Page) -> list[LabelledLine]:
        certain = dict.fromkeys(LABELS, 0.0) | {Label.BODY: 1.0}
        return [LabelledLine(n, page.rows[n - 1].strip(), Label.BODY, 1.0, certain) for n in page.numbers]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeClassifier:
    classifier = FakeClassifier()
    monkeypatch.setattr(cli, "_load", lambda path: classifier)
    return classifier


@pytest.fixture
def not_a_model(tmp_path: Path) -> Path:
    path = tmp_path / "bad.npz"
    path.write_bytes(b"this is no archive")
    return path


# Without a model


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text_with_an_example_on_a_line_of_its_own(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"\n    copytaster {command}" in result.stdout


def test_the_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {command}" in result.stdout for command in COMMANDS)


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"copytaster {version('copytaster')}\n")


def test_python_m_is_the_same_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copytaster", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("copytaster ")


def test_help_waits_for_no_library_of_training_or_compilation(tmp_path: Path) -> None:
    code = "import sys, copytaster.cli; print({'sklearn', 'joblib', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_guide_shows_the_label_guide() -> None:
    result = run("guide")
    assert (result.exit_code, result.stdout) == (0, guide())


def test_the_formats_of_the_option_are_those_that_can_be_written() -> None:
    assert tuple(cli.Format) == FORMATS


@pytest.mark.parametrize(
    "arguments",
    [["predict", "nowhere.txt"], ["train", "nowhere", "-o", "{tmp}/mine.npz"], ["evaluate", "nowhere", "--folds", "2"]],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_path_is_a_usage_error_that_names_it(arguments: list[str], tmp_path: Path) -> None:
    result = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert result.exit_code == cli.USAGE
    assert "nowhere" in result.stderr
    assert "no such file" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict"],
        ["predict", str(BRIDGE), "--format", "pdf"],
        ["train", str(EXAMPLES / "labelled")],
        ["train", str(EXAMPLES / "labelled"), "-o", "no/such/folder/mine.npz"],
        ["evaluate", str(EXAMPLES / "labelled"), "--folds", "1"],
        ["evaluate", str(EXAMPLES / "labelled"), "--folds", "2", "--model", "mine.npz"],
        ["publish"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2_and_a_message(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == cli.USAGE
    assert result.stderr
    assert not result.stdout


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_an_unusable_model_file_has_status_3_and_is_named(command: str, not_a_model: Path) -> None:
    result = run(command, BRIDGE, "--model", not_a_model)
    assert result.exit_code == cli.MODEL_UNUSABLE
    assert "bad.npz" in result.stderr


@pytest.mark.parametrize("name", ["articles.pdf", "no/such/folder/articles.jsonl"])
def test_an_output_that_cannot_be_written_is_a_usage_error(name: str, fake: FakeClassifier, tmp_path: Path) -> None:
    result = run("predict", BRIDGE, "-o", tmp_path / name)
    assert result.exit_code == cli.USAGE
    assert Path(name).name in result.stderr
    assert not fake.batches


def test_a_page_that_fails_is_named_and_the_others_of_its_batch_are_written(
    fake: FakeClassifier, tmp_path: Path
) -> None:
    for name, text in [("a", "fine"), ("b", "too difficult"), ("c", "fine")]:
        (tmp_path / f"{name}.txt").write_text(text)
    result = run("predict", tmp_path, "-f", "jsonl")
    assert result.exit_code == cli.SOME_FAILED
    assert [Path(json.loads(row)["id"]).name for row in result.stdout.splitlines()] == ["a.txt", "c.txt"]
    assert "b.txt: Copytaster failed (KeyError" in result.stderr
    assert "2 pages, 1 failed" in result.stderr


def test_batches_are_limited_in_pages_rows_and_characters(fake: FakeClassifier, tmp_path: Path) -> None:
    records = ["short"] * 17 + ["long\n" * 4000] * 2 + ["wide " * 200_000 + "\nnew"] * 2
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in records))
    assert run("predict", path, "-f", "jsonl").exit_code == 0
    assert fake.batches == [16, 1, 1, 1, 1, 1]


def test_json_keys_can_be_named(fake: FakeClassifier, tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps({"content": "A line", "name": "one", "link": "https://a.example/"}) + "\n")
    result = run("predict", path, "-f", "json", "--text-key", "content", "--id-key", "name", "--url-key", "link")
    record = json.loads(result.stdout)
    assert (record["id"], record["url"], record["model"]) == ("one", "https://a.example/", "fake")


def test_html_is_named_and_the_other_pages_are_written(fake: FakeClassifier, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(HTML)
    result = run("predict", page, BRIDGE, "-f", "jsonl")
    assert result.exit_code == cli.SOME_FAILED
    assert "page.txt: this is HTML" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_no_progress_is_shown_where_standard_error_is_no_terminal(fake: FakeClassifier) -> None:
    assert run("predict", EXAMPLES, "-f", "jsonl").stderr == ""


def test_a_dump_with_a_list_of_links_can_be_labelled(tmp_path: Path) -> None:
    path = tmp_path / "lynx.txt"
    links = "".join(f"   {n}. https://a.example/{n}\n" for n in range(1, 4))
    path.write_text(f"   [1]Home [2]News\n\n   [3]A title\n\nReferences\n\n   Visible links:\n{links}", "utf-8")
    result = run("predict", str(path), "-f", "tsv")
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert sum("https://a.example" in row for row in rows) == 3
    assert len([row for row in rows if row and not row.startswith("#")]) == 7


def test_an_empty_result_is_no_riddle(tmp_path: Path) -> None:
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


# With the shipped model


@pytest.fixture(scope="module")
def records() -> dict[str, dict[str, object]]:
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


def test_one_page_is_a_json_object_and_several_are_an_array() -> None:
    one = json.loads(run("predict", BRIDGE, "-f", "json").stdout)
    two = json.loads(run("predict", BRIDGE, DUMPS[0], "-f", "json").stdout)
    assert isinstance(one, dict)
    assert two[0] == one
    assert len(two) == 2


def test_markdown_is_the_default_and_begins_with_the_headline(records: dict[str, dict[str, object]]) -> None:
    result = run("predict", BRIDGE)
    assert result.stdout.startswith(f"# {records['news-cracked-bridge']['headline']}\n")


def test_standard_input_gives_the_article_of_the_file() -> None:
    result = run("predict", "-", "-f", "text", stdin=BRIDGE.read_bytes())
    assert result.exit_code == 0
    assert result.stdout == run("predict", BRIDGE, "-f", "text").stdout != ""


def test_the_name_of_the_output_gives_the_format(records: dict[str, dict[str, object]], tmp_path: Path) -> None:
    output = tmp_path / "articles.jsonl"
    result = run("predict", BRIDGE, "-o", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(output.read_text("utf-8")) == records["news-cracked-bridge"]


def test_predicted_labels_can_be_read_as_labelled_pages(tmp_path: Path) -> None:
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


def test_evaluate_prints_a_table_or_json() -> None:
    table = run("evaluate", EXAMPLES / "labelled")
    record = run("evaluate", EXAMPLES / "labelled", "--json")
    assert (table.exit_code, record.exit_code) == (0, 0)
    assert all(label in table.stdout for label in LABELS)
    assert json.loads(record.stdout)


def test_evaluate_leaves_out_a_bad_file_and_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "good.tsv").write_bytes((EXAMPLES / "labelled" / "news-cracked-bridge.tsv").read_bytes())
    (tmp_path / "bad.tsv").write_text("headline\tA title\nadvert\tBuy this\n")
    result = run("evaluate", tmp_path)
    assert result.exit_code == cli.SOME_FAILED
    assert "bad.tsv:2" in result.stderr
    assert result.stdout


# Training


def test_a_model_trained_on_a_few_pages_reads_others(tmp_path: Path) -> None:
    model = tmp_path / "mine.npz"
    few = sorted((EXAMPLES / "labelled").glob("[lnr]*.tsv"))
    trained = run("train", *few, "-o", model)
    assert trained.exit_code == 0, trained.output
    assert f"{len(few)} pages" in trained.stdout
    result = run("predict", BRIDGE, "--model", model, "-f", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model"] in trained.stdout


def test_folds_and_jobs_reach_the_cross_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def cross_validate(pages: Sequence[LabelledPage], **options: object) -> SimpleNamespace:
        asked.update(options, pages=len(pages))
        return SimpleNamespace(record=lambda: {"macro F1": 1.0})

    monkeypatch.setattr("copytaster.training.evaluate.cross_validate", cross_validate)
    result = run("evaluate", EXAMPLES / "labelled", "--folds", "3", "--jobs", "2", "--json")
    assert json.loads(result.stdout) == {"macro F1": 1.0}
    assert (asked["pages"], asked["folds"], asked["jobs"]) == (len(DUMPS), 3, 2)


# Bad input

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


def test_bad_dumps_are_named_with_the_way_out_and_the_others_are_written(fake: FakeClassifier, tmp_path: Path) -> None:
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
        assert result.exit_code == cli.SOME_FAILED
        rows = (folder / "articles.jsonl").read_text("utf-8").splitlines()
        assert [Path(json.loads(row)["id"]).name for row in rows] == ["blank.txt", "empty.txt", "good.txt"]
        messages = result.stderr.splitlines()
        for name, (_, words) in BAD_DUMPS.items():
            assert any(name in message and words in message for message in messages), name
        assert any("gone.txt: cannot be read" in message for message in messages)
        assert messages[-1].startswith("3 pages, 10 failed")
    assert not list(folder.glob(".*"))


BAD_LABELS = {
    "wrong.tsv": (b"headline\tA title\nadvert\tBuy this\n", "wrong.tsv:2: 'advert' is not a label"),
    "no-tab.tsv": (b"headline A title\n", "no-tab.tsv:1: white space where the tab should be"),
    "dump.tsv": (b"A title\nSome text\n", "dump.tsv:1: no tab in 'A title'"),
    "empty.tsv": (b"", "empty.tsv:1: a page with no labelled lines"),
    "blank.tsv": (b"\n\n", "blank.tsv:1: a page with no labelled lines"),
    "binary.tsv": (bytes(range(256)), "binary.tsv:2: not UTF-8"),
    "html.tsv": (HTML.encode(), "html.tsv:1: no tab"),
    "cut.tsv.gz": (gzip.compress(b"body\tText\n" * 99)[:-9], "cut.tsv.gz: the gzip data end"),
    "lines.tsv": (b"body\tA line\n" * 40_001, "lines: the page has more than 40,000 lines"),
}


@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_labelled_pages_are_named_with_what_is_wrong(name: str, tmp_path: Path) -> None:
    data, message = BAD_LABELS[name]
    (tmp_path / name).write_bytes(data)
    result = run("train", tmp_path, "-o", tmp_path / "mine.npz")
    assert result.exit_code == cli.SOME_FAILED
    assert message in result.stderr
    assert not (tmp_path / "mine.npz").exists()


@pytest.mark.parametrize("length", [0, 100, 100_000, -1])
def test_a_model_file_cut_short_has_status_3_and_leaves_no_output(length: int, tmp_path: Path) -> None:
    (tmp_path / "cut.npz").write_bytes(SHIPPED.read_bytes()[:length])
    result = run("predict", BRIDGE, "--model", tmp_path / "cut.npz", "-o", tmp_path / "a.jsonl")
    assert result.exit_code == cli.MODEL_UNUSABLE
    assert "cut.npz: " in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cut.npz"]


def test_a_cache_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("train", EXAMPLES / "labelled", "-o", tmp_path / "mine.npz", "--cache", tmp_path / "file")
    assert result.exit_code == cli.USAGE
    assert "file: cannot be used as a cache" in result.stderr


def test_seed_cache_and_cores_reach_the_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, object] = {}

    def fit(pages: Sequence[LabelledPage], **options: object) -> SimpleNamespace:
        asked.update(options)
        return SimpleNamespace(save=lambda path: path.write_bytes(b"model"), fingerprint="fake")

    monkeypatch.setattr("copytaster.training.fit.fit", fit)
    result = run("train", EXAMPLES / "labelled", "-o", tmp_path / "mine.npz", "--seed", "7", "--cache", tmp_path / "c")
    assert result.exit_code == 0
    assert (asked["recipe"].seed, asked["cache"], asked["jobs"]) == (7, tmp_path / "c", cpu_count())
    assert f"--model {tmp_path / 'mine.npz'}" in result.stdout


@pytest.mark.parametrize("wish", ["speed", "1x2", "nan"])
def test_a_preference_that_is_none_is_a_usage_error(wish: str) -> None:
    result = run("predict", BRIDGE, "--prefer", wish)
    assert result.exit_code == cli.USAGE
    assert "--prefer" in result.stderr


def test_recall_keeps_what_precision_leaves_out() -> None:
    kept = [len(run("predict", BRIDGE, "--format", "text", "--prefer", wish).stdout) for wish in ("-4", "recall")]
    assert kept[0] < kept[1]
