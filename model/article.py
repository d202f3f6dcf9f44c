"""What Copytaster gives back: labelled lines, and the article built from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from copytaster.labels.label import LABELS, Label


class LabelledLine(NamedTuple):
    """One line of a dump and what the classifier says of it.

    Attributes:
        number: The line's number in the dump, from 1, blank lines counted.
        text: The line, stripped.
        label: The label given, after decoding the page as a whole.
        probability: The probability of the label given.
        probabilities: The probabilities of all four labels; they sum to 1.
    """

    number: int
    text: str
    label: Label
    probability: float
    probabilities: Mapping[Label, float]

    @property
    def rival(self) -> Label:
        """The likeliest label that the line was not given; likelier than the one given where decoding changed that."""
        return max((label for label in LABELS if label != self.label), key=self.probabilities.__getitem__)


class Teaser(NamedTuple):
    """Another story that the page advertises: its title and, where one is printed, its blurb."""

    title: str
    blurb: str | None = None


@dataclass(frozen=True)
class LineNumbers:
    """The dump lines, from 1, that each part of an article was built from.

    Attributes:
        headline: Lines of the headline chosen; empty if there is none.
        standfirst: Lines of the standfirst; empty if there is none.
        paragraphs: For each paragraph its lines.
        teasers: For each teaser its lines.
    """

    headline: tuple[int, ...] = ()
    standfirst: tuple[int, ...] = ()
    paragraphs: tuple[tuple[int, ...], ...] = ()
    teasers: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Article:
    """The article of a page.

    Attributes:
        headline: The title, without the site's name; None if the page shows none.
        standfirst: The summary printed between headline and text; None if there is none.
        paragraphs: Paragraphs, subheads and list items in order.
        teasers: The other stories that the page advertises.
        byline: Who wrote it, as printed.
        published: When it was published, as printed.
        confidence: 0 to 1, how likely the text is the page's main text, whole and alone.
        has_article: 0 to 1, how likely the page holds an article at all.
        line_numbers: The dump lines each part came from.
    """

    headline: str | None = None
    standfirst: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    teasers: list[Teaser] = field(default_factory=list)
    byline: str | None = None
    published: str | None = None
    confidence: float = 0.0
    has_article: float = 0.0
    line_numbers: LineNumbers = field(default_factory=LineNumbers)

    @property
    def text(self) -> str:
        """Standfirst and paragraphs joined by blank lines, without the headline."""
        parts = [self.standfirst, *self.paragraphs] if self.standfirst else self.paragraphs
        return "\n\n".join(parts)
