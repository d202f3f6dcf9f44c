"""From labelled lines to the article.

1. `headline`: the best of the lines that repeat it, without the site's name.
2. `standfirst`: the teaser lines between headline and text that speak of this article.
3. `paragraphs`: the body lines in order, each text once.
4. `teasers`: the other teaser lines as titles and blurbs.
5. `byline` and `published`: from the furniture around the headline, then from that after the text.

Every step is a single walk over the lines; none raises on any text.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from copytaster.labels.label import LABELS, Label
from copytaster.model.article import Article, LineNumbers
from copytaster.model.byline import MAX_LENGTH, byline
from copytaster.model.headline import headline
from copytaster.model.paragraphs import paragraphs
from copytaster.model.places import Places, between
from copytaster.model.published import Furniture, published
from copytaster.model.standfirst import standfirst
from copytaster.model.teasers import teasers
from copytaster.model.wrap import LogicalLine

ABOVE = 8
"""Lines above the headline that may tell author and date."""
BELOW = 40
"""Lines between headline and text that may; a page title can stand hundreds of lines above the text."""
AFTER = 12
"""Lines after the text that may."""
WITHIN = 24
"""Lines from the beginning of the text among which furniture may."""
SUBJECT = 30
"""Paragraphs in which a name is looked for that may be an author's or a person's written about."""

_HEADLINE = LABELS.index(Label.HEADLINE)


def assemble(
    page_rows: Sequence[str],
    lines: Sequence[LogicalLine],
    labels: Sequence[int] | NDArray[np.integer],
    probabilities: NDArray[np.floating] | None = None,
    *,
    site: str | None = None,
    confidence: float = 0.0,
    has_article: float = 0.0,
    may_repeat: bool = True,
) -> Article:
    """Put a page's article together.

    Args:
        page_rows: Every row of the dump, blank ones as empty strings.
        lines: The page's lines, in order.
        labels: For each line the index of its label in `LABELS`.
        probabilities: Probabilities of the four labels, shape (lines, 4); they rank the lines labelled headline.
        site: The site's registrable domain where it is known, which helps to leave its name out of the headline.
        confidence: Passed on to the article.
        has_article: Passed on to the article.
        may_repeat: False where `copytaster.model.echoes` has found that no body line repeats another.

    Returns:
        The article; an empty one for a page without lines.
    """
    places = Places.of(labels)
    likelihoods = None if probabilities is None else probabilities[:, _HEADLINE]
    title, title_lines = headline(page_rows, lines, places, likelihoods, site)
    above, start = _beginning(lines, places, title_lines)
    own = standfirst(lines, places, above, start) if places.body else []
    texts, sources = paragraphs(lines, places.body, may_repeat=may_repeat)
    others, other_sources = teasers(lines, places, own, title)
    # A page without a text has dates and names, but none that are its article's.
    furniture = _furniture(lines, places, above, start) if texts else ()
    edges = _edges(lines, places, above, start) if texts else None
    return Article(
        headline=title,
        standfirst="\n".join(lines[index].text for index in own) or None,
        paragraphs=texts,
        teasers=others,
        byline=byline(*furniture, [title or "", *texts[:SUBJECT]], edges) if furniture else None,
        published=published(*furniture),
        confidence=confidence,
        has_article=has_article,
        line_numbers=LineNumbers(
            headline=_numbers(lines, title_lines),
            standfirst=_numbers(lines, own),
            paragraphs=tuple([_numbers_of(lines[index]) for index in sources]),
            teasers=tuple([_numbers(lines, indices) for indices in other_sources]),
        ),
    )


def _beginning(lines: Sequence[LogicalLine], places: Places, title: Sequence[int]) -> tuple[int | None, int]:
    """The last headline line before the text, and the text's first line.

    Body lines before the chosen headline are strays, unless most of the text stands there.
    """
    body = places.body
    if not body:
        return (title[-1], min(len(lines), title[-1] + BELOW)) if title else (None, len(lines))
    start = body[0]
    if title and start < title[0] <= body[-1]:
        later = [index for index in body if index > title[0]]
        if 2 * sum(len(lines[index].text) for index in later) >= sum(len(lines[index].text) for index in body):
            start = later[0]
    above = between(places.headline, 0, start)
    return above[-1] if above else None, start


def _furniture(
    lines: Sequence[LogicalLine], places: Places, above: int | None, start: int
) -> tuple[Furniture, Furniture, Furniture]:
    """The furniture that may tell author and date: between headline and text, around them, after the text."""
    nav = places.nav
    end = places.body[-1] + 1
    top = start if above is None else above
    over = between(nav, top - ABOVE, top)
    under = between(nav, max(top, start - BELOW), start)
    within = between(nav, start, min(end, start + WITHIN))
    after = between(nav, end, end + AFTER)
    # A page that prints its headline twice may print author and date under the first; its title is not meant.
    earlier = [
        index
        for title, following in itertools.pairwise(between(places.headline, 1, top + 1))
        for index in between(nav, title, min(title + ABOVE + 1, following, max(0, top - ABOVE)))
    ]

    def furniture(indices: Sequence[int]) -> Furniture:
        return Furniture([lines[index].text for index in indices])

    return furniture(under), furniture([*reversed(over), *earlier, *within]), furniture(after)


def _edges(lines: Sequence[LogicalLine], places: Places, above: int | None, start: int) -> Furniture:
    """Lines that may be a byline though they are labelled as the text's: where it begins and ends, and before it."""
    body = places.body
    first = bisect_left(body, start)
    top = start if above is None else above
    own = (*between(places.teaser, max(top, start - BELOW), start), *body[first : first + 2], body[-1])
    return Furniture([text for index in own if len(text := lines[index].text) <= MAX_LENGTH])


def _numbers(lines: Sequence[LogicalLine], indices: Sequence[int]) -> tuple[int, ...]:
    if len(indices) == 1:  # as a rule
        return _numbers_of(lines[indices[0]])
    return tuple([number for index in indices for number in _numbers_of(lines[index])])


def _numbers_of(line: LogicalLine) -> tuple[int, ...]:
    first, last, _ = line
    return (first,) if first == last else tuple(range(first, last + 1))
