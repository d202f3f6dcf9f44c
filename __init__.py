"""Copytaster rebuilds the article from the plain-text dump of a web page, line by line, without the HTML.

>>> import copytaster
>>> article = copytaster.extract("")
>>> article.headline is None
True
"""

from typing import TYPE_CHECKING, Any

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page
from copytaster.model.article import Article, LabelledLine, LineNumbers, Teaser
from copytaster.model.limits import PageTooLarge

if TYPE_CHECKING:
    from copytaster.model.classifier import Classifier, extract, extract_many, label_lines, load
    from copytaster.model.modelfile import ModelFileError

__all__ = [
    "LABELS",
    "Article",
    "Classifier",
    "Label",
    "LabelledLine",
    "LabelledPage",
    "LineNumbers",
    "ModelFileError",
    "Page",
    "PageTooLarge",
    "Teaser",
    "extract",
    "extract_many",
    "label_lines",
    "load",
]


def __getattr__(name: str) -> Any:
    # What needs numpy comes when it is first asked for: `copytaster --help` should not wait for it.
    if name in {"Classifier", "extract", "extract_many", "label_lines", "load"}:
        from copytaster.model import classifier

        return getattr(classifier, name)
    if name == "ModelFileError":
        from copytaster.model.modelfile import ModelFileError

        return ModelFileError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
