"""`copytaster evaluate`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import (
    Cache,
    Jobs,
    LabelledPaths,
    ModelPath,
    Quiet,
    check_output,
    labelled_pages,
    load_model,
)
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop

if TYPE_CHECKING:
    from copytaster.training.evaluate import Report
    from copytaster.training.report.learning import Step


def evaluate(
    paths: LabelledPaths,
    model: ModelPath = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", min=2, metavar="K", help="Train K models, each without some of the sites, and test on those."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write a page with tables, plots and the worst pages; needs matplotlib."
        ),
    ] = None,
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve",
            help="With --folds and --report: also train on growing shares of the sites. Takes about as long again.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    cache: Cache = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Measure a model on labelled pages, or by cross-validation.

    \b
      copytaster evaluate my-pages/                      the shipped model on your pages
      copytaster evaluate my-pages/ --model mine.npz
      copytaster evaluate my-pages/ --folds 5 --jobs 2   a model made of them, by site
      copytaster evaluate my-pages/ --report report.html

    A model does well on the pages that it was trained with, which says nothing: give it others, or use --folds,
    where no site is in both training and test. With --model and --folds, the shipped model is measured beside it.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if model is not None and folds is not None:
        stop("--model and --folds exclude each other: --folds trains models of its own", USAGE)
    if learning_curve and (folds is None or report is None):
        stop("--learning-curve goes with --folds and --report", USAGE)
    if cache is not None and folds is None:
        stop("--cache goes with --folds: nothing is trained without", USAGE)
    if report is not None:
        _check_report(report)
    classifier = load_model(model)
    pages, skipped = labelled_pages(paths)
    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.training.cache import CacheError
    from copytaster.training.evaluate import cross_validate
    from copytaster.training.evaluate import evaluate as measure
    from copytaster.training.fit import TrainingError

    jobs = jobs or cpu_count()
    try:
        with Progress(sys.stderr, not quiet) as progress:
            if folds is not None:
                found = cross_validate(
                    pages, folds=folds, jobs=jobs, progress=progress.say, cache=cache, baseline=classifier
                )
            else:
                found = measure(pages, classifier, load_model(None) if model else None)
            if report is not None:
                curve = _learning_curve(found, progress.say, jobs, cache) if learning_curve else []
                name = "The shipped model" if model is None else f"The model {model}"
                what = "Models of these pages" if folds else f"{name}, {classifier.fingerprint}"
                _write(report, found, curve, what, progress.say)
    except CacheError as error:
        stop(str(error), USAGE)
    except TrainingError as error:
        stop(str(error), SOME_FAILED)
    typer.echo(json.dumps(found.record(), ensure_ascii=False, indent=2) if as_json else str(found))
    if report is not None:
        typer.echo(f"wrote {report}: {report.stat().st_size / 1e6:.1f} MB", err=as_json)
    exit_if_left_out(skipped, "labelled page")


def _check_report(path: Path) -> None:
    """See that the report can be made and written: better now than when the pages are measured."""
    from copytaster.dumps import MissingExtraError
    from copytaster.training.report.plots import check_plots

    check_output(path)
    try:
        check_plots()
    except MissingExtraError as error:
        stop(str(error), USAGE)


def _learning_curve(found: Report, say: Callable[[str], None], jobs: int, cache: Path | None) -> list[Step]:
    from copytaster.training.report.learning import learning_curve

    return learning_curve(found, jobs=jobs, progress=say, cache=cache)


def _write(path: Path, found: Report, curve: list[Step], what: str, say: Callable[[str], None]) -> None:
    from copytaster.labels.compression import atomic_writer
    from copytaster.training.report.importance import importance
    from copytaster.training.report.page import Findings, report_page

    measured = importance(found.trials, say)
    say("drawing the report")
    page = report_page(Findings(found, what, measured, curve))
    try:
        with atomic_writer(path) as file:
            file.write(page.encode())
    except OSError as error:
        stop(f"{path}: cannot be written ({error.strerror or error})", USAGE)
