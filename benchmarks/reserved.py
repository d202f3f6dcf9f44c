"""What the benchmarks on labelled pages share: their arguments, the pages of one fold, the head of their report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpora import FOLDS

from copytaster.labels import LabelledPage, read_labelled
from copytaster.training.folds import fold_of


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Takes labelled pages, a model, a fold, a note and an output."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path, nargs="+")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="only sites of this fold; 0 is the reserved one")
    parser.add_argument("--note", default="", help="a sentence for the report, such as what the model was trained on")
    parser.add_argument("-o", "--output", type=Path)
    return parser


def pages_of(options: argparse.Namespace) -> list[LabelledPage]:
    """The labelled pages of the fold, all without one."""
    return [
        page
        for path in options.labelled
        for page in read_labelled(path)
        if options.fold is None or fold_of(page.page.site, FOLDS) == options.fold
    ]


def head(title: str, script: str, options: argparse.Namespace) -> str:
    """How a report begins: its title, the command that made it, the note."""
    given = [word for word in sys.argv[1:] if word not in ("--note", options.note)]
    command = " ".join(Path(word).name if "/" in word else word for word in given)
    note = f"{options.note}\n\n" if options.note else ""
    return f"# {title}\n\nMade by `python benchmarks/{script} {command}`; do not edit.\n\n{note}"
