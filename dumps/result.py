"""What is written of a page: the page, its article, and its labelled lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from copytaster.labels.page import LabelledPage, Page
from copytaster.model.article import Article
from copytaster.model.classifier import Reading

# More digits of a probability would only be noise, and twice the bytes.
_DIGITS = 4


@dataclass(frozen=True)
class Result:
    """What a classifier made of a page, and which.

    Attributes:
        reading: The page, its labelled lines and its article.
        model: What the classifier is called.
    """

    reading: Reading
    model: str

    @property
    def page(self) -> Page:
        """The page."""
        return self.reading.page

    @property
    def article(self) -> Article:
        """Its article."""
        return self.reading.article

    def labelled_page(self) -> LabelledPage:
        """The page with the labels given, as a page to correct and to train with; its meta say how it was made."""
        labels = {line.number: line.label for line in self.reading.lines}
        origin = self.page.origin
        made = {
            "source": origin and origin.source,
            "offset": origin and origin.offset,
            "confidence": round(self.article.confidence, _DIGITS),
            "model": self.model,
        }
        meta = {key: str(value) for key, value in made.items() if value is not None} | dict(self.page.meta)
        page = replace(self.page, meta=meta)
        return LabelledPage(page, tuple(labels.get(number) for number in range(1, len(self.page.rows) + 1)))

    def probabilities(self) -> list[float | None]:
        """For each row of the page the probability of its label, None for a blank one."""
        probabilities = {line.number: line.probability for line in self.reading.lines}
        return [probabilities.get(number) for number in range(1, len(self.page.rows) + 1)]

    def record(self) -> dict[str, Any]:
        """The fields of the article, with what is known of the page and the model, as JSON has them."""
        article = self.article
        origin = self.page.origin
        numbers = article.line_numbers
        return {
            "id": self.page.id,
            "url": self.page.url,
            "lang": self.page.meta.get("lang"),
            "source": origin.source if origin else None,
            "offset": origin.offset if origin else None,
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
