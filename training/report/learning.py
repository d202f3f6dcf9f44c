"""How the scores grow with the sites that are trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from copytaster.labels.page import LabelledPage
from copytaster.training.evaluate import Report, Trial, scores_of
from copytaster.training.fit import TrainingError, fit
from copytaster.training.intervals import units
from copytaster.training.recipe import DEFAULT_RECIPE, Recipe
from copytaster.training.scores import PageScore

SHARES = (0.125, 0.25, 0.5)
"""Shares of each trial's training sites, from the same sites each time; all of them are the trial itself."""


class Step(NamedTuple):
    """What is learned from a share of the sites.

    Attributes:
        share: The share.
        pages: Mean number of pages that a classifier was trained on.
        scores: On the same pages as everywhere in the report; empty where a share is too few to train on.
    """

    share: float
    pages: float
    scores: Sequence[PageScore]


def learning_curve(
    report: Report,
    *,
    jobs: int = 1,
    recipe: Recipe = DEFAULT_RECIPE,
    progress: Callable[[str], None] | None = None,
    cache: Path | None = None,
) -> list[Step]:
    """Train on growing shares of the sites of each trial of a cross-validation.

    That takes nearly as long as the cross-validation did.

    Args:
        report: The cross-validation.
        jobs: Processes that each fit uses.
        recipe: How to fit.
        progress: Called with a line of text as work gets done.
        cache: A folder to keep measured pages in, see `copytaster.training.cache`.

    Raises:
        CacheError: If that folder cannot be used.
    """
    say = progress or (lambda _: None)
    steps = []
    for share in SHARES:
        chosen = [_share(trial, share) for trial in report.trials]
        scores: list[PageScore] = []
        try:
            for number, (trial, pages) in enumerate(zip(report.trials, chosen, strict=True), 1):
                say(f"learning curve: {share:.1%} of the sites, fold {number} of {len(chosen)}")
                scores += scores_of(trial.pages, fit(pages, recipe=recipe, jobs=jobs, cache=cache))
        except TrainingError:
            scores = []
        steps.append(Step(share, float(np.mean([len(pages) for pages in chosen])), scores))
    return [*steps, Step(1.0, float(np.mean([len(trial.rest) for trial in report.trials])), report.scores)]


def _share(trial: Trial, share: float) -> list[LabelledPage]:
    """Pages of a share of the sites; a greater share holds all of a smaller one."""
    keys = units(trial.rest)
    sites = np.unique(keys)
    few = np.random.default_rng(0).permutation(sites)[: max(1, round(share * len(sites)))]
    wanted = set(few.tolist())
    return [page for page, key in zip(trial.rest, keys, strict=True) if key in wanted]
