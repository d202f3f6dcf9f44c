"""The commands `label` and `labels suggest`: what they print, and how they end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import status
from copytaster.labels import read_labelled

EXAMPLES = Path(__file__).parent.parent / "examples"
DUMPS = EXAMPLES / "dumps"

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize("command", [["label"], ["labels", "suggest"]])
def test_the_help_has_an_example_on_a_line_of_its_own(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"\n    copytaster {' '.join(command)} " in result.stdout


def test_the_group_names_its_commands(run: Run) -> None:
    assert "suggest" in run("labels", "--help").stdout


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_a_page_is_labelled_over_http_and_ctrl_c_ends_it_with_everything_saved(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    shutil.copy(DUMPS / "news-cracked-bridge.txt", folder)
    command = [sys.executable, "-m", "copytaster", "label", "pages", "--no-browser"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1 page to label at\n"
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{40}", url)
        base = url.partition("/?")[0]
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with opener.open(url) as response:
            assert b'id="lines"' in response.read()
        with opener.open(f"{base}/pages") as response:
            (listed,) = json.load(response)["pages"]
        with opener.open(f"{base}/pages/{listed['key']}") as response:
            page = json.load(response)
        body = json.dumps({"version": page["version"], "marks": page["marks"], "done": True}).encode()
        with opener.open(urllib.request.Request(f"{base}/pages/{page['key']}", body, method="PUT")) as response:
            assert json.load(response)["done"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.endswith("ended; 1 of 1 page done\n")
    assert err == ""
    (labelled,) = read_labelled(folder)
    assert len([label for label in labelled.labels if label]) == len(labelled.page.numbers)


@pytest.mark.parametrize(
    ("arguments", "exit_status", "message"),
    [
        (["nowhere"], status.USAGE, "no such file"),
        (["crawl.jsonl"], status.USAGE, "-o"),
        (["blank.txt"], status.SOME_FAILED, "nothing to label"),
        (["page.txt", "-o", "blank.txt"], status.USAGE, "give a folder"),
        (["page.txt", "--model", "blank.txt"], status.MODEL_UNUSABLE, "blank.txt"),
        (["page.txt", "--port", "0"], status.USAGE, "port"),
    ],
)
def test_what_cannot_be_opened_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], exit_status: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blank.txt").write_text("\n")
    (tmp_path / "page.txt").write_text("A title\n")
    (tmp_path / "crawl.jsonl").write_text('{"text": "A title"}\n')
    result = run("label", *arguments, "--no-browser")
    assert result.exit_code == exit_status
    assert message in result.stderr


def test_without_the_extra_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("copytaster.desk.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run("label", DUMPS, "--no-browser")
    assert result.exit_code == status.USAGE
    assert "pip install 'copytaster[desk]'" in result.stderr


def test_suggest_prints_the_pages_in_order_as_a_table_or_json(run: Run) -> None:
    table = run("labels", "suggest", DUMPS, "--top", "5")
    assert table.exit_code == 0
    rows = [re.split(r"\s{2,}", row) for row in table.stdout.splitlines()]
    assert len(rows) == 5
    records = json.loads(run("labels", "suggest", DUMPS, "--json").stdout)
    assert len(records) == len(list(DUMPS.glob("*.txt")))
    assert [record["id"] for record in records[:5]] == [row[1] for row in rows]
    assert [record["score"] for record in records[:5]] == pytest.approx([float(row[0]) for row in rows], abs=1e-3)
    assert all("lines doubtful" in record["why"] for record in records)


def test_suggest_puts_what_is_like_labelled_pages_later(run: Run, tmp_path: Path) -> None:
    (first, *_) = json.loads(run("labels", "suggest", DUMPS, "--json").stdout)
    name = Path(first["id"]).stem
    (again, *others) = json.loads(
        run("labels", "suggest", DUMPS, "--json", "--labelled", EXAMPLES / "labelled" / f"{name}.tsv").stdout
    )
    same = next(record for record in [again, *others] if record["id"] == first["id"])
    assert same["score"] < first["score"]
    assert "layout seen once" in same["why"]


def test_suggest_names_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("A title\n")
    (tmp_path / "page.txt").write_text("headline\tA title\nbody\tText\n" * 50)
    result = run("labels", "suggest", tmp_path)
    assert result.exit_code == status.SOME_FAILED
    assert "this is a labelled page" in result.stderr
    assert "good.txt" in result.stdout
    assert run("labels", "suggest", "nowhere").exit_code == status.USAGE
