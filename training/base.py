"""The base of a model: what it was trained on in numbers, for others to train on beside pages of their own.

It holds a draw of the training lines, measured as the second stage sees them, with labels and weights; and the measures
of the training pages with what came of them, for the confidence. No text is in it, nor anything to make text of. The
words are not needed: their evidence is in the model, and goes on from there.

On disk it is a file like a model's (`copytaster.model.modelfile`), read without pickle and without trust, with
``kind`` "base" in its header. The two tables are binned to bytes and compressed with zstd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import zstandard

from copytaster.labels.label import LABELS
from copytaster.model.classifier import SHIPPED, Classifier, load
from copytaster.model.confidence import measures
from copytaster.model.context import context_features
from copytaster.model.features.feature import Feature
from copytaster.model.modelfile import ModelFileError, read_model, write_model
from copytaster.training.binning import VALUES, binned, restored
from copytaster.training.confidence import Judged
from copytaster.training.forests import draw
from copytaster.training.recipe import Recipe

if TYPE_CHECKING:
    from copytaster.training.fit import Training

SHIPPED_BASE = SHIPPED.with_name("base.npz")
"""The base of the shipped model, if this installation has one."""
LINES = 110_000
"""Lines that a base holds, about: headlines and teasers all where there is room, body and nav lines a part."""
MAX_LINES = 400_000
"""Most lines, and most pages, of a base that is read."""

_KIND = "base"
_LEVEL = 19
_MOST_WEIGHT = 1e6
_AGAIN = "install Copytaster again, or give --base when the model is trained"


class BaseFileError(ValueError):
    """A base that is missing, damaged, or of another model. The message says what to do."""


@dataclass(frozen=True, eq=False)
class Base:
    """What a model was trained on, in numbers; n lines.

    Attributes:
        classifier: The model.
        contexts: float32 (n, len(context_features())), lines as the second stage sees them. Their word evidence and the
            first stage's probabilities come from models that were not trained on the lines' pages.
        labels: int8 (n,), indices into `LABELS`.
        weights: float64 (n,), what each line counts.
        judged: The training pages, measured and compared.
    """

    classifier: Classifier
    contexts: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]
    judged: Judged


def base_of(training: Training, recipe: Recipe, lines: int = LINES) -> Base:
    """The base of a model that was just trained.

    Args:
        training: The training.
        recipe: How it was done; `draw` thins with its seed.
        lines: How many lines to keep, about.
    """
    parts = training.parts
    labels = np.concatenate([part.examples.labels for part in parts])
    drawn, weights = draw(
        labels, np.concatenate([part.examples.counts for part in parts]), replace(recipe, most_lines=lines)
    )
    ends = np.cumsum([0, *(len(part.examples.labels) for part in parts)])
    contexts = [part.contexts[drawn[end - len(part.contexts) : end]] for part, end in zip(parts, ends[1:], strict=True)]
    base = Base(
        training.classifier, np.concatenate(contexts), labels[drawn], weights[drawn],
        Judged.joined([part.judged for part in parts]),
    )  # fmt: skip
    return thinned(base, lines, recipe.seed)


def thinned(base: Base, lines: int, seed: int = 0) -> Base:
    """The base with a part of its lines, of all labels alike, if it holds more; those that are left count the more.

    Args:
        base: The base.
        lines: How many lines to keep, about.
        seed: Of the draw.
    """
    share = lines / len(base.labels)
    if share >= 1:
        return base
    kept = np.random.default_rng(seed).random(len(base.labels)) < share
    return replace(base, contexts=base.contexts[kept], labels=base.labels[kept], weights=base.weights[kept] / share)


def write_base(base: Base, path: str | Path) -> None:
    """Write a base, whole or not at all; the same base makes the same bytes.

    Raises:
        ModelFileError: If the file cannot be written.
    """
    judged = base.judged
    header = {
        "kind": _KIND,
        "model": base.classifier.fingerprint,
        "features": _names(context_features()),
        "measures": _names(measures()),
        "labels": list(LABELS),
        "lines": len(base.labels),
        "pages": len(judged.weights),
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "labels": base.labels,
        "weights": base.weights.astype(np.float32),
        "right": judged.right.astype(np.float32),
        "article": judged.article.astype(np.float32),
        "page_weights": judged.weights.astype(np.float32),
    }
    for name, table in (("lines", base.contexts), ("pages", judged.measures)):
        codes, arrays[f"{name}_values"] = binned(table)
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(codes.tobytes())
        arrays[name] = np.frombuffer(packed, dtype=np.uint8)
    write_model(path, header, arrays)


def load_base(model: Path | None = None, base: Path | None = None) -> Base:
    """Read the base of a model.

    Args:
        model: The model file; None for the shipped one.
        base: The base; None for that of the shipped model.

    Raises:
        BaseFileError: If there is none, it is damaged, made for other features, or belongs to another model.
        ModelFileError: If the model cannot be read.
    """
    source = base or SHIPPED_BASE
    if not source.is_file():
        raise BaseFileError(
            f"{source}: there is no base of the model to extend; {_AGAIN}. Without --extend a model is trained on your "
            "pages alone"
        )
    classifier = load(model)
    try:
        header, arrays = read_model(source)
    except ModelFileError as error:
        raise BaseFileError(f"{error}. It should be the base of a model; {_AGAIN}") from None
    return _checked(source, classifier, header, arrays)


def _checked(
    source: Path, classifier: Classifier, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> Base:
    if header.get("kind") != _KIND:
        raise BaseFileError(f"{source}: is not the base of a model; {_AGAIN}")
    expected = (_names(context_features()), _names(measures()), list(LABELS))
    if (header.get("features"), header.get("measures"), header.get("labels")) != expected:
        raise BaseFileError(f"{source}: made for other features or labels than this version's; {_AGAIN}")
    if header.get("model") != classifier.fingerprint:
        raise BaseFileError(
            f"{source}: the base of model {str(header.get('model'))[:12]!r}, not of {classifier.fingerprint}, which is "
            f"to be extended; {_AGAIN}"
        )
    n, p = header.get("lines"), header.get("pages")
    if type(n) is not int or type(p) is not int or not (0 < n <= MAX_LINES and 0 < p <= MAX_LINES):
        raise _damaged(source, "its size")
    labels = _column(source, arrays, "labels", np.int8, n)
    if labels.min() < 0 or labels.max() >= len(LABELS):
        raise _damaged(source, "labels")
    weights, right, article, page_weights = (
        _column(source, arrays, name, np.float32, count).astype(np.float64)
        for name, count in (("weights", n), ("right", p), ("article", p), ("page_weights", p))
    )
    for name, values in (("weights", weights), ("page_weights", page_weights)):
        if not ((values >= 0) & (values <= _MOST_WEIGHT)).all():
            raise _damaged(source, name)
    if not (np.isin(right, (0, 1)) | np.isnan(right)).all() or not np.isin(article, (0, 1)).all():
        raise _damaged(source, "right or article")
    judged = Judged(_table(source, arrays, "pages", p, len(measures())), right, article, page_weights)
    contexts = _table(source, arrays, "lines", n, len(context_features()))
    return Base(classifier, contexts, labels, weights, judged)


def _column(
    source: Path, arrays: Mapping[str, npt.NDArray[Any]], name: str, dtype: Any, count: int
) -> npt.NDArray[Any]:
    array = arrays.get(name)
    if array is None or array.dtype != dtype or array.shape != (count,):
        raise _damaged(source, name)
    return array


def _table(
    source: Path, arrays: Mapping[str, npt.NDArray[Any]], name: str, rows: int, columns: int
) -> npt.NDArray[np.float32]:
    packed, values = arrays.get(name), arrays.get(f"{name}_values")
    if packed is None or packed.dtype != np.uint8 or packed.ndim != 1:
        raise _damaged(source, name)
    if values is None or values.dtype != np.float32 or values.shape != (columns, VALUES) or np.isinf(values).any():
        raise _damaged(source, f"{name}_values")
    try:
        # The frame says how long it is unpacked, and that is seen to before anything is set aside.
        if zstandard.frame_content_size(packed.tobytes()) != rows * columns:
            raise _damaged(source, name)
        unpacked = zstandard.ZstdDecompressor().decompress(packed.tobytes())
    except zstandard.ZstdError:
        raise _damaged(source, name) from None
    return restored(np.frombuffer(unpacked, dtype=np.uint8).reshape(columns, rows), values)


def _damaged(source: Path, what: str) -> BaseFileError:
    return BaseFileError(f"{source}: {what} missing or damaged; {_AGAIN}")


def _names(features: tuple[Feature, ...]) -> list[str]:
    return [feature.name for feature in features]
