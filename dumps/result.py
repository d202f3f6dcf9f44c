"""What is written of a page: the page, its article, and its labelled lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from copytaster.labels.page import LabelledPage, Page
from copytaster.model.article import Article, LabelledLine

# More digits of a probability would only be noise, and twice the bytes.
_DIGITS = 4


@dataclass(frozen=True)
class Result:
    """A page, and what a classifier made of it.

    Attributes:
        page: The page.
        article: Its article.
        lines: A labelled line for each of its lines that are not blank, in order.
        model: What the classifier is called.
    """

    page: Page
    article: Article
    lines: Sequence[LabelledLine]
    model: str

    def labelled_page(self) -> LabelledPage:
        """The page with the labels given, as a page to correct and to train with.

        Raises:
            ValueError: If the lines are not those of the page.
        """
        labels = {line.number: line.label for line in self.lines}
        return LabelledPage(self.page, tuple(labels.get(number) for number in range(1, len(self.page.rows) + 1)))

    def probabilities(self) -> list[float | None]:
        """For each row of the page the probability of its label, None for a blank one."""
        probabilities = {line.number: line.probability for line in self.lines}
        return [probabilities.get(number) for number in range(1, len(self.page.rows) + 1)]

    def record(self) -> dict[str, Any]:
        """The fields of the article, with the page's id and URL and the model, as JSON has them."""
        article = self.article
        numbers = article.line_numbers
        return {
            "id": self.page.id,
            "url": self.page.url,
            "headline": article.headline,
            "standfirst": article.standfirst,
            "byline": article.byline,
            "published": article.published,
            "text": article.text,
            "paragraphs": article.paragraphs,
            "teasers": [{"title": teaser.title, "blurb": teaser.blurb} for teaser in article.teasers],
            "confidence": round(article.confidence, _DIGITS),
            "has_article": round(article.has_article, _DIGITS),
            "line_numbers": {
                "headline": numbers.headline,
                "standfirst": numbers.standfirst,
                "paragraphs": numbers.paragraphs,
                "teasers": numbers.teasers,
            },
            "model": self.model,
        }
