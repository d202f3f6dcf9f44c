"""`copytaster labels import` and `export`: what is written, what is said, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import labels_exchange, status
from copytaster.labels import read_labelled
from copytaster.labels.labelstudio import CONFIG
from copytaster.labels.offsets import Unit
from copytaster.labels.tools import TOOLS
from copytaster.model.classifier import load

EXAMPLES = Path(__file__).parents[1] / "examples"
LABELLED = EXAMPLES / "labelled"
DUMP = EXAMPLES / "dumps" / "news-cracked-bridge.txt"
Run = Callable[..., Result]


def test_the_options_are_what_there_is() -> None:
    assert [str(name) for name in labels_exchange.ToolName] == list(TOOLS)
    assert [str(name) for name in labels_exchange.Offsets] == ["auto", *map(str, Unit)]


@pytest.mark.parametrize("tool", TOOLS)
def test_out_and_back_gives_the_same_files(run: Run, tool: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("labels", "export", LABELLED, "--to", tool, "-o", out).exit_code == 0
    result = run("labels", "import", out, "--from", tool, "-o", tmp_path / "pages")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"wrote 18 pages, 1,328 lines, to {tmp_path / 'pages'}\n"
    for file in LABELLED.glob("*.tsv"):
        assert (tmp_path / "pages" / file.name).read_bytes() == file.read_bytes()


def test_dumps_go_out_with_what_the_model_makes_of_them(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run("labels", "export", DUMP, "--dumps", "--to", "label-studio", "-o", out).exit_code == 0
    (task,) = json.loads(out.read_text("utf-8"))
    assert "annotations" not in task
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == f"copytaster-{load().fingerprint}"
    lines = [row for row in DUMP.read_text("utf-8").splitlines() if row.strip()]
    assert [region["value"]["text"] for region in prediction["result"]] == [line.strip() for line in lines]
    assert all(0.25 <= region["score"] <= 1 for region in prediction["result"])


@pytest.mark.parametrize("tool", ["doccano", "prodigy"])
def test_other_tools_get_them_as_labels_to_correct(run: Run, tool: str, tmp_path: Path) -> None:
    assert run("labels", "export", DUMP, "--dumps", "--to", tool, "-o", tmp_path / "out").exit_code == 0
    result = run("labels", "import", tmp_path / "out", "--from", tool, "-o", tmp_path / "pages")
    assert result.exit_code == 0
    (page,) = read_labelled(tmp_path / "pages")
    assert all(label for row, label in zip(page.page.rows, page.labels, strict=True) if row)


def test_predictions_stand_beside_the_labels(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    arguments = ["--to", "label-studio", "-o", out, "--predictions"]
    assert run("labels", "export", LABELLED, *arguments).exit_code == 0
    tasks = json.loads(out.read_text("utf-8"))
    assert all(task["annotations"] and task["predictions"] for task in tasks)


def test_a_task_a_line_for_prodigy(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert run("labels", "export", LABELLED, "--to", "prodigy", "--per-line", "-o", out).exit_code == 0
    assert len(out.read_text("utf-8").splitlines()) == 1328
    assert run("labels", "import", out, "--from", "prodigy", "-o", tmp_path / "pages").exit_code == 0
    assert "Cohen's kappa 1.000" in run("labels", "agree", LABELLED, tmp_path / "pages").stdout


def test_the_configuration_is_printed(run: Run) -> None:
    result = run("labels", "export", "--to", "label-studio", "--config")
    assert (result.exit_code, result.stdout) == (0, CONFIG)


def test_lines_that_are_not_clear_and_records_left_out_are_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    spans = [[0, 2, "nav"], [2, 4, "body"]]
    file.write_text(json.dumps({"text": "Menu\nRain", "label": spans}) + "\n" + json.dumps({"text": " "}) + "\n")
    result = run("labels", "import", file, "--from", "doccano", "-o", tmp_path / "pages", "--unlabelled", "nav")
    assert result.exit_code == status.SOME_FAILED
    assert "line 1: line 1 'Menu' has spans of nav and body that cover as much of it" in result.stderr
    assert "line 2 has no text; it is left out" in result.stderr
    (page,) = read_labelled(tmp_path / "pages")
    assert [str(label) for label in page.labels] == ["None", "nav"]


def test_an_unknown_label_names_the_record_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text(json.dumps({"text": "Menu", "label": [[0, 4, "Title"]]}))
    result = run("labels", "import", file, "--from", "doccano", "-o", tmp_path / "pages")
    assert result.exit_code == status.SOME_FAILED
    assert f"{file}: line 1: 'Title' is not a label" in result.stderr
    assert not (tmp_path / "pages").exists()
    arguments = ["--from", "doccano", "-o", tmp_path / "pages", "--rename", "Title=headline"]
    assert run("labels", "import", file, *arguments).exit_code == 0


def test_nothing_is_written_over_without_force(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("mine")
    arguments = ["labels", "export", LABELLED, "--to", "doccano", "-o", out]
    result = run(*arguments)
    assert (result.exit_code, out.read_text()) == (status.USAGE, "mine")
    assert "--force" in result.stderr
    assert run(*arguments, "--force").exit_code == 0
    back = ["labels", "import", out, "--from", "doccano", "-o", tmp_path / "pages"]
    assert run(*back).exit_code == 0
    assert run(*back).exit_code == status.USAGE
    assert run(*back, "--force").exit_code == 0


def test_a_hostile_id_stays_in_the_folder(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    record = {"text": "Menu", "label": [[0, 4, "nav"]], "page": {"id": "../../outside"}}
    file.write_text(json.dumps(record))
    assert run("labels", "import", file, "--from", "doccano", "-o", tmp_path / "a" / "pages").exit_code == 0
    assert [path.parent for path in tmp_path.rglob("*.tsv")] == [tmp_path / "a" / "pages"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "nowhere", "--from", "doccano", "-o", "x"],
        ["import", str(DUMP), "--from", "brat", "-o", "x"],
        ["import", str(DUMP), "--from", "doccano", "-o", str(DUMP)],
        ["import", str(DUMP), "--from", "doccano", "-o", "x", "--rename", "Title"],
        ["export", str(LABELLED), "--to", "doccano"],
        ["export", "--to", "doccano", "-o", "x"],
        ["export", str(LABELLED), "--to", "doccano", "-o", "x", "--config"],
        ["export", str(LABELLED), "--to", "doccano", "-o", "x", "--per-line"],
        ["export", str(LABELLED), "--to", "label-studio", "-o", "x", "--model", "m.npz"],
        ["export", str(LABELLED), "--to", "label-studio", "-o", "no/such/folder/x"],
        ["export", "nowhere", "--dumps", "--to", "label-studio", "-o", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2_and_a_message(run: Run, arguments: list[str]) -> None:
    result = run("labels", *arguments)
    assert result.exit_code == status.USAGE
    assert result.stderr
    assert "Traceback" not in result.stderr
