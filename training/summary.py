"""What a training says when it is over: what the pages hold, how the model does on them, and what to type next."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage
from copytaster.training.comparison import Comparison

_NAMES = {
    "macro": "line F1, mean",
    **{str(label): f"  {label}" for label in LABELS},
    "title": "headlines right",
    "words": "text word F1",
}
_VERDICTS = {
    "better": "On pages like these its labels are better than the shipped model's.",
    "worse": "On pages like these its labels are worse than the shipped model's.",
    "no different": "On pages like these no difference between its labels and the shipped model's can be told.",
}


def summary(pages: Sequence[LabelledPage], extends: str | None = None) -> str:
    """Pages, sites and lines of each label, in a few lines of text; with the model that was extended, if one was."""
    counts = Counter(label for page in pages for label in page.labels if label is not None)
    sites = len({page.page.site for page in pages})
    labels = "\n".join(f"  {label:10}{counts[label]:>10,} lines" for label in LABELS)
    on_top = f", on top of model {extends}" if extends else ""
    held = f"{_count(len(pages), 'page')} of {_count(sites, 'site')}, {counts.total():,} lines"
    return f"trained on {held}{on_top}\n{labels}"


def comparison_table(comparison: Comparison) -> str:
    """The scores beside those of the shipped model, and in a sentence what follows."""
    by = "sites" if comparison.sites > 1 else "pages"
    rows = [
        f"on the same pages: models like it that were fitted without their {by}, and the shipped model",
        f"{'':20}{'like it':>9}{'shipped':>9}{'difference':>12}  95 % of draws",
    ]
    for name, change in comparison.changes.items():
        if math.isnan(change.new):
            continue
        low, high = change.interval
        rows.append(
            f"{_NAMES[name]:20}{change.new:9.3f}{change.old:9.3f}{change.difference:+12.3f}  {low:+.3f} to {high:+.3f}"
        )
    rows.append(_VERDICTS[comparison.changes["macro"].verdict] if comparison.can_tell else _too_few(comparison))
    contrary = {comparison.changes[name].verdict for name in ("title", "words")} - {"no different"}
    if comparison.can_tell and contrary - {comparison.changes["macro"].verdict}:
        rows.append("Headlines and text, by which the article is judged, go another way: see the rows above.")
    return "\n".join(rows)


def next_steps(paths: Sequence[Path], model: Path, comparison: Comparison | None, *, extended: bool) -> str:
    """The commands that may be wanted next."""
    given, name = shlex.join(map(str, paths)), shlex.quote(str(model))
    steps = [
        ("to use it", f"copytaster predict DUMPS --model {name}"),
        ("to measure it on other pages", f"copytaster evaluate OTHER_PAGES --model {name}"),
    ]
    if not extended:
        steps.append(("by models like it, site by site", f"copytaster evaluate {given} --folds 5"))
        if comparison is not None and comparison.changes["macro"].verdict != "better":
            steps.append(("to build on the shipped model", f"copytaster train {given} --extend -o {name}"))
    if comparison is not None and not comparison.can_tell:
        steps.append(("to label more pages", "copytaster predict DUMPS -f tsv -o more.tsv, and correct it"))
    return "\n".join(["next", *(f"  {what + ':':34}{command}" for what, command in steps)])


def _too_few(comparison: Comparison) -> str:
    few = f"{_count(comparison.pages, 'page')} of {_count(comparison.sites, 'site')}"
    return (
        f"{few} are too few to tell which is better: the figures are a hint. "
        "Label some more, of other sites if you have them."
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
