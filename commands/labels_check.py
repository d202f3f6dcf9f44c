"""`copytaster labels check`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import Jobs, LabelledPaths, ModelPath, Quiet, labelled_pages, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copytaster.labels import LabelledPage
    from copytaster.training.suspects import Opinion

MOST = 20

Most = Annotated[
    int, typer.Option("--most", min=0, metavar="N", help="Findings of each kind that are shown; 0 for all.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def check(
    paths: LabelledPaths,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against",
            metavar="PATH",
            help="The other side of a split: no site and no page may be on both. Repeatable.",
            show_default=False,
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option("--folds", min=2, metavar="K", help="Compare the labels with K models, each without some sites."),
    ] = None,
    model: ModelPath = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Do not compare the labels with a model.")] = False,
    most: Most = MOST,
    as_json: AsJson = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Look for mistakes in labelled pages before training on them.

    \b
      copytaster labels check my-pages/
      copytaster labels check my-pages/ --no-model          in seconds
      copytaster labels check train/ --against test/
      copytaster labels check my-pages/ --json > findings.json

    Counts, what there is too little of, pages without headline or body, pages that are there twice, lines labelled one
    way here and another there on one site, and labels that look wrong. For the last, models are trained on a part of
    the sites and label the others; of fewer than 20 sites the shipped model is asked, or the one given with --model,
    which should not have been trained on these pages.

    Exit status: 0 no errors (warnings do not count), 1 errors, or pages that cannot be read, 2 wrong usage.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if sum((model is not None, folds is not None, no_model)) > 1:
        stop("--model, --folds and --no-model exclude each other", USAGE)
    pages, skipped = labelled_pages(paths)
    others, others_skipped = labelled_pages(against) if against else ([], 0)
    from copytaster.dumps.progress import Progress
    from copytaster.training.check import check as check_pages

    judged: Sequence[Opinion] | None = None
    judged_by: str | None = None
    with Progress(sys.stderr, not quiet) as progress:
        if not no_model:
            judged, judged_by = _judged(pages, folds, model, jobs, progress.say)
    report = check_pages(pages, judged=judged, judged_by=judged_by, against=others)
    if as_json:
        typer.echo(json.dumps(report.record(), ensure_ascii=False, indent=2))
    else:
        typer.echo(report.text(most or None))
    exit_if_left_out(skipped + others_skipped, "labelled page")
    if report.has_errors:
        raise typer.Exit(SOME_FAILED)


def _judged(
    pages: Sequence[LabelledPage], folds: int | None, model: Path | None, jobs: int | None, say: Callable[[str], None]
) -> tuple[Sequence[Opinion], str]:
    """What a model makes of the pages, and which model."""
    from copytaster.training.suspects import ENOUGH_SITES, opinions

    if model is not None:
        return opinions(pages, load_model(model)), f"the model {model}"
    sites = len({page.page.site for page in pages})
    if folds is None and sites < ENOUGH_SITES:
        why = f"{sites} site{'s' * (sites != 1)} only; {ENOUGH_SITES} are enough to train on some and judge the others"
        return opinions(pages, load_model(None)), f"the shipped model, since the pages are of {why}"
    from joblib import cpu_count

    from copytaster.training.fit import TrainingError
    from copytaster.training.suspects import FOLDS, held_out_opinions

    try:
        judged = held_out_opinions(pages, folds=folds or FOLDS, jobs=jobs or cpu_count(), progress=say)
    except TrainingError as error:
        if folds is not None:
            stop(f"--folds: {error}; leave --folds out to compare with the shipped model", SOME_FAILED)
        return opinions(
            pages, load_model(None)
        ), f"the shipped model, since the pages do not suffice to train on ({error})"
    by = "page" if sites == 1 else "site"
    return judged, f"models that have not seen the page's {by}"
