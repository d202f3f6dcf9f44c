"""The commands: what they print, where, and the exit status. `predict` has tests of its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from joblib import cpu_count
from typer.testing import Result

from copytaster.commands import status
from copytaster.commands.predict import Format
from copytaster.dumps import FORMATS
from copytaster.labels import LABELS, LabelledPage
from copytaster.labels.guide import guide
from copytaster.model.classifier import load

EXAMPLES = Path(__file__).parent.parent / "examples"
DUMPS = sorted((EXAMPLES / "dumps").glob("*.txt"))
BRIDGE = EXAMPLES / "dumps" / "news-cracked-bridge.txt"
HTML = "<!DOCTYPE html><html><head><title>A page</title></head><body><p>Text</p></body></html>"
COMMANDS = ["predict", "label", "train", "evaluate", "guide"]

Run = Callable[..., Result]


@pytest.fixture
def not_a_model(tmp_path: Path) -> Path:
    path = tmp_path / "bad.npz"
    path.write_bytes(b"this is no archive")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text_with_an_example_on_a_line_of_its_own(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"\n    copytaster {command}" in result.stdout


def test_the_help_names_every_command(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {command}" in result.stdout for command in COMMANDS)


def test_the_version_is_that_of_the_installed_package(run: Run) -> None:
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


def test_guide_shows_the_label_guide(run: Run) -> None:
    result = run("guide")
    assert (result.exit_code, result.stdout) == (0, guide())


def test_the_formats_of_the_option_are_those_that_can_be_written() -> None:
    assert tuple(Format) == FORMATS


@pytest.mark.parametrize(
    "arguments",
    [["predict", "nowhere.txt"], ["train", "nowhere", "-o", "{tmp}/mine.npz"], ["evaluate", "nowhere", "--folds", "2"]],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_path_is_a_usage_error_that_names_it(run: Run, arguments: list[str], tmp_path: Path) -> None:
    result = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert result.exit_code == status.USAGE
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
        ["evaluate", str(EXAMPLES / "labelled"), "--cache", "measured"],
        ["evaluate", str(EXAMPLES / "labelled"), "--folds", "2", "--learning-curve"],
        ["evaluate", str(EXAMPLES / "labelled"), "--report", "no/such/folder/report.html"],
        ["publish"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2_and_a_message(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == status.USAGE
    assert result.stderr
    assert not result.stdout


@pytest.mark.parametrize("command", ["predict", "train", "evaluate"])
def test_an_empty_folder_is_a_usage_error_in_every_command(run: Run, command: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(command, empty, EXAMPLES, "-o", tmp_path / "out.npz") if command == "train" else run(command, empty)
    assert result.exit_code == status.USAGE
    assert f"{empty}: " in result.stderr
    assert "are called *." in result.stderr


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_an_unusable_model_file_has_status_3_and_is_named(run: Run, command: str, not_a_model: Path) -> None:
    result = run(command, BRIDGE, "--model", not_a_model)
    assert result.exit_code == status.MODEL_UNUSABLE
    assert "bad.npz" in result.stderr


def test_evaluate_prints_a_table_or_json(run: Run) -> None:
    table = run("evaluate", EXAMPLES / "labelled")
    record = run("evaluate", EXAMPLES / "labelled", "--json")
    assert (table.exit_code, record.exit_code) == (0, 0)
    assert all(label in table.stdout for label in LABELS)
    assert json.loads(record.stdout)


def test_evaluate_leaves_out_a_bad_file_and_names_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.tsv").write_bytes((EXAMPLES / "labelled" / "news-cracked-bridge.tsv").read_bytes())
    (tmp_path / "bad.tsv").write_text("headline\tA title\nadvert\tBuy this\n")
    result = run("evaluate", tmp_path)
    assert result.exit_code == status.SOME_FAILED
    assert "bad.tsv:2" in result.stderr
    assert result.stdout


def test_a_model_trained_on_a_few_pages_reads_others(run: Run, tmp_path: Path) -> None:
    model = tmp_path / "mine.npz"
    few = sorted((EXAMPLES / "labelled").glob("[lnr]*.tsv"))
    trained = run("train", *few, "-o", model)
    assert trained.exit_code == 0, trained.output
    assert f"{len(few)} pages" in trained.stdout
    result = run("predict", BRIDGE, "--model", model, "-f", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model"] in trained.stdout


def test_folds_and_jobs_reach_the_cross_validation(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def cross_validate(pages: Sequence[LabelledPage], **options: object) -> SimpleNamespace:
        asked.update(options, pages=len(pages))
        return SimpleNamespace(record=lambda: {"macro F1": 1.0})

    monkeypatch.setattr("copytaster.training.evaluate.cross_validate", cross_validate)
    result = run("evaluate", EXAMPLES / "labelled", "--folds", "3", "--jobs", "2", "--cache", "measured", "--json")
    assert json.loads(result.stdout) == {"macro F1": 1.0}
    assert (asked["pages"], asked["folds"], asked["jobs"]) == (len(DUMPS), 3, 2)
    assert asked["cache"] == Path("measured")
    assert asked["baseline"] is load()


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
def test_bad_labelled_pages_are_named_with_what_is_wrong(run: Run, name: str, tmp_path: Path) -> None:
    data, message = BAD_LABELS[name]
    (tmp_path / name).write_bytes(data)
    result = run("train", tmp_path, "-o", tmp_path / "mine.npz")
    assert result.exit_code == status.SOME_FAILED
    assert message in result.stderr
    assert not (tmp_path / "mine.npz").exists()


def test_a_cache_that_cannot_be_used_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("train", EXAMPLES / "labelled", "-o", tmp_path / "mine.npz", "--cache", tmp_path / "file")
    assert result.exit_code == status.USAGE
    assert "file: cannot be used as a cache" in result.stderr


def test_seed_cache_and_cores_reach_the_training(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, object] = {}

    def train(pages: Sequence[LabelledPage], **options: object) -> SimpleNamespace:
        asked.update(options)
        saved = SimpleNamespace(save=lambda path: path.write_bytes(b"model"), fingerprint="fake")
        return SimpleNamespace(classifier=saved)

    monkeypatch.setattr("copytaster.training.fit.train", train)
    monkeypatch.setattr("copytaster.training.heldout.beside", lambda training, other: None)
    result = run("train", EXAMPLES / "labelled", "-o", tmp_path / "mine.npz", "--seed", "7", "--cache", tmp_path / "c")
    assert result.exit_code == 0
    assert (asked["recipe"].seed, asked["cache"], asked["jobs"]) == (7, tmp_path / "c", cpu_count())
    assert f"--model {tmp_path / 'mine.npz'}" in result.stdout
