"""Long runs of `predict`: workers, errors, logs, and what happens when a run is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from copytaster.commands import status

Run = Callable[..., Result]

STUBS = Path(__file__).parent / "dumps" / "stubs"
BAD = 700  # the page of the long input that is HTML
SLOW = 1800  # the one that is not done before a file is there
PAGES = 2600
# The command with the classifier of the stubs, in a process of its own.
STUBBED = """
import sys

sys.path.insert(0, sys.argv.pop(1))
import unruly

import copytaster.commands.predict
from copytaster.cli import app

copytaster.commands.predict.load_model = lambda path: unruly.Unruly()
copytaster.commands.predict.preferring = lambda classifier, prefer: classifier
app()
"""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="processes are stopped in another way on Windows")


@pytest.fixture
def unruly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a classifier in the place of the shipped one that sleeps and fails when a page says so."""
    monkeypatch.syspath_prepend(STUBS)
    import unruly

    class Preferring(unruly.Unruly):
        def preferring(self, prefer: str | float) -> Preferring:
            return self

    monkeypatch.setattr("copytaster.commands.predict.load_model", lambda path: Preferring())


def write(path: Path, texts: list[str]) -> Path:
    rows = ({"id": str(number), "text": text} for number, text in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_pages_that_fail_are_records_in_a_file_of_their_own(run: Run, unruly: None, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages.jsonl", ["fine", "fail", "<html><body>", "fine", "fail"])
    result = run("predict", pages, "-o", tmp_path / "a.jsonl", "--errors", tmp_path / "errors.jsonl")
    assert result.exit_code == status.SOME_FAILED
    (summary,) = result.stderr.splitlines()
    assert summary.startswith("2 pages, 3 failed (2 Copytaster failed, 1 this is HTML), in ")
    errors = [json.loads(row) for row in (tmp_path / "errors.jsonl").read_text().splitlines()]
    assert [(error["id"], error["kind"], error["offset"]) for error in errors] == [
        ("1", "failed", 2), ("2", "unreadable", 3), ("4", "failed", 5),
    ]  # fmt: skip
    assert all(error["source"] == pages.as_posix() and error["error"] for error in errors)


def test_a_page_over_the_time_limit_is_named(run: Run, unruly: None, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages.jsonl", ["fine", "sleep 600"])
    result = run("predict", pages, "-f", "jsonl", "--timeout", "0.2")
    assert result.exit_code == status.SOME_FAILED
    assert "1: took too long" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_a_log_of_json_says_what_the_messages_say(run: Run, unruly: None, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages.jsonl", ["fine", "fail"])
    result = run("predict", pages, "-f", "jsonl", "--log-json")
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert [event["event"] for event in events] == ["start", "error", "end"]
    assert events[0]["bytes_total"] == pages.stat().st_size
    assert (events[2]["pages"], events[2]["failed"]) == (2, 1)
    assert result.exit_code == status.SOME_FAILED


def test_a_run_into_a_file_is_summed_up_unless_quiet(run: Run, unruly: None, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages.jsonl", ["fine", ""])
    output = tmp_path / "a.jsonl"
    assert run("predict", pages, "-o", output).stderr.startswith("2 pages, 1 without an article, in ")
    assert run("predict", pages, "-o", output, "--quiet").stderr == ""


def test_a_few_pages_start_no_process(run: Run, unruly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copytaster.dumps.workers.Workers", None)
    pages = write(tmp_path / "pages.jsonl", ["fine"] * 16)
    assert run("predict", pages, "-f", "jsonl", "--workers", "8").exit_code == 0


def test_a_format_whose_package_is_missing_is_a_usage_error(
    run: Run, unruly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    pages = write(tmp_path / "pages.jsonl", ["fine"])
    result = run("predict", pages, "-o", tmp_path / "a.parquet")
    assert result.exit_code == status.USAGE
    assert "pip install" in result.stderr


def test_resuming_what_cannot_be_resumed_is_a_usage_error(run: Run, unruly: None) -> None:
    result = run("predict", "-", "-o", "a.jsonl", "--resume", stdin=b"text")
    assert result.exit_code == status.USAGE
    assert "standard input cannot be read again" in result.stderr


# Real runs, which are stopped


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an input of many pages, and what an undisturbed run makes of it.

    A run does not get past one of the pages before there is a file `go`, so that it can be stopped in time.
    """
    folder = tmp_path_factory.mktemp("long")
    texts = [f"Home\nNews\nThe bridge was closed on Monday, {number}." for number in range(PAGES)]
    texts[BAD] = "<html><body><p>"
    texts[SLOW] = "wait go"
    write(folder / "pages.jsonl", texts)
    (folder / "go").touch()
    done = subprocess.run([*command(folder), "--workers", "1"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == status.SOME_FAILED, done.stderr
    for name in ("a.jsonl.gz", "errors.jsonl"):
        (folder / name).rename(folder / f"expected-{name}")
    return folder


def command(folder: Path) -> list[str]:
    arguments = ["predict", "pages.jsonl", "-o", "a.jsonl.gz", "--errors", "errors.jsonl", "--timeout", "0"]
    return [sys.executable, "-c", STUBBED, str(STUBS), *arguments]


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run with two workers that has come to its first checkpoint and cannot come to its end."""
    (folder / "go").unlink()
    options: dict[str, Any] = {"cwd": folder, "stderr": subprocess.PIPE, "start_new_session": True}
    with subprocess.Popen([*command(folder), "--workers", "2"], **options) as process:
        journal = folder / ".a.jsonl.gz.part.json"
        while process.poll() is None and not (journal.exists() and is_checkpoint(journal.read_bytes())):
            time.sleep(0.005)
        assert process.poll() is None
        yield process
        process.kill()
    (folder / "go").touch()


def is_checkpoint(journal: bytes) -> bool:
    """Whether a journal ends with a whole checkpoint."""
    return journal.endswith(b"\n") and b"checkpoint" in journal.splitlines()[-1]


def resume(folder: Path) -> None:
    done = subprocess.run([*command(folder), "--resume"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == status.SOME_FAILED, done.stderr
    assert b"going on behind page " in done.stderr
    assert f"{PAGES - 1:,} pages, 1 failed (1 this is HTML)".encode() in done.stderr
    for name in ("a.jsonl.gz", "errors.jsonl"):
        assert (folder / name).read_bytes() == (folder / f"expected-{name}").read_bytes()
        (folder / name).unlink()
    assert not list(folder.glob(".*"))


@needs_signals
def test_ctrl_c_ends_it_at_once_and_says_how_to_go_on(long: Path) -> None:
    with started(long) as process:
        # To the workers too, as a terminal does it.
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == status.INTERRUPTED
    messages = stderr.decode().splitlines()
    assert len(messages) == 3, stderr
    assert "run the same command with --resume to go on" in messages[0]
    assert messages[1] == "copytaster: stopped"
    resume(long)


@needs_signals
def test_killed_it_goes_on_and_meanwhile_no_other_run_writes_the_same(long: Path) -> None:
    with started(long) as process:
        second = subprocess.run(command(long), cwd=long, capture_output=True, check=False)
        assert second.returncode == status.USAGE
        assert b"another run is writing it" in second.stderr
        process.kill()
    assert not (long / "a.jsonl.gz").exists()
    resume(long)
