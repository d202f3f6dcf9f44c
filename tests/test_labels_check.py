"""`copytaster labels check` and `copytaster labels agree`: what they print and how they exit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import status
from copytaster.training import suspects
from copytaster.training.fit import TrainingError

EXAMPLES = Path(__file__).parents[1] / "examples" / "labelled"
BRIDGE = EXAMPLES / "news-cracked-bridge.tsv"
Run = Callable[..., Result]
COMMANDS = ["check", "agree", "import", "export", "align", "from-html", "restore"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text_with_an_example_and_its_exit_status(run: Run, command: str) -> None:
    result = run("labels", command, "--help")
    assert result.exit_code == 0
    assert f"\n    copytaster labels {command} " in result.stdout
    assert "Exit status: 0" in result.stdout


def test_the_group_names_them_all(run: Run) -> None:
    text = run("labels", "--help").stdout
    assert all(f"\n  {command} " in text for command in COMMANDS)


def test_help_waits_for_no_library_of_training(tmp_path: Path) -> None:
    code = "import sys, copytaster.commands.labels; print({'sklearn', 'joblib', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_examples_pass_and_the_report_says_what_judged_them(run: Run) -> None:
    result = run("labels", "check", EXAMPLES)
    assert result.exit_code == 0
    assert result.stdout.startswith("18 pages of 17 sites, 1,328 lines\n")
    assert "the shipped model, since the pages are of 17 sites only" in result.stdout


def test_a_wrong_label_is_found_with_its_file_and_line(run: Run, tmp_path: Path) -> None:
    rows = BRIDGE.read_text("utf-8").splitlines()
    number = next(n for n, row in enumerate(rows, 1) if row.startswith("body\t") and len(row) > 200)
    rows[number - 1] = rows[number - 1].replace("body", "nav", 1)
    (tmp_path / "page.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    result = run("labels", "check", tmp_path, "--json", "--model", EXAMPLES.parents[1] / "model" / "shipped.npz")
    found = [finding for finding in json.loads(result.stdout)["findings"] if finding["check"] == "label looks wrong"]
    assert found[0]["place"] == f"{tmp_path / 'page.tsv'}:{number}"
    assert (found[0]["label"], found[0]["likely"]) == ("nav", "body")


def test_no_model_means_no_judgement(run: Run) -> None:
    result = run("labels", "check", EXAMPLES, "--no-model")
    assert "looks wrong" not in result.stdout
    assert "labels not compared with a model" in result.stdout


def test_errors_have_status_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("headline\tRain\nbody\tIt rained.\n")
    result = run("labels", "check", tmp_path, "--no-model")
    assert result.exit_code == status.SOME_FAILED
    assert "no line is labelled teaser" in result.stdout


def test_a_split_that_leaks_is_an_error(run: Run) -> None:
    result = run("labels", "check", EXAMPLES, "--no-model", "--against", BRIDGE)
    assert result.exit_code == status.SOME_FAILED
    assert f"{BRIDGE}:" in result.stdout
    assert "site on both sides" in result.stdout
    assert "page on both sides" in result.stdout


def test_pages_that_cannot_be_read_are_named_and_the_others_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(BRIDGE.read_text("utf-8"), "utf-8")
    (tmp_path / "b.tsv").write_text("bodi\tRain\n")
    result = run("labels", "check", tmp_path, "--no-model")
    assert result.exit_code == status.SOME_FAILED
    assert "b.tsv:1: 'bodi' is not a label" in result.stderr
    assert result.stdout.startswith("1 page of 1 site")


def test_too_few_pages_to_train_on_are_judged_by_the_shipped_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise TrainingError("too few pages: no line labelled teaser")

    monkeypatch.setattr(suspects, "held_out_opinions", fail)
    monkeypatch.setattr(suspects, "ENOUGH_SITES", 5)
    result = run("labels", "check", EXAMPLES)
    assert result.exit_code == 0
    assert "the shipped model, since the pages do not suffice to train on (too few pages" in result.stdout
    result = run("labels", "check", EXAMPLES, "--folds", "2")
    assert result.exit_code == status.SOME_FAILED
    assert "leave --folds out" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "nowhere"],
        ["check", str(EXAMPLES), "--folds", "1"],
        ["check", str(EXAMPLES), "--folds", "2", "--no-model"],
        ["agree", str(EXAMPLES)],
        ["agree", str(EXAMPLES), "nowhere"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2_and_a_message(run: Run, arguments: list[str]) -> None:
    result = run("labels", *arguments)
    assert result.exit_code == status.USAGE
    assert result.stderr


def test_agreement_of_two_folders(run: Run, tmp_path: Path) -> None:
    rows = BRIDGE.read_text("utf-8").splitlines()
    number = next(n for n, row in enumerate(rows, 1) if row.startswith("body\t"))
    rows[number - 1] = "teaser" + rows[number - 1].removeprefix("body")
    (tmp_path / "mine.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    result = run("labels", "agree", BRIDGE, tmp_path)
    assert result.exit_code == 0
    assert "\n1 line on which they differ\n" in result.stdout
    assert f"{BRIDGE}:{number}: " in result.stdout
    assert f"teaser at {tmp_path / 'mine.tsv'}:{number}" in result.stdout
    record = json.loads(run("labels", "agree", BRIDGE, tmp_path, "--json").stdout)
    assert 0.9 < record["kappa"] < 1
    assert len(record["disagreements"]) == 1


def test_other_lines_cannot_be_compared(run: Run, tmp_path: Path) -> None:
    rows = BRIDGE.read_text("utf-8").splitlines()
    (tmp_path / "mine.tsv").write_text("\n".join(rows[:-1]) + "\n", "utf-8")
    result = run("labels", "agree", BRIDGE, tmp_path)
    assert result.exit_code == status.SOME_FAILED
    assert f"{BRIDGE}:{len(rows)}: line " in result.stderr
