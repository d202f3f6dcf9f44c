"""From the lines of pages to numbers.

1. `base` measures what needs no training: a line by itself (`line`), its place (`layout`), the long lines of running
   text around it (`prose`), what it speaks of
   (`topic`), whether the page's address names it (`address`).
2. `complete` adds what the words of the line speak for (`evidence`) and the features of the lines around it
   (`neighbours`).

Each family is a generator of name, description and column, so a feature's name stands beside what computes it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS
from copytaster.model.features import address, layout, line, neighbours, prose, topic
from copytaster.model.features.evidence import Evidence
from copytaster.model.features.feature import Columns, Feature, fill, matrix
from copytaster.model.lines import Lines, pack

NEIGHBOURS_NEAR = (
    "width", "ends_sentence", "digit_share", "is_prose", "stretch_content",
    *(f"words_{label}" for label in LABELS),
)  # fmt: skip
"""Features that are also given for the two lines above and the two below."""
NEIGHBOURS_NEAREST = (
    "words", "capitalised_share", "upper_share", "first_kind", "last_kind", "blanks_before", "indent", "repeats",
    "own_content", "title_covered", "number_word_share",
)  # fmt: skip
"""Features that are also given for the line above and the one below."""


def _base_families(lines: Lines) -> Iterator[tuple[str, Columns]]:
    found = prose.find_prose(lines)
    words = list(topic.topic(lines, found, title=lines.page_start[:-1]))
    shared = next(values for name, _, values in words if name == "stretch_content")
    yield "length", line.length(lines)
    yield "characters", line.characters(lines)
    yield "case", line.case(lines)
    yield "punctuation", line.punctuation(lines)
    yield "numbers", line.digits(lines)
    yield "addresses and tags", line.links(lines)
    yield "place on the page", layout.position(lines)
    yield "blank rows", layout.blanks(lines)
    yield "indentation", layout.indentation(lines)
    yield "repetition", layout.repetition(lines)
    yield "prose around", prose.prose(lines, found)
    yield "main stretch of prose", prose.stretch(lines, found)
    yield "where titles stand", prose.title_zone(lines, found, shared)
    yield "words shared with the page", iter(words)
    yield "address of the page", address.address(lines)


def _base_columns(lines: Lines) -> Columns:
    return itertools.chain.from_iterable(columns for _, columns in _base_families(lines))


def base(lines: Lines) -> npt.NDArray[np.float32]:
    """float32 (n, len(base_features())), the features that need no training."""
    out = matrix(len(lines), len(base_features()))
    fill_base(lines, out)
    return out


def fill_base(lines: Lines, out: npt.NDArray[np.float32]) -> None:
    """Fill in the features that need no training: float32 (n, len(base_features()))."""
    fill(out, _base_columns(lines))


def complete(lines: Lines, base: npt.NDArray[np.float32], evidence: Evidence) -> npt.NDArray[np.float32]:
    """float32 (n, len(features())), all features of the first stage.

    Args:
        lines: The batch, of n lines.
        base: What `base` gives for them.
        evidence: The fitted word evidence.
    """
    out = matrix(len(lines), len(features()))
    out[:, : base.shape[1]] = base
    fill_complete(lines, evidence, out)
    return out


def fill_complete(lines: Lines, evidence: Evidence, out: npt.NDArray[np.float32]) -> None:
    """Fill in what follows the features that need no training, which are filled in: float32 (n, len(features()))."""
    at = len(base_features())
    fill(out[:, at : at + len(evidence_features())], evidence.columns(lines))
    add_neighbours(lines, out)


def add_neighbours(lines: Lines, out: npt.NDArray[np.float32]) -> None:
    """Fill in the features of the lines around from those of the lines themselves, which stand before them.

    Args:
        lines: The batch, of n lines.
        out: float32 (n, len(features())), whose columns for the lines themselves are filled.
    """
    at = len(base_features()) + len(evidence_features())
    for names, offsets in _NEIGHBOURHOODS:
        end = at + len(names) * len(offsets)
        neighbours.shift(lines, out, _columns_of(names), offsets, out[:, at:end])
        at = end


_NEIGHBOURHOODS = ((NEIGHBOURS_NEAR, neighbours.NEAR), (NEIGHBOURS_NEAREST, neighbours.NEAREST))


@functools.cache
def base_features() -> tuple[Feature, ...]:
    """The features that need no training, in the order of the columns."""
    return tuple(Feature(name, description) for name, description, _ in _base_columns(pack([])))


@functools.cache
def evidence_features() -> tuple[Feature, ...]:
    """The features of the word evidence, in the order of the columns."""
    nothing = Evidence.none()
    return tuple(Feature(name, description) for name, description, _ in nothing.columns(pack([])))


@functools.cache
def families() -> Mapping[str, tuple[str, ...]]:
    """The names of the features of a line itself, by the family they belong to, in the order of the columns."""
    found = {family: tuple(name for name, _, _ in columns) for family, columns in _base_families(pack([]))}
    return {**found, "words of the line": tuple(feature.name for feature in evidence_features())}


@functools.cache
def features() -> tuple[Feature, ...]:
    """All features of the first stage, in the order of the columns."""
    own = (*base_features(), *evidence_features())
    described = dict(own)
    around = tuple(
        Feature(neighbours.offset_name(name, offset), f"{described[name]}, {_place(offset)}")
        for names, offsets in _NEIGHBOURHOODS
        for offset in offsets
        for name in names
    )
    return (*own, *around)


def _place(offset: int) -> str:
    lines = "one line" if abs(offset) == 1 else f"{abs(offset)} lines"
    return f"{lines} {'below' if offset > 0 else 'above'}"


@functools.cache
def _columns_of(names: tuple[str, ...]) -> list[int]:
    position = {feature.name: column for column, feature in enumerate((*base_features(), *evidence_features()))}
    return [position[name] for name in names]
