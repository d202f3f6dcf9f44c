"""How a classifier is fitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How a classifier is fitted.

    Attributes:
        iterations: Boosting rounds of the first stage; each has a tree a label.
        second_iterations: Boosting rounds of the second stage, which begins from what the first knows and gains nothing
            by the last of so many; prediction is the faster for it.
        learning_rate: Shrinkage of each tree.
        leaves: Most leaves of a tree.
        depth: Most splits from root to leaf.
        min_lines: Fewest lines a leaf may hold.
        l2: Regularisation of the leaves' values.
        features: Share of the features, drawn anew, that each split chooses among: with all of them many rounds of
            small steps are needed to do as well on rare labels, above all on headlines.
        folds: Into how many the training pages are cut, by site, for the second stage to see honest probabilities.
        parts: Into how many each fold is cut for the word evidence of its pages to be learned without them.
        most_lines: Lines that a forest is trained on at most; of more, a part of the body and nav lines is drawn, which
            count the more.
        addresses: Share of the pages whose address, where it is known, training sees: dumps come with and without one.
        seed: Of the draws and of scikit-learn's random choices.
    """

    iterations: int = 80
    second_iterations: int = 50
    learning_rate: float = 0.15
    leaves: int = 31
    depth: int = 6
    min_lines: int = 30
    l2: float = 5.0
    features: float = 0.3
    folds: int = 2
    parts: int = 4
    most_lines: int = 200_000
    addresses: float = 0.5
    seed: int = 0


DEFAULT_RECIPE = Recipe()
"""How `copytaster train` fits, and how the shipped model was fitted."""
EXTENDING_RECIPE = Recipe(iterations=30, second_iterations=20, learning_rate=0.3)
"""How `copytaster train --extend` fits what stands beside the forests of the model that is extended."""
