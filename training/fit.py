"""Fits the classifier on labelled pages.

1. The pages are cut into folds by site, and each fold into parts. The word evidence for a part comes from the others.
2. First-stage forests, each trained without one fold, give that fold's probabilities; the second stage trains on them,
   so it learns from a first stage as wrong as it will be on new pages.
3. Second-stage forests, trained without one fold in turn, label that fold's pages; on how right that came out the
   confidence is fitted.
4. The evidence and the forests that ship are trained on all folds.
"""

from __future__ import annotations

import hashlib
import itertools
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model import features
from copytaster.model.classifier import Classifier
from copytaster.model.context import context
from copytaster.model.features.evidence import Evidence
from copytaster.model.forest import Forest
from copytaster.model.lines import Lines, pack
from copytaster.training.cache import cached
from copytaster.training.confidence import fit_confidence, judge
from copytaster.training.evidence import fit_evidence, matrix_of, zones_of
from copytaster.training.export import forest_from
from copytaster.training.truth import true_labels

LEAST_SHARE = 0.1
"""Share of the body and nav lines that is trained on in any case."""

_INDEX = {label: index for index, label in enumerate(LABELS)}
_FREQUENT = (_INDEX[Label.BODY], _INDEX[Label.NAV])


class TrainingError(ValueError):
    """The labelled pages do not suffice to train on."""


@dataclass(frozen=True)
class Recipe:
    """How a classifier is fitted.

    Attributes:
        iterations: Boosting rounds of the first stage; each has a tree a label.
        second_iterations: Boosting rounds of the second stage, which begins from what the first knows and gains nothing
            by the last of so many; prediction is the faster for it.
        learning_rate: Shrinkage of each tree.
        leaves: Most leaves of a tree.
        depth: Most splits from root to leaf.
        min_lines: Fewest lines a leaf may hold.
        l2: Regularisation of the leaves' values.
        folds: Into how many the training pages are cut, by site, for the second stage to see honest probabilities.
        parts: Into how many each fold is cut for the word evidence of its pages to be learned without them.
        most_lines: Lines that a forest is trained on at most; of more, a part of the body and nav lines is drawn, which
            count the more.
        addresses: Share of the pages whose address, where it is known, training sees: dumps come with and without one.
        seed: Of the draws and of scikit-learn's random choices.
    """

    iterations: int = 160
    second_iterations: int = 100
    learning_rate: float = 0.08
    leaves: int = 31
    depth: int = 6
    min_lines: int = 30
    l2: float = 1.0
    folds: int = 2
    parts: int = 4
    most_lines: int = 200_000
    addresses: float = 0.5
    seed: int = 0


