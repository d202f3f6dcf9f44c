"""The base of a model: what goes in comes out, no text is in it, and whatever is wrong with one is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import zstandard

from copytaster.model.confidence import measures
from copytaster.model.context import context_features
from copytaster.model.modelfile import read_model, write_model
from copytaster.training.base import Base, BaseFileError, base_of, load_base, thinned, write_base
from copytaster.training.binning import MISSING, VALUES, binned, restored
from copytaster.training.fit import Training
from copytaster.training.recipe import Recipe

Arrays = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="module")
def files(first_half: Training, first_half_base: Base, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model file and its base."""
    folder = tmp_path_factory.mktemp("base")
    first_half.classifier.save(folder / "model.npz")
    write_base(first_half_base, folder / "base.npz")
    return folder / "model.npz", folder / "base.npz"


def test_few_values_are_kept_as_they_are_and_missing_ones_stay_missing() -> None:
    table = np.array([[1.5, np.nan], [np.nan, np.nan], [-2.0, np.nan]], dtype=np.float32)
    codes, values = binned(table)
    assert codes.tolist() == [[1, MISSING, 0], [MISSING] * 3]
    np.testing.assert_array_equal(restored(codes, values), table)


def test_of_many_values_the_nearest_kept_one_comes_back() -> None:
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.normal(size=5000), rng.exponential(size=5000) ** 3]).astype(np.float32)
    codes, values = binned(table)
    back = restored(codes, values)
    for column, kept, given in zip(table.T, values, back.T, strict=True):
        nearest = np.abs(column[:, np.newaxis] - kept[~np.isnan(kept)]).min(axis=1)
        np.testing.assert_array_equal(np.abs(column - given), nearest)
        # As many lines fall to one value as to another, about: nothing dense is lumped together.
        assert np.bincount(np.unique(given, return_inverse=True)[1]).max() < 3 * len(column) / VALUES


def test_a_base_comes_back_from_its_file(first_half_base: Base, files: tuple[Path, Path]) -> None:
    found = load_base(*files)
    assert found.classifier.fingerprint == first_half_base.classifier.fingerprint
    for name in ("labels", "weights"):
        np.testing.assert_allclose(getattr(found, name), getattr(first_half_base, name), rtol=1e-6)
    for name in ("right", "article", "weights"):
        np.testing.assert_allclose(getattr(found.judged, name), getattr(first_half_base.judged, name), rtol=1e-6)
    for given, back in (
        (first_half_base.contexts, found.contexts), (first_half_base.judged.measures, found.judged.measures)
    ):  # fmt: skip
        np.testing.assert_array_equal(back, restored(*binned(given)))
        np.testing.assert_array_equal(np.isnan(back), np.isnan(given))


