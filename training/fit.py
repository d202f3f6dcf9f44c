"""Fits the classifier on labelled pages.

1. The pages are cut into folds by site. Word evidence for a fold comes from the other folds' counts.
2. First-stage forests, each trained without one fold, give that fold's probabilities; the second stage trains on them,
   so it learns from a first stage as wrong as it will be on new pages.
3. The first stage that ships is trained on all folds.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage
from copytaster.model import features
from copytaster.model.classifier import Classifier
from copytaster.model.context import context
from copytaster.model.features.evidence import EvidenceCounts
from copytaster.model.lines import Lines, pack
from copytaster.training.cache import cached
from copytaster.training.export import forest_from

_INDEX = {label: index for index, label in enumerate(LABELS)}


class TrainingError(ValueError):
    """The labelled pages do not suffice to train on."""


@dataclass(frozen=True)
class Recipe:
    """How a classifier is fitted.

    Attributes:
        iterations: Boosting rounds of each forest; each has a tree a label.
        learning_rate: Shrinkage of each tree.
        leaves: Most leaves of a tree.
        depth: Most splits from root to leaf.
        min_lines: Fewest lines a leaf may hold.
        l2: Regularisation of the leaves' values.
        folds: Parts the training pages are cut into, by site.
        seed: Of scikit-learn's random choices.
    """

    iterations: int = 80
    learning_rate: float = 0.1
    leaves: int = 31
    depth: int = 6
    min_lines: int = 30
    l2: float = 1.0
    folds: int = 3
    seed: int = 0


DEFAULT_RECIPE = Recipe()


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled pages as arrays; n lines on p pages.

    Attributes:
        lines: The packed lines.
        labels: int8 (n,), indices into `LABELS`.
        weights: float64 (p,).
        base: float32 (n, b), the features that need no training.
    """

    lines: Lines
    labels: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]
    base: npt.NDArray[np.float32]


def examples_of(pages: Sequence[LabelledPage], cache: Path | None = None) -> Examples:
    """Pack labelled pages; a hard-wrapped line has the label of its first row. With a folder, see `cached`."""
    return cached(_packed, pages, cache)


def _packed(pages: Sequence[LabelledPage]) -> Examples:
    lines = pack([labelled.page for labelled in pages])
    labels = np.array(
        [
            -1 if (label := labelled.labels[line.first - 1]) is None else _INDEX[label]
            for labelled, logical in zip(pages, lines.pages, strict=True)
            for line in logical
        ],
        dtype=np.int8,
    )
    return Examples(lines, labels, np.array([page.weight for page in pages]), features.base(lines))


def fold_of(site: str, folds: int) -> int:
    """The fold a site belongs to, the same on every machine and in every run."""
    return zlib.crc32(site.encode("utf-8", "replace")) % folds


def folds_by_site(pages: Sequence[LabelledPage], folds: int) -> npt.NDArray[np.int64]:
    """int64 (p,), the fold of each page. With a single site, folds go by page."""
    keys = [page.page.site for page in pages]
    if len(set(keys)) == 1:
        keys = [f"{page.page.id} {number}" for number, page in enumerate(pages)]
    found = np.array([fold_of(f"fold {key}", folds) for key in keys], dtype=np.int64)
    # Few sites may leave a fold empty: number the folds that are there.
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def fit(
    pages: Sequence[LabelledPage],
    *,
    recipe: Recipe = DEFAULT_RECIPE,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
    cache: Path | None = None,
) -> Classifier:
    """Fit a classifier. The same pages, recipe and library versions give the same model, whatever the number of jobs.

    Args:
        pages: Labelled pages; at least two, holding every label.
        recipe: How.
        jobs: Processes that fit folds side by side, one thread each.
        progress: Called with a line of text as work gets done.
        cache: A folder to keep the measured pages in for the next time, see `copytaster.training.cache`.

    Raises:
        CacheError: If that folder cannot be used.
        TrainingError: If there are too few pages, or a label is missing from them or from all folds but one.
    """
    say = progress or (lambda _: None)
    pages = sorted(pages, key=lambda page: (page.page.site, page.page.id))
    fold = folds_by_site(pages, recipe.folds)
    if len(pages) < 2 or fold.max() == 0:
        fold = np.arange(len(pages)) % max(2, recipe.folds)
    n_folds = int(fold.max(initial=0)) + 1
    parts = [examples_of([page for page, f in zip(pages, fold, strict=True) if f == k], cache) for k in range(n_folds)]
    _check_labels(parts)
    counts = []
    for part in parts:
        counts.append(EvidenceCounts())
        counts[-1].add(part.lines, part.labels, part.weights)
    total = EvidenceCounts()
    for count in counts:
        total.counts += count.counts
    x = [
        features.complete(part.lines, part.base, (total - count).evidence())
        for part, count in zip(parts, counts, strict=True)
    ]
    y = [part.labels for part in parts]
    w = [part.weights[part.lines.page_of_line] for part in parts]
    say(f"{len(pages)} pages, {sum(map(len, y))} lines, {x[0].shape[1]} features; fitting the first stage")

    def without(k: int | None) -> list[int]:
        return [j for j in range(n_folds) if j != k]

    first_stages = joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(_fit_forest)(*([part[j] for j in without(k)] for part in (x, y, w)), recipe)
        for k in (None, *range(n_folds))
    )
    say("fitting the second stage")
    contexts = [
        context(part.lines, x[k], forest_from(first_stages[k + 1]).predict_proba(x[k])) for k, part in enumerate(parts)
    ]
    second = _fit_forest(contexts, y, w, recipe)
    about = {
        "recipe": asdict(recipe),
        "pages": len(pages),
        "lines": int(sum(map(len, y))),
        "data": _data_fingerprint(pages),
        "scikit-learn": sklearn.__version__,
    }
    return Classifier(total.evidence(), forest_from(first_stages[0]), forest_from(second), about=about)


def _fit_forest(
    x: Sequence[npt.NDArray[np.float32]],
    y: Sequence[npt.NDArray[np.int8]],
    w: Sequence[npt.NDArray[np.float64]],
    recipe: Recipe,
) -> HistGradientBoostingClassifier:
    forest = HistGradientBoostingClassifier(
        max_iter=recipe.iterations, learning_rate=recipe.learning_rate, max_leaf_nodes=recipe.leaves,
        max_depth=recipe.depth, min_samples_leaf=recipe.min_lines, l2_regularization=recipe.l2,
        early_stopping=False, random_state=recipe.seed,
    )  # fmt: skip
    return forest.fit(np.concatenate(x), np.concatenate(y).astype(np.int64), np.concatenate(w))


def _check_labels(parts: Sequence[Examples]) -> None:
    for k in (None, *range(len(parts))):
        there = {int(label) for j, part in enumerate(parts) if j != k for label in np.unique(part.labels)}
        missing = [label for index, label in enumerate(LABELS) if index not in there]
        if missing:
            raise TrainingError(
                f"too few pages: no line labelled {', '.join(missing)} "
                f"{'on any page' if k is None else 'once a part of the sites is held back'}; label some more pages"
            )


def _data_fingerprint(pages: Sequence[LabelledPage]) -> str:
    digest = hashlib.sha256()
    for labelled in pages:
        for row, label in zip(labelled.page.rows, labelled.labels, strict=True):
            digest.update(f"{label or ''}\t{row}\n".encode("utf-8", "surrogatepass"))
        digest.update(b"\f")
    return digest.hexdigest()[:12]
