"""`copytaster evaluate`."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from copytaster.commands.options import Jobs, LabelledPaths, ModelPath, Quiet, labelled_pages, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop


def evaluate(
    paths: LabelledPaths,
    model: ModelPath = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", min=2, metavar="K", help="Train K models, each without some of the sites, and test on those."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Measure a model on labelled pages, or by cross-validation.

    \b
      copytaster evaluate my-pages/                      the shipped model on your pages
      copytaster evaluate my-pages/ --model mine.npz
      copytaster evaluate my-pages/ --folds 5 --jobs 2   a model made of them, by site

    A model does well on the pages that it was trained with, which says nothing: give it others, or use --folds,
    where no site is in both training and test.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if model is not None and folds is not None:
        stop("--model and --folds exclude each other: --folds trains models of its own", USAGE)
    classifier = load_model(model) if folds is None else None
    pages, skipped = labelled_pages(paths)
    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.training.evaluate import cross_validate
    from copytaster.training.evaluate import evaluate as measure
    from copytaster.training.fit import TrainingError

    try:
        with Progress(sys.stderr, not quiet) as progress:
            if classifier is not None:
                report = measure(pages, classifier)
            else:
                report = cross_validate(pages, folds=folds or 0, jobs=jobs or cpu_count(), progress=progress.say)
    except TrainingError as error:
        stop(str(error), SOME_FAILED)
    typer.echo(json.dumps(report.record(), ensure_ascii=False, indent=2) if as_json else str(report))
    exit_if_left_out(skipped, "labelled page")
