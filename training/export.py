"""A fitted scikit-learn classifier turned into a `Forest`. Uses scikit-learn's private attributes, of 1.5 to 1.9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from copytaster.model.forest import Forest

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

_NODE_FIELDS: Final = frozenset(
    [
        "value",
        "count",
        "feature_idx",
        "num_threshold",
        "missing_go_to_left",
        "left",
        "right",
        "is_leaf",
        "is_categorical",
    ]
)


class ExportError(ValueError):
    """A classifier that cannot be turned into a forest."""


def forest_from(classifier: HistGradientBoostingClassifier) -> Forest:
    """Take the trees out of a fitted classifier.

    Args:
        classifier: Fitted on float32 features without categorical ones. The forest's classes are
            ``classifier.classes_`` in their order.

    Returns:
        A forest whose raw scores equal the classifier's bit for bit on float32 features, and whose probabilities differ
        by rounding only (less than 1e-12).

    Raises:
        ExportError: If the classifier is of another kind, not fitted, has categorical splits, or comes from a
            scikit-learn that keeps its trees in another way.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    if not isinstance(classifier, HistGradientBoostingClassifier):
        raise ExportError(f"expected a HistGradientBoostingClassifier, not a {type(classifier).__name__}")
    if not hasattr(classifier, "_predictors"):
        raise ExportError("the classifier is not fitted: call fit first")
    if getattr(classifier, "is_categorical_", None) is not None:
        raise ExportError("categorical features cannot be exported: train with categorical_features=None")
    iterations: list[list[Any]] = classifier._predictors
    baseline = _baseline(classifier, n_scores=len(iterations[0]))
    trees = [_checked_nodes(tree) for iteration in iterations for tree in iteration]
    n_nodes = [len(nodes) for nodes in trees]
    roots = np.cumsum([0, *n_nodes[:-1]])
    nodes = np.concatenate(trees)
    leaf = nodes["is_leaf"].astype(bool)
    root = np.repeat(roots, n_nodes)
    return Forest(
        feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int16),
        threshold=_rounded_down(np.where(leaf, 0.0, nodes["num_threshold"])),
        left=np.where(leaf, -1, nodes["left"] + root).astype(np.int32),
        right=np.where(leaf, -1, nodes["right"] + root).astype(np.int32),
        missing_left=nodes["missing_go_to_left"].astype(bool) & ~leaf,
        value=np.where(leaf, nodes["value"], 0.0),
        roots=roots.astype(np.int32),
        tree_class=np.tile(np.arange(len(baseline), dtype=np.int8), len(iterations)),
        baseline=baseline,
        n_features=int(classifier.n_features_in_),
        cover=nodes["count"].astype(np.int32),
    )


def _baseline(classifier: Any, n_scores: int) -> npt.NDArray[np.float64]:
    baseline = np.asarray(classifier._baseline_prediction)
    n_expected = 1 if len(classifier.classes_) == 2 else len(classifier.classes_)
    if baseline.size != n_expected or n_scores != n_expected or baseline.dtype != np.float64:
        raise _unknown_layout(f"baseline {baseline.dtype} {baseline.shape}, {n_scores} trees an iteration")
    return baseline.reshape(n_expected)


def _checked_nodes(tree: Any) -> npt.NDArray[np.void]:
    nodes: npt.NDArray[np.void] = tree.nodes
    missing = _NODE_FIELDS - set(nodes.dtype.names or ())
    if missing:
        raise _unknown_layout(f"nodes without {', '.join(sorted(missing))}")
    split = nodes["is_leaf"] == 0
    if nodes["is_categorical"][split].any():
        raise ExportError("categorical splits cannot be exported: train with categorical_features=None")
    if np.isnan(nodes["num_threshold"][split]).any():
        raise ExportError("a threshold is not a number: a feature holds both infinities and nothing between them")
    return nodes


def _rounded_down(threshold: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The greatest float32 not above each threshold: ``x <= threshold`` stays what it was for every float32 x."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = threshold.astype(np.float32)
    above = rounded > threshold
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded


def _unknown_layout(what: str) -> ExportError:
    import sklearn

    return ExportError(
        f"scikit-learn {sklearn.__version__} keeps its trees in a way not known here ({what}): use 1.5 to 1.9"
    )
