"""What the web page is told, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from copytaster.desk.desk import Desk
from copytaster.desk.marks import LETTERS
from copytaster.desk.sheet import Content
from copytaster.model.article import Article
from copytaster.training.doubt import DOUBTFUL

MAX_BODY = 1_000_000
"""Bytes of the largest save."""


class BadSaveError(ValueError):
    """What was sent to be saved is not what the page sends."""


def listing(desk: Desk) -> dict[str, Any]:
    """All pages in order, and how far the work is."""
    pages = [
        {
            "key": key,
            "id": place.doubt.id,
            "why": place.why,
            "done": place.tally.is_done,
            "marked": place.tally.marked,
        }
        for key, place in desk.places.items()
    ]
    return {"pages": pages, "progress": progress(desk)}


def progress(desk: Desk) -> dict[str, Any]:
    """Pages done and lines changed; the agreement is the share of the user's labels that are the model's too."""
    tallies = [place.tally for place in desk.places.values()]
    marked = sum(tally.marked for tally in tallies)
    changed = sum(tally.changed for tally in tallies)
    return {
        "pages": len(tallies),
        "done": sum(tally.is_done for tally in tallies),
        "marked": marked,
        "changed": changed,
        "agreement": 1 - changed / marked if marked else None,
    }


def sheet(desk: Desk, key: str, content: Content) -> dict[str, Any]:
    """A page with its lines: number, further rows that belong to it, blank rows above it, text."""
    place = desk.places[key]
    guess = place.guess
    lines = []
    end = 0
    for line in content.lines:
        lines.append([line.first, line.last - line.first, line.first - end - 1, line.text])
        end = line.last
    return {
        "key": key,
        "id": content.page.id,
        "url": content.page.url,
        "file": str(place.sheet.path),
        "why": place.why,
        "lines": lines,
        "guesses": "".join(LETTERS[label] for label in guess.labels),
        "doubtful": np.flatnonzero(guess.margins < DOUBTFUL).tolist(),
        **saved(desk, key, content),
    }


def saved(desk: Desk, key: str, content: Content) -> dict[str, Any]:
    """What a save changes of a page: its marks, its version and its article."""
    return {
        "marks": content.marks,
        "done": content.is_done,
        "version": content.version,
        "marked": desk.places[key].tally.marked,
        "article": _article(desk.article(key, content)),
        "progress": progress(desk),
    }


def save_of(body: bytes) -> tuple[str, str, bool]:
    """The version, the marks and whether the page is done, of what was sent to be saved.

    Raises:
        BadSaveError: If it is anything else.
    """
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise BadSaveError("the body is no JSON") from None
    if not isinstance(record, Mapping):
        raise BadSaveError("the body is no JSON object")
    version, marks, done = record.get("version"), record.get("marks"), record.get("done")
    if not (isinstance(version, str) and isinstance(marks, str) and isinstance(done, bool)):
        raise BadSaveError('a save has "version" and "marks", two strings, and "done", true or false')
    return version, marks, done


def _article(article: Article) -> dict[str, Any]:
    return {
        "headline": article.headline,
        "standfirst": article.standfirst,
        "paragraphs": article.paragraphs,
        "teasers": [teaser._asdict() for teaser in article.teasers],
        "byline": article.byline,
        "published": article.published,
    }
