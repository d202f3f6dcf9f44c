"""Fits the classifier on labelled pages, alone or on top of what another model was trained on.

1. The pages are cut into folds by site, and each fold into parts. The word evidence for a part comes from the others.
2. First-stage forests, each trained without one fold, give that fold's probabilities; the second stage trains on them,
   so it learns from a first stage as wrong as it will be on new pages.
3. Second-stage forests, trained without one fold in turn, label that fold's pages; on how right that came out the
   confidence is fitted.
4. The evidence and the forests that ship are trained on all folds.

With a base (`copytaster.training.base`) every forest is fitted on the base's lines too, of which nothing is held out,
and the evidence goes on from the base's. The pages at hand count for more than those of the base, see `emphasis`.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import sklearn

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage
from copytaster.model import features
from copytaster.model.classifier import Classifier
from copytaster.model.context import context
from copytaster.training.base import Base
from copytaster.training.confidence import Judged, fit_confidence, judge
from copytaster.training.evidence import extend_evidence, fit_evidence, matrix_of, zones_of
from copytaster.training.examples import Examples, examples_of
from copytaster.training.folds import folds_by_site
from copytaster.training.forests import fit_forest
from copytaster.training.progress import Stages
from copytaster.training.recipe import DEFAULT_RECIPE, Recipe

EMPHASIS = 3.0
"""How many times a line of one's own counts at most, beside one of the base."""
OWN_SHARE = 1.0
"""How much one's own lines count at most together, unless by their number alone, beside all of the base."""

BLEND = 0.5
"""How much the forests fitted on one's own pages and the base count beside those of the model that is extended: it saw
more than the base holds, and the mean of both is more right elsewhere than either."""
_EVIDENCE, _FIRST, _SECOND, _JUDGE = 0.12, 0.25, 0.6, 0.03  # of the time that a training takes, about


class TrainingError(ValueError):
    """The labelled pages do not suffice to train on."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the pages trained on, and what models make of it that were trained without its fold; n lines.

    Attributes:
        places: Where each page stands among those that were given.
        pages: The pages.
        examples: Their lines.
        contexts: float32 (n, len(context_features())), the features of the second stage.
        probabilities: float64 (n, 4), of the second stage.
        judged: The pages as the confidence sees them.
    """

    places: Sequence[int]
    pages: Sequence[LabelledPage]
    examples: Examples
    contexts: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float64]
    judged: Judged


@dataclass(frozen=True, eq=False)
class Training:
    """A classifier and what came about when it was fitted.

    Attributes:
        classifier: The classifier.
        parts: The pages it was trained on.
    """

    classifier: Classifier
    parts: Sequence[Part]


def fit(
    pages: Sequence[LabelledPage],
    *,
    recipe: Recipe = DEFAULT_RECIPE,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
    cache: Path | None = None,
    base: Base | None = None,
) -> Classifier:
    """Fit a classifier; see `train`."""
    return train(pages, recipe=recipe, jobs=jobs, progress=progress, cache=cache, base=base).classifier


