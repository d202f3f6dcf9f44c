"""Labels, the pages that carry them, and how labelled pages are kept on disk."""

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page

__all__ = ["LABELS", "Label", "LabelledPage", "Page"]
