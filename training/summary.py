"""What a set of labelled pages holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage


def summary(pages: Sequence[LabelledPage]) -> str:
    """Pages, sites and lines of each label, in a few lines of text."""
    counts = Counter(label for page in pages for label in page.labels if label is not None)
    sites = len({page.page.site for page in pages})
    labels = "\n".join(f"  {label:10}{counts[label]:>10,} lines" for label in LABELS)
    return f"trained on {len(pages):,} pages of {sites:,} sites, {counts.total():,} lines\n{labels}"
