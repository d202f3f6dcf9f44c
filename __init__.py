"""Copytaster rebuilds the article from the plain-text dump of a web page, line by line, without the HTML.

>>> import copytaster
>>> article = copytaster.extract("")
>>> article.headline is None
True
"""

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page
from copytaster.model.article import Article, LabelledLine, LineNumbers, Teaser
from copytaster.model.classifier import Classifier, extract, extract_many, label_lines, load
from copytaster.model.limits import PageTooLarge
from copytaster.model.modelfile import ModelFileError

__all__ = [
    "LABELS", "Article", "Classifier", "Label", "LabelledLine", "LabelledPage", "LineNumbers", "ModelFileError",
    "Page", "PageTooLarge", "Teaser", "extract", "extract_many", "label_lines", "load",
]  # fmt: skip