def train(
    pages: Sequence[LabelledPage],
    *,
    recipe: Recipe = DEFAULT_RECIPE,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
    cache: Path | None = None,
    base: Base | None = None,
) -> Training:
    """Fit a classifier. The same pages, recipe and library versions give the same model, whatever the number of jobs.

    Args:
        pages: Labelled pages; at least two, holding every label. With a base, one page of any labels will do.
        recipe: How.
        jobs: Processes that fit folds side by side, one thread each.
        progress: Called with a line of text as work gets done.
        cache: A folder to keep the measured pages in for the next time, see `copytaster.training.cache`.
        base: What another model was trained on, to train on as well.

    Raises:
        CacheError: If that folder cannot be used.
        TrainingError: If there are too few pages, or a label is missing from them or from all folds but one.
    """
    order = sorted(range(len(pages)), key=lambda place: (pages[place].page.site, pages[place].page.id))
    pages = [_addressed(pages[place], recipe) for place in order]
    part_of = _parts(pages, recipe)
    n_parts = int(part_of.max(initial=0)) + 1
    n_folds = min(recipe.folds, n_parts)
    places_of = [[place for place, p in enumerate(part_of.tolist()) if p == k] for k in range(n_parts)]
    pages_of = [[pages[place] for place in places] for places in places_of]
    parts = [examples_of(of_part, cache) for of_part in pages_of]
    labels = [part.labels for part in parts]
    if base is None:
        _check_labels([[of_part for j, of_part in enumerate(labels) if j % n_folds == k] for k in range(n_folds)])
    stages = Stages(progress)
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    lines = sum(map(len, labels))
    evidence, *held_out = stages.follow(
        parallel(_evidence_fits(parts, recipe, base)), n_parts + 1,
        f"{len(pages)} pages, {lines} lines: learning what words speak for", _EVIDENCE,
    )  # fmt: skip
    x = [features.complete(part.lines, part.base, own) for part, own in zip(parts, held_out, strict=True)]
    times = emphasis(sum(float(part.counts.sum()) for part in parts), base)
    weights = [times * part.counts for part in parts]

    def forest_fit(table: Sequence[npt.NDArray[np.float32]], k: int | None, iterations: int) -> Any:
        """The fit of a forest on all of the base and all folds but one."""
        own = [j for j in range(n_parts) if k is None or j % n_folds != k]
        rows, targets, counts = ([of_part[j] for j in own] for of_part in (table, labels, weights))
        if base is not None:
            rows = [base.contexts[:, : table[0].shape[1]], *rows]
            targets, counts = [base.labels, *targets], [base.weights, *counts]
        return joblib.delayed(fit_forest)(rows, targets, counts, replace(recipe, iterations=iterations))

    first_stages = stages.follow(
        parallel(forest_fit(x, k, recipe.iterations) for k in range(n_folds)), n_folds,
        f"fitting the first stage on {x[0].shape[1]} features", _FIRST,
    )  # fmt: skip
    if base is not None:
        first_stages = [base.classifier.first.blended(new, BLEND) for new in first_stages]
    contexts = [
        context(part.lines, own, first_stages[j % n_folds].predict_proba(own))
        for j, (part, own) in enumerate(zip(parts, x, strict=True))
    ]
    # The first features of the context are those of the first stage, which need not be kept twice.
    x = [of_part[:, : x[0].shape[1]] for of_part in contexts]
    # The first stage that ships waits for nothing and nothing waits for it: it is fitted beside the second stages, so
    # that no core is left idle.
    first, *second_stages = stages.follow(
        parallel(
            forest_fit(x, None, recipe.iterations) if stage == 1 else forest_fit(contexts, k, recipe.second_iterations)
            for stage, k in ((1, None), *((2, k) for k in (None, *range(n_folds))))
        ),
        n_folds + 2, f"fitting the second stage on {contexts[0].shape[1]} features", _SECOND,
    )  # fmt: skip
    if base is not None:
        first = base.classifier.first.blended(first, BLEND)
        second_stages = [base.classifier.second.blended(new, BLEND) for new in second_stages]
    probabilities = [second_stages[j % n_folds + 1].predict_proba(own) for j, own in enumerate(contexts)]
    judged = stages.follow(
        parallel(
            joblib.delayed(judge)(of_part, part.lines, scores)
            for of_part, part, scores in zip(pages_of, parts, probabilities, strict=True)
        ),
        n_parts, "fitting the confidence", _JUDGE,
    )  # fmt: skip
    own_pages = [replace(batch, weights=times * batch.weights) for batch in judged]
    right, article = fit_confidence([base.judged, *own_pages] if base else own_pages, recipe.seed)
    about = {
        "recipe": asdict(recipe),
        "pages": len(pages),
        "lines": lines,
        "data": _data_fingerprint(pages),
        "scikit-learn": sklearn.__version__,
        **({"extends": base.classifier.fingerprint} if base else {}),
    }
    classifier = Classifier(evidence, first, second_stages[0], right, article, about=about)
    given = [[order[place] for place in places] for places in places_of]
    return Training(
        classifier,
        [Part(*columns) for columns in zip(given, pages_of, parts, contexts, probabilities, judged, strict=True)],
    )


def emphasis(own: float, base: Base | None) -> float:
    """How many times each line of one's own counts beside those of a base: a few pages more than many.

    Args:
        own: What one's own lines count together.
        base: The base; None for none, where each counts once.
    """
    if base is None or own <= 0:
        return 1.0
    return float(np.clip(OWN_SHARE * base.weights.sum() / own, 1.0, EMPHASIS))


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


def _evidence_fits(parts: Sequence[Examples], recipe: Recipe, base: Base | None) -> Iterator[Any]:
    """The fits of the evidence of all parts, and for each part of that of the others."""
    columns = (
        [matrix_of(part.lines) for part in parts],
        [part.labels for part in parts],
        [zones_of(part.lines, part.labels) for part in parts],
        [part.weights for part in parts],
    )
    for k in (None, *range(len(parts))):
        others = [[of_part for j, of_part in enumerate(column) if j != k] for column in columns]
        if base is None:
            yield joblib.delayed(fit_evidence)(*others, recipe.seed)
        else:
            yield joblib.delayed(extend_evidence)(base.classifier.evidence, *others)


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
