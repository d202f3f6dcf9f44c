"""`copytaster train`: on top of the shipped model, with a base for others, and what it says at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import status
from copytaster.model.classifier import load
from copytaster.model.modelfile import ModelFileError, read_model
from copytaster.training import base as base_module
from copytaster.training import recipe as recipe_module
from copytaster.training.base import SHIPPED_BASE, BaseFileError, load_base

Run = Callable[..., Result]

LABELLED = sorted((Path(__file__).resolve().parent.parent / "examples" / "labelled").glob("*.tsv"))
MOST_BYTES = 15_000_000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = recipe_module.Recipe(iterations=6, second_iterations=6, learning_rate=0.3, leaves=7, min_lines=5, parts=1)
    for name in ("DEFAULT_RECIPE", "EXTENDING_RECIPE"):
        monkeypatch.setattr(recipe_module, name, quick)


@pytest.fixture
def no_base(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    missing = tmp_path / "installation" / "base.npz"
    monkeypatch.setattr(base_module, "SHIPPED_BASE", missing)
    return missing


def test_without_a_base_nothing_is_extended_and_the_message_says_what_to_do(
    run: Run, no_base: Path, tmp_path: Path
) -> None:
    result = run("train", *LABELLED[:3], "--extend", "-o", tmp_path / "mine.npz")
    assert result.exit_code == status.MODEL_UNUSABLE
    assert f"{no_base}: there is no base of the model to extend" in result.stderr
    assert "Without --extend" in result.stderr
    assert not (tmp_path / "mine.npz").exists()


def test_a_base_of_an_extended_model_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run("train", *LABELLED[:3], "--extend", "--base", tmp_path / "b.npz", "-o", tmp_path / "mine.npz")
    assert result.exit_code == status.USAGE
    assert "exclude each other" in result.stderr


def test_a_base_in_no_folder_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run("train", *LABELLED, "-o", tmp_path / "mine.npz", "--base", tmp_path / "no" / "base.npz")
    assert result.exit_code == status.USAGE
    assert "give a file in a folder that exists" in result.stderr


def test_the_base_of_one_training_is_extended_by_the_next(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model, base, mine = (tmp_path / name for name in ("model.npz", "base.npz", "mine.npz"))
    first = run("train", *LABELLED[::2], "-o", model, "--base", base)
    assert first.exit_code == 0, first.output
    assert f"wrote {base}" in first.stdout
    monkeypatch.setattr(base_module, "SHIPPED_BASE", base)
    monkeypatch.setattr(base_module, "load", lambda path: load(model))
    second = run("train", LABELLED[1], "--extend", "-o", mine)
    assert second.exit_code == 0, second.output
    fingerprint = load(model).fingerprint
    assert read_model(mine)[0]["extends"] == fingerprint
    assert f"on top of model {fingerprint}" in second.stdout
    assert "1 page of 1 site are too few to tell which is better" in second.stdout
    assert f"copytaster predict DUMPS --model {mine}" in second.stdout
    assert "--folds" not in second.stdout


def test_where_the_shipped_model_cannot_be_read_training_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is made anew by this very command, when features have changed."""

    def unreadable(path: Path | None = None) -> None:
        raise ModelFileError("made for other features")

    monkeypatch.setattr("copytaster.model.classifier.load", unreadable)
    result = run("train", *LABELLED, "-o", tmp_path / "mine.npz")
    assert result.exit_code == 0, result.output
    assert "on the same pages" not in result.stdout
    assert (tmp_path / "mine.npz").is_file()


def test_the_shipped_base_belongs_to_the_shipped_model_or_is_not_there() -> None:
    if SHIPPED_BASE.exists():
        assert SHIPPED_BASE.stat().st_size <= MOST_BYTES
        assert load_base().classifier.fingerprint == load().fingerprint
    else:
        with pytest.raises(BaseFileError, match="there is no base"):
            load_base()


def test_a_damaged_base_is_named(run: Run, no_base: Path, tmp_path: Path) -> None:
    no_base.parent.mkdir()
    shutil.copy(LABELLED[0], no_base)
    result = run("train", *LABELLED[:3], "--extend", "-o", tmp_path / "mine.npz")
    assert result.exit_code == status.MODEL_UNUSABLE
    assert "base.npz" in result.stderr
    assert json.dumps(result.stderr).count("Traceback") == 0
