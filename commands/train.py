"""`copytaster train`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import Cache, Jobs, LabelledPaths, Quiet, check_output, labelled_pages
from copytaster.commands.status import MODEL_UNUSABLE, SOME_FAILED, USAGE, exit_if_left_out, stop

if TYPE_CHECKING:
    from copytaster.training.base import Base
    from copytaster.training.comparison import Comparison
    from copytaster.training.fit import Training


def train(
    paths: LabelledPaths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write.", show_default=False)
    ],
    extend: Annotated[
        bool, typer.Option("--extend", help="Build on what the shipped model was trained on. A few pages will do.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the random choices; another seed makes another model.")] = 0,
    cache: Cache = None,
    base: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write what others need to extend the model: numbers, no text."),
    ] = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Train a model of your own on labelled pages.

    \b
      copytaster predict some-pages/ -f tsv -o first.tsv   labels to correct, instead of an empty page
      copytaster guide                                     what the labels mean
      copytaster train my-pages/ --extend -o mine.npz      your pages on top of the shipped model's
      copytaster train my-pages/ -o mine.npz --jobs 4      your pages alone
      copytaster predict new-pages/ --model mine.npz

    A labelled page is a .tsv file with a line `label<TAB>text` for each line of the dump. The same pages and the same
    seed give the same model file, byte for byte.
    """  # noqa: D301 - click keeps the lines after \b as they are
    for file in (output, base):
        if file is not None:
            check_output(file)
    if extend and base is not None:
        stop("--extend and --base exclude each other: a base is made of a model that was trained from nothing", USAGE)
    known = _shipped_base() if extend else None
    pages, skipped = labelled_pages(paths)
    from dataclasses import replace

    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.model.modelfile import ModelFileError
    from copytaster.training.base import base_of, write_base
    from copytaster.training.cache import CacheError
    from copytaster.training.fit import TrainingError
    from copytaster.training.fit import train as train_on
    from copytaster.training.recipe import DEFAULT_RECIPE, EXTENDING_RECIPE
    from copytaster.training.summary import comparison_table, next_steps, summary

    recipe = replace(EXTENDING_RECIPE if extend else DEFAULT_RECIPE, seed=seed)
    try:
        with Progress(sys.stderr, not quiet) as progress:
            training = train_on(
                pages, recipe=recipe, jobs=jobs or cpu_count(), progress=progress.say, cache=cache, base=known
            )
            progress.say("comparing it with the shipped model")
            comparison = _beside_shipped(training)
            if base is not None:
                progress.say(f"writing {base}")
                write_base(base_of(training, recipe), base)
        training.classifier.save(output)
    except (ModelFileError, CacheError) as error:
        stop(str(error), USAGE)
    except TrainingError as error:
        stop(str(error), SOME_FAILED)
    typer.echo(summary(pages, known.classifier.fingerprint if known else None))
    if comparison is not None:
        typer.echo(comparison_table(comparison))
    for file, what in ((output, f"model {training.classifier.fingerprint}"), (base, "its base")):
        if file is not None:
            typer.echo(f"wrote {file}: {file.stat().st_size / 1e6:.1f} MB, {what}")
    typer.echo(next_steps(paths, output, comparison, extended=extend))
    exit_if_left_out(skipped, "labelled page")


def _shipped_base() -> Base:
    from copytaster.model.modelfile import ModelFileError
    from copytaster.training.base import BaseFileError, load_base

    try:
        return load_base()
    except (BaseFileError, ModelFileError) as error:
        stop(str(error), MODEL_UNUSABLE)


def _beside_shipped(training: Training) -> Comparison | None:
    """How the model does beside the shipped one; None where that cannot be read, as when features have changed."""
    from copytaster.model.classifier import load
    from copytaster.model.modelfile import ModelFileError
    from copytaster.training.heldout import beside

    try:
        shipped = load()
    except ModelFileError:
        return None
    return beside(training, shipped)
