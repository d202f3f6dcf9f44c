"""`copytaster evaluate --report`: what is checked before the work, and what is written."""

from __future__ import annotations

import errno
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import status

LABELLED = Path(__file__).parent.parent / "examples" / "labelled"
FEW = sorted(LABELLED.glob("[lnr]*.tsv"))

Run = Callable[..., Result]


@pytest.fixture
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("pages were read before the output was checked")

    monkeypatch.setattr("copytaster.commands.evaluate.labelled_pages", read)


def test_a_report_is_written_beside_the_table(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    result = run("evaluate", *FEW, "--report", path)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].split() == [
        "pages", "macro", "headline", "body", "teaser", "nav", "title", "words",
    ]  # fmt: skip
    assert f"wrote {path}: " in result.stdout
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert f"{len(FEW)} pages of" in page
    assert list(tmp_path.iterdir()) == [path]


def test_folds_and_growing_shares_of_their_sites_are_in_the_report(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    result = run(
        "evaluate", LABELLED, "--folds", "2", "--learning-curve", "--report", path, "--cache", tmp_path / "c", "--json"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("{")
    assert "wrote" in result.stderr
    page = path.read_text("utf-8")
    assert "2 folds by site" in page
    assert "this model less the shipped one" in page
    assert '<th scope="row">12.5%</th>' in page
    assert '<th scope="row">100.0%</th>' in page


@pytest.mark.usefixtures("_nothing_is_read")
def test_without_matplotlib_the_extra_is_named_before_anything_is_measured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("evaluate", LABELLED, "--report", tmp_path / "report.html")
    assert result.exit_code == status.USAGE
    assert "pip install 'copytaster[report]'" in result.stderr


@pytest.mark.usefixtures("_nothing_is_read")
@pytest.mark.parametrize("name", ["", "no/such/folder/report.html"])
def test_a_report_that_is_no_file_in_a_folder_is_a_usage_error(run: Run, tmp_path: Path, name: str) -> None:
    result = run("evaluate", LABELLED, "--report", tmp_path / name)
    assert result.exit_code == status.USAGE
    assert "give a file in a folder that exists" in result.stderr


@pytest.mark.usefixtures("_nothing_is_read")
def test_a_folder_that_cannot_be_written_is_found_at_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    result = run("evaluate", LABELLED, "--report", tmp_path / "report.html")
    assert result.exit_code == status.USAGE
    assert "cannot be written (Read-only file system)" in result.stderr
