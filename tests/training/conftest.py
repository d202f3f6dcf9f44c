"""A small model trained on half of the example pages, and its base, for the tests of what builds on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.labels import LabelledPage, read_labelled
from copytaster.training.base import Base, base_of
from copytaster.training.fit import Training, train
from copytaster.training.recipe import Recipe

PAGES = list(read_labelled(Path(__file__).parents[2] / "examples" / "labelled"))
# So few iterations are only enough at a higher rate.
QUICK = Recipe(iterations=8, second_iterations=8, learning_rate=0.3, leaves=7, min_lines=5, parts=2)


@pytest.fixture(scope="session")
def quick() -> Recipe:
    return QUICK


@pytest.fixture(scope="session")
def other_half() -> list[LabelledPage]:
    return PAGES[1::2]


@pytest.fixture(scope="session")
def first_half() -> Training:
    return train(PAGES[::2], recipe=QUICK)


@pytest.fixture(scope="session")
def first_half_base(first_half: Training) -> Base:
    return base_of(first_half, QUICK)
