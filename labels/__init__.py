"""Labels, the pages that carry them, and how labelled pages are kept on disk."""

from copytaster.labels.files import read_labelled
from copytaster.labels.jsonl import write_jsonl
from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page
from copytaster.labels.record import LabelFileError
from copytaster.labels.tsv import write_tsv

__all__ = [
    "LABELS",
    "Label",
    "LabelFileError",
    "LabelledPage",
    "Page",
    "read_labelled",
    "write_jsonl",
    "write_tsv",
]