DEFAULT_RECIPE = Recipe()
"""How `copytaster train` fits, and how the shipped model was fitted."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled pages as arrays; n lines on p pages.

    Attributes:
        lines: The packed lines.
        labels: int8 (n,), indices into `LABELS`; nav where undecided.
        weights: float64 (n,), what each line counts: nothing where its label is undecided.
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
    labels = [
        label for labelled, logical in zip(pages, lines.pages, strict=True) for label in true_labels(labelled, logical)
    ]
    weights = np.array([page.weight for page in pages])[lines.page_of_line]
    weights[[label is None for label in labels]] = 0.0
    return Examples(
        lines, np.array([_INDEX[label or Label.NAV] for label in labels], dtype=np.int8), weights, features.base(lines)
    )


def fold_of(site: str, folds: int) -> int:
    """The fold a site belongs to, the same on every machine and in every run."""
    return zlib.crc32(site.encode("utf-8", "replace")) % folds


def folds_by_site(pages: Sequence[LabelledPage], folds: int) -> npt.NDArray[np.int64]:
    """int64 (p,), the fold of each page, numbered from 0; few sites make fewer folds than asked for.

    With a single site, folds go by page.
    """
    keys = [page.page.site for page in pages]
    if len(set(keys)) == 1:
        keys = [f"{page.page.id} {number}" for number, page in enumerate(pages)]
    found = np.array([fold_of(f"fold {key}", folds) for key in keys], dtype=np.int64)
    if len(set(found.tolist())) == 1:
        # Two or three sites may all fall into one fold, which would leave nothing to train on.
        found = np.unique(keys, return_inverse=True)[1] % folds
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
    pages = [_addressed(page, recipe) for page in sorted(pages, key=lambda page: (page.page.site, page.page.id))]
    part_of = _parts(pages, recipe)
    n_parts = int(part_of.max(initial=0)) + 1
    n_folds = min(recipe.folds, n_parts)
    parts = [
        examples_of([page for page, p in zip(pages, part_of, strict=True) if p == k], cache) for k in range(n_parts)
    ]
    _check_labels([[part.labels for j, part in enumerate(parts) if j % n_folds == k] for k in range(n_folds)])
    parallel = joblib.Parallel(n_jobs=jobs)
    lines = sum(len(part.labels) for part in parts)
    say(f"{len(pages)} pages, {lines} lines; learning what words speak for")
    evidence, held_out = _fit_evidence(parts, recipe, parallel)
    x = [features.complete(part.lines, part.base, own) for part, own in zip(parts, held_out, strict=True)]
    y = [part.labels for part in parts]
    w = [part.weights for part in parts]
    say(f"fitting the first stage on {x[0].shape[1]} features")

    def without(k: int | None) -> list[int]:
        return [j for j in range(n_parts) if k is None or j % n_folds != k]

    first_stages = parallel(
        joblib.delayed(_fit_forest)(*([part[j] for j in without(k)] for part in (x, y, w)), recipe)
        for k in (None, *range(n_folds))
    )
    contexts = [
        context(part.lines, x[j], first_stages[j % n_folds + 1].predict_proba(x[j])) for j, part in enumerate(parts)
    ]
    say(f"fitting the second stage on {contexts[0].shape[1]} features")
    second_stages = parallel(
        joblib.delayed(_fit_forest)(
            *([part[j] for j in without(k)] for part in (contexts, y, w)),
            replace(recipe, iterations=recipe.second_iterations),
        )
        for k in (None, *range(n_folds))
    )
    say("fitting the confidence")
    judged = parallel(
        joblib.delayed(judge)(
            [page for page, p in zip(pages, part_of, strict=True) if p == j],
            part.lines,
            second_stages[j % n_folds + 1].predict_proba(contexts[j]),
        )
        for j, part in enumerate(parts)
    )
    right, article = fit_confidence(judged, recipe.seed)
    about = {
        "recipe": asdict(recipe),
        "pages": len(pages),
        "lines": lines,
        "data": _data_fingerprint(pages),
        "scikit-learn": sklearn.__version__,
    }
    return Classifier(evidence, first_stages[0], second_stages[0], right, article, about=about)


def _addressed(page: LabelledPage, recipe: Recipe) -> LabelledPage:
    """The page, with or without its address."""
    if (
        page.page.url is None
        or zlib.crc32(f"address {page.page.id}".encode("utf-8", "replace")) % 100 < 100 * recipe.addresses
    ):
        return page
    meta = {**page.page.meta, "site": page.page.site}
    return replace(page, page=replace(page.page, url=None, meta=meta))


def _parts(pages: Sequence[LabelledPage], recipe: Recipe) -> npt.NDArray[np.int64]:
    """int64 (p,), the part of each page; part j belongs to fold j modulo the folds."""
    part = folds_by_site(pages, recipe.folds * recipe.parts)
    if int(part.max(initial=0)) + 1 < recipe.folds:
        part = np.arange(len(pages)) % max(2, recipe.folds)
    return part


def _fit_evidence(
    parts: Sequence[Examples], recipe: Recipe, parallel: joblib.Parallel
) -> tuple[Evidence, list[Evidence]]:
    """The evidence of all parts, and for each part that of the others."""
    matrices = [matrix_of(part.lines) for part in parts]
    labels = [part.labels for part in parts]
    zones = [zones_of(part.lines, part.labels) for part in parts]
    weights = [part.weights for part in parts]

    def but(k: int | None, of_parts: Sequence[Any]) -> list[Any]:
        return [of_part for j, of_part in enumerate(of_parts) if j != k]

    everything, *held_out = parallel(
        joblib.delayed(fit_evidence)(*(but(k, column) for column in (matrices, labels, zones, weights)), recipe.seed)
        for k in (None, *range(len(parts)))
    )
    return everything, held_out


def _fit_forest(
    x: Sequence[npt.NDArray[np.float32]],
    y: Sequence[npt.NDArray[np.int8]],
    w: Sequence[npt.NDArray[np.float64]],
    recipe: Recipe,
) -> Forest:
    forest = HistGradientBoostingClassifier(
        max_iter=recipe.iterations, learning_rate=recipe.learning_rate, max_leaf_nodes=recipe.leaves,
        max_depth=recipe.depth, min_samples_leaf=recipe.min_lines, l2_regularization=recipe.l2,
        early_stopping=False, random_state=recipe.seed,
    )  # fmt: skip
    label = np.concatenate(y)
    drawn, weight = draw(label, np.concatenate(w), recipe)
    ends = np.cumsum([0, *map(len, y)])
    rows = [part[drawn[start:end]] for part, (start, end) in zip(x, itertools.pairwise(ends), strict=True)]
    matrix = np.concatenate(rows)
    # A feature that no line has (the address's, where no page has one) says nothing; scikit-learn fails on a column
    # that is missing throughout.
    matrix[:, np.isnan(matrix).all(axis=0)] = 0.0
    return forest_from(forest.fit(matrix, label[drawn].astype(np.int64), weight[drawn]))


def draw(
    label: npt.NDArray[np.int8], weight: npt.NDArray[np.float64], recipe: Recipe
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """The lines to train a forest on, bool (n,), and what each of the n counts.

    Headlines and teasers are few and hard; of menus and paragraphs a part teaches as much as the whole. Those drawn
    weigh more in turn, so that probabilities stay what they were. Lines of no weight are not drawn.
    """
    counts = weight > 0
    frequent = np.isin(label, _FREQUENT) & counts
    many = int(frequent.sum())
    share = (recipe.most_lines - (int(counts.sum()) - many)) / max(1, many)
    if share >= 1:
        return counts, weight
    share = max(share, LEAST_SHARE)
    drawn = counts & (~frequent | (np.random.default_rng(recipe.seed).random(len(label)) < share))
    return drawn, np.where(frequent, weight / share, weight)


def _check_labels(folds: Sequence[Sequence[npt.NDArray[np.int8]]]) -> None:
    """See that every label is there, also when any one fold is held out."""
    there = [{int(label) for labels in fold for label in np.unique(labels)} for fold in folds]
    for k in (None, *range(len(folds))):
        found = set().union(*(labels for j, labels in enumerate(there) if j != k))
        missing = [label for index, label in enumerate(LABELS) if index not in found]
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
