"""Fits the word evidence: a linear model over hashed words, one against all for each label and zone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse
import scipy.special
from scipy.optimize import minimize
from sklearn.linear_model import SGDClassifier
from threadpoolctl import threadpool_limits

from copytaster.labels.label import LABELS, Label
from copytaster.model.features.evidence import AFTER, ASPECTS, BEFORE, BUCKETS, STEPS, Evidence, cells_of
from copytaster.model.lines import Lines

ALPHA = 3e-6
"""Strength of the L2 penalty; 1e-6 to 1e-5 made little difference."""
EPOCHS = 12
"""Passes over the lines."""
PRIOR = 100.0
"""Strength of the L2 penalty on what one's own pages change of evidence that was fitted before."""
STEPS_OF_EXTENDING = 60
"""Most steps of L-BFGS, which has found the place by then."""
_INSIDE = -1
_UNKNOWN = -2
_BODY = LABELS.index(Label.BODY)


def matrix_of(lines: Lines) -> scipy.sparse.csr_matrix:
    """float32 (n, BUCKETS), how often a line falls into a bucket, over the root of how many it falls into."""
    cells = cells_of(lines)
    size = np.diff(cells.start)
    values = np.repeat(1 / np.sqrt(np.maximum(size, 1)), size).astype(np.float32)
    matrix = scipy.sparse.csr_matrix((values, cells.bucket, cells.start), shape=(len(lines), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def zones_of(lines: Lines, labels: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """int64 (n,): `BEFORE`, `AFTER`, or a negative number for inside, and for pages without a body."""
    body = labels == _BODY
    passed = np.concatenate([[0], np.cumsum(body)])
    index = np.arange(len(lines))
    above = passed[index] - passed[lines.first_of_page]
    below = passed[lines.end_of_page] - passed[index + 1]
    zone = np.where(body | ((above > 0) & (below > 0)), _INSIDE, np.where(above > 0, AFTER, BEFORE))
    return np.where(above + below + body > 0, zone, _UNKNOWN)


def fit_evidence(
    matrices: Sequence[scipy.sparse.csr_matrix],
    labels: Sequence[npt.NDArray[np.int8]],
    zones: Sequence[npt.NDArray[np.int64]],
    weights: Sequence[npt.NDArray[np.float64]],
    seed: int = 0,
) -> Evidence:
    """Fit the evidence on some batches of lines.

    Args:
        matrices: What `matrix_of` gives for each batch.
        labels: int8 (n,) for each batch, indices into `LABELS`.
        zones: What `zones_of` gives for each batch.
        weights: float64 (n,) for each batch, what each line counts.
        seed: Of the order the lines are learned in.
    """
    x = scipy.sparse.vstack(matrices).tocsr()
    label, zone, weight = np.concatenate(labels), np.concatenate(zones), np.concatenate(weights)
    coefficients = np.zeros((BUCKETS, len(ASPECTS)))
    intercept = np.zeros(len(ASPECTS))
    known = zone != _UNKNOWN
    with_zone = x[np.flatnonzero(known)]
    for aspect in range(len(ASPECTS)):
        of_zone = aspect in (BEFORE, AFTER)
        target = zone[known] == aspect if of_zone else label == aspect
        if target.all() or not target.any():
            continue  # nothing to tell apart: the aspect stays silent
        model = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=EPOCHS, tol=None, average=True, random_state=seed)
        if of_zone:
            model.fit(with_zone, target, sample_weight=weight[known])
        else:
            model.fit(x, target, sample_weight=weight)
        coefficients[:, aspect] = model.coef_[0]
        intercept[aspect] = model.intercept_[0]
    return _rounded(coefficients, intercept)


def extend_evidence(
    prior: Evidence,
    matrices: Sequence[scipy.sparse.csr_matrix],
    labels: Sequence[npt.NDArray[np.int8]],
    zones: Sequence[npt.NDArray[np.int64]],
    weights: Sequence[npt.NDArray[np.float64]],
) -> Evidence:
    """Go on with evidence that was fitted before: what it does not explain of some other lines is learned of them.

    Each aspect is a logistic regression on the lines' own words, on top of the log odds known before, with a penalty on
    what is added. So words that the lines do not hold keep their weights, and few lines change little.

    Args:
        prior: The evidence to go on with.
        matrices: As in `fit_evidence`, and so are the others; without any, the evidence stays what it was.
        labels: int8 (n,) for each batch.
        zones: For each batch.
        weights: float64 (n,) for each batch.
    """
    if not matrices:
        return prior
    x = scipy.sparse.vstack(matrices).tocsr()
    used = np.unique(x.indices)
    x = x[:, used].astype(np.float64)
    label, zone, weight = np.concatenate(labels), np.concatenate(zones), np.concatenate(weights)
    coefficients = prior.weights * prior.step
    intercept = prior.intercept.copy()
    odds = x @ coefficients[used] + intercept
    x = scipy.sparse.hstack([x, np.ones((x.shape[0], 1))]).tocsr()
    # More threads would add in another order, and give other bits.
    with threadpool_limits(1, user_api="blas"):
        for aspect in range(len(ASPECTS)):
            of_zone = aspect in (BEFORE, AFTER)
            target = zone == aspect if of_zone else label == aspect
            counted = np.where(zone != _UNKNOWN, weight, 0.0) if of_zone else weight
            there = counted > 0
            if not there.any() or target[there].all() or not target[there].any():
                continue  # nothing to tell apart: what was known stays
            added = _on_top(x[there], np.where(target[there], 1.0, -1.0), odds[there, aspect], counted[there])
            coefficients[used, aspect] += added[:-1]
            intercept[aspect] += added[-1]
    return _rounded(coefficients, intercept)


def _on_top(
    x: scipy.sparse.csr_matrix,
    sign: npt.NDArray[np.float64],
    odds: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The weights that, added to what gave the odds, explain the signs best."""

    def loss(added: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = sign * (odds + x @ added)
        pull = -sign * weight * scipy.special.expit(-margin)
        value = (weight * np.logaddexp(0, -margin)).sum() + PRIOR / 2 * (added * added).sum()
        return float(value), x.T @ pull + PRIOR * added

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS_OF_EXTENDING})
    return np.asarray(found.x)


def _rounded(coefficients: npt.NDArray[np.float64], intercept: npt.NDArray[np.float64]) -> Evidence:
    step = np.abs(coefficients).max(axis=0) / STEPS
    units = np.divide(coefficients, step, out=np.zeros_like(coefficients), where=step > 0)
    return Evidence(np.rint(units).astype(np.int8), step, intercept)
