"""What a training says when it is over: what the labelled pages hold, and how to measure the model."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage


def summary(pages: Sequence[LabelledPage]) -> str:
    """Pages, sites and lines of each label, in a few lines of text."""
    counts = Counter(label for page in pages for label in page.labels if label is not None)
    sites = len({page.page.site for page in pages})
    labels = "\n".join(f"  {label:10}{counts[label]:>10,} lines" for label in LABELS)
    return f"trained on {len(pages):,} pages of {sites:,} sites, {counts.total():,} lines\n{labels}"


def how_to_evaluate(paths: Sequence[Path], model: Path) -> str:
    """The commands that measure a model trained on some paths."""
    given = shlex.join(map(str, paths))
    return (
        "to measure it\n"
        f"  on pages it was not trained on:    copytaster evaluate OTHER_PAGES --model {shlex.quote(str(model))}\n"
        f"  by models like it, site by site:   copytaster evaluate {given} --folds 5"
    )
