"""Scores of a training on its own pages, by the models that were fitted without each page's fold."""

from __future__ import annotations

from copytaster.model.classifier import Classifier
from copytaster.training.comparison import Comparison, compare
from copytaster.training.evaluate import scores_of
from copytaster.training.fit import Training
from copytaster.training.scores import PageScore, score_page


def held_out_scores(training: Training) -> list[PageScore]:
    """The scores of the pages trained on, each labelled by a model that was fitted without the sites of its fold.

    Nothing is fitted for it: these models are there for the confidence to be fitted. They saw fewer pages than the
    classifier did, which will do a little better. Pages of a weight below 1, whose labels were derived and not read,
    are left out, unless there are no others.
    """
    scores = [
        score_page(page, reading)
        for part in training.parts
        if len(part.examples.lines)
        for page, reading in zip(
            part.pages,
            training.classifier.readings([page.page for page in part.pages], part.examples.lines, part.probabilities),
            strict=True,
        )
    ]
    read = [score for score in scores if score.page.weight >= 1]
    return read or scores


def beside(training: Training, other: Classifier) -> Comparison:
    """Compare a training with another model, which should not have been trained on the same pages."""
    scores = held_out_scores(training)
    return compare(scores, scores_of([score.page for score in scores], other))