def test_the_same_base_makes_the_same_bytes(first_half_base: Base, files: tuple[Path, Path], tmp_path: Path) -> None:
    write_base(first_half_base, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == files[1].read_bytes()


def test_a_base_holds_all_rare_lines_and_as_many_others_as_there_is_room_for(first_half: Training) -> None:
    labels = np.concatenate([part.examples.labels for part in first_half.parts])
    counts = np.bincount(labels, minlength=4)
    base = base_of(first_half, Recipe(), lines=int(counts[[0, 2]].sum() + counts[[1, 3]].sum() // 2))
    kept = np.bincount(base.labels, minlength=4)
    assert (kept[[0, 2]] == counts[[0, 2]]).all()
    assert 0.3 * counts[[1, 3]].sum() < kept[[1, 3]].sum() < 0.7 * counts[[1, 3]].sum()
    # Those kept count for those left out.
    assert base.weights.sum() == pytest.approx(len(labels), rel=0.15)


def test_a_base_of_too_many_rare_lines_is_thinned_and_weighs_as_much(first_half_base: Base) -> None:
    count = len(first_half_base.labels)
    thin = thinned(first_half_base, count // 4)
    assert 0.2 * count < len(thin.labels) < 0.3 * count
    assert len(thin.contexts) == len(thin.labels) == len(thin.weights)
    assert thin.weights.sum() == pytest.approx(first_half_base.weights.sum(), rel=0.1)
    assert set(thin.labels.tolist()) == set(first_half_base.labels.tolist())
    assert thinned(first_half_base, count) is first_half_base


def test_no_text_is_in_a_base(files: tuple[Path, Path]) -> None:
    header, arrays = read_model(files[1])
    known = {"format", "copytaster", "arrays", "kind", "model", "features", "measures", "labels", "lines", "pages"}
    assert set(header) == known
    assert {name for name, array in arrays.items() if array.dtype == np.uint8} == {"lines", "pages"}
    assert len(arrays["lines_values"]) == len(context_features())


def test_a_missing_base_is_named_with_what_to_do(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BaseFileError, match=r"none\.npz: there is no base.*Without --extend"):
        load_base(files[0], tmp_path / "none.npz")


def test_a_base_of_another_model_is_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(BaseFileError, match="which is to be extended"):
        load_base(None, files[1])


def test_a_model_is_no_base(files: tuple[Path, Path]) -> None:
    with pytest.raises(BaseFileError, match="is not the base of a model"):
        load_base(files[0], files[0])


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_base_that_was_cut_short_is_refused(files: tuple[Path, Path], tmp_path: Path, keep: float) -> None:
    data = files[1].read_bytes()
    (tmp_path / "cut.npz").write_bytes(data[: int(keep * len(data))])
    with pytest.raises(BaseFileError, match=r"cut\.npz.*install Copytaster again"):
        load_base(files[0], tmp_path / "cut.npz")


def _frame(size: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(zstandard.ZstdCompressor().compress(bytes(size)), dtype=np.uint8)


DAMAGE: dict[str, tuple[Callable[[dict[str, Any], Arrays], object], str]] = {
    "other features": (lambda header, arrays: header["features"].pop(), "other features"),
    "other measures": (lambda header, arrays: header["measures"].reverse(), "other features"),
    "no size": (lambda header, arrays: header.pop("lines"), "its size"),
    "too many pages": (lambda header, arrays: header.update(pages=10**9), "its size"),
    "another number of lines": (lambda header, arrays: header.update(lines=header["lines"] + 1), "labels missing"),
    "a label that is none": (lambda header, arrays: arrays.update(labels=arrays["labels"] + np.int8(4)), "labels"),
    "labels of another type": (lambda header, arrays: arrays.update(labels=arrays["labels"].astype(float)), "labels"),
    "a negative weight": (lambda header, arrays: arrays.update(weights=-arrays["weights"]), "weights missing"),
    "no weights of pages": (lambda header, arrays: arrays.pop("page_weights"), "page_weights missing"),
    "neither right nor wrong": (lambda header, arrays: arrays.update(right=arrays["right"] + 0.5), "right"),
    "endless values": (lambda header, arrays: arrays.update(lines_values=arrays["lines_values"] / 0), "lines_values"),
    "a table of another size": (lambda header, arrays: arrays.update(lines=_frame(10)), "lines missing"),
    "a damaged table": (lambda header, arrays: arrays.update(pages=arrays["pages"][:-9]), "pages missing"),
    "a table that is none": (lambda header, arrays: arrays.update(pages=arrays["pages"][9:]), "pages missing"),
    "no values": (lambda header, arrays: arrays.update(pages_values=arrays["pages_values"][:, 1:]), "pages_values"),
}


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_damage_is_named(files: tuple[Path, Path], tmp_path: Path, what: str) -> None:
    change, message = DAMAGE[what]
    header, arrays = read_model(files[1])
    arrays = dict(arrays)
    change(header, arrays)
    write_model(tmp_path / "damaged.npz", header, arrays)
    with pytest.raises(BaseFileError, match=message):
        load_base(files[0], tmp_path / "damaged.npz")


def test_the_measures_are_those_of_this_version(first_half_base: Base) -> None:
    assert first_half_base.judged.measures.shape[1] == len(measures())
