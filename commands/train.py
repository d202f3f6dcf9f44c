"""`copytaster train`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from copytaster.commands.options import Cache, Jobs, LabelledPaths, Quiet, check_output, labelled_pages
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop


def train(
    paths: LabelledPaths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write.", show_default=False)
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the random choices; another seed makes another model.")] = 0,
    cache: Cache = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Train a model of your own on labelled pages.

    \b
      copytaster predict some-pages/ -f tsv -o first.tsv   labels to correct, instead of an empty page
      copytaster guide                                     what the labels mean
      copytaster train my-pages/ -o mine.npz --jobs 4
      copytaster predict new-pages/ --model mine.npz

    A labelled page is a .tsv file with a line `label<TAB>text` for each line of the dump. The same pages and the same
    seed give the same model file, byte for byte.
    """  # noqa: D301 - click keeps the lines after \b as they are
    check_output(output)
    pages, skipped = labelled_pages(paths)
    from dataclasses import replace

    from joblib import cpu_count

    from copytaster.dumps.progress import Progress
    from copytaster.model.modelfile import ModelFileError
    from copytaster.training.cache import CacheError
    from copytaster.training.fit import DEFAULT_RECIPE, TrainingError, fit
    from copytaster.training.summary import how_to_evaluate, summary

    recipe = replace(DEFAULT_RECIPE, seed=seed)
    try:
        with Progress(sys.stderr, not quiet) as progress:
            classifier = fit(pages, recipe=recipe, jobs=jobs or cpu_count(), progress=progress.say, cache=cache)
        classifier.save(output)
    except (ModelFileError, CacheError) as error:
        stop(str(error), USAGE)
    except TrainingError as error:
        stop(str(error), SOME_FAILED)
    typer.echo(summary(pages))
    typer.echo(f"wrote {output}: {output.stat().st_size / 1e6:.1f} MB, model {classifier.fingerprint}")
    typer.echo(how_to_evaluate(paths, output))
    exit_if_left_out(skipped, "labelled page")
