"""The plots of a report, as SVG that takes its colours from the page it stands in.

They are drawn by scikit-learn's displays on figures of their own: no window is opened, and neither the current figure
nor the settings of whoever calls are touched.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.markup import escape
from copytaster.labels.label import LABELS
from copytaster.training.calibration import MIN_DRAWN, Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from copytaster.training.report.importance import Importance

POINTS = 250
"""Points of a curve that are drawn; more cannot be told apart."""

# matplotlib must be given colours; these stand for variables of the page's style, which differ in dark and light.
_INK, _RULE, _BAR = "#010101", "#020202", "#030303"
_OF_LABEL = {label: f"#0401{index:02x}" for index, label in enumerate(LABELS)}
_IN_PAGE = {
    _INK: "currentColor",
    _RULE: "var(--rule)",
    _BAR: "var(--focus)",
    **{colour: f"var(--{label})" for label, colour in _OF_LABEL.items()},
}
# The labels differ by more than their colours.
_DASHES = dict(zip(LABELS, ("solid", "dashed", "dashdot", "dotted"), strict=True))
_MARKERS = dict(zip(LABELS, "os^D", strict=True))
_SETTINGS: Any = {  # matplotlib's types name every setting, and differ between its releases
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "copytaster",  # the same figure is the same file
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _RULE,
    "axes.labelcolor": _INK,
    "axes.grid": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _RULE,
    "legend.framealpha": 0.0,
    "lines.markersize": 4,
}

Floats = npt.NDArray[np.float64]


def check_plots() -> None:
    """See that plots can be drawn.

    Raises:
        MissingExtraError: If matplotlib is missing.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError("a report with plots", "report") from None


def confusion_plot(confusion: Floats) -> str:
    """The confusion matrix, each row as shares of the lines that truly have the label; NaN for a label without."""
    from matplotlib.colors import LinearSegmentedColormap
    from sklearn.metrics import ConfusionMatrixDisplay

    true = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, true, out=np.zeros_like(confusion), where=true > 0)
    # Clear to coloured: what lies below shows through, so that the figures can be read in dark and light.
    tint = LinearSegmentedColormap.from_list("tint", [(0.23, 0.51, 0.96, 0.0), (0.23, 0.51, 0.96, 0.6)])

    def draw(axes: Axes) -> None:
        display = ConfusionMatrixDisplay(shares, display_labels=list(map(str, LABELS)))
        display.plot(
            ax=axes, cmap=tint, colorbar=False, values_format=".3f", text_kw={"color": _INK},
            im_kw={"vmin": 0.0, "vmax": 1.0},
        )  # fmt: skip
        axes.set(xlabel="label given", ylabel="true label")

    return _svg(
        draw,
        (4.6, 4.0),
        "confusion-plot",
        "Confusion matrix: shares of each true label by the label given; the table follows.",
    )


def calibration_plot(found: Sequence[Bin]) -> str:
    """What the probability of the label given says, against how often it is right."""
    from sklearn.calibration import CalibrationDisplay

    def draw(axes: Axes) -> None:
        drawn = [one for one in found if one.lines >= MIN_DRAWN] or found
        said, right = np.array([one.said for one in drawn]), np.array([one.right for one in drawn])
        display = CalibrationDisplay(right, said, said)
        display.plot(ax=axes, name="label given", ref_line=False)
        display.line_.set(color=_BAR, marker="o")
        axes.plot([0, 1], [0, 1], color=_INK, linestyle=":", linewidth=1, label="as it should be")
        axes.legend(loc="upper left")
        axes.set(xlabel="mean probability", ylabel="share right", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))

    return _svg(draw, (4.6, 4.0), "calibration-plot", "Calibration curve of the label given; the table follows.")


def precision_recall_plot(curves: dict[str, tuple[Floats, Floats, float]]) -> str:
    """Precision against recall.

    Args:
        curves: For each label precision, recall and average precision, as scikit-learn gives them.
    """
    from sklearn.metrics import PrecisionRecallDisplay

    def draw(axes: Axes) -> None:
        for label in LABELS:
            if label in curves:
                precision, recall, average = curves[label]
                # The last point at or above each recall: thresholds lie close where there is little to see.
                kept = np.unique(np.searchsorted(-recall, -np.linspace(0, 1, POINTS), side="right") - 1)
                display = PrecisionRecallDisplay(precision[kept], recall[kept], average_precision=average)
                display.plot(ax=axes, name=str(label))
                line = display.line_[0] if isinstance(display.line_, list) else display.line_
                line.set(color=_OF_LABEL[label], linestyle=_DASHES[label], linewidth=1.8)
        axes.set(xlabel="recall", ylabel="precision")
        axes.legend(loc="lower left")

    return _svg(draw, (4.6, 4.4), "precision-plot", "Precision against recall for each label; the table follows.")


def learning_plot(pages: Sequence[float], replicas: dict[str, Floats]) -> str:
    """Scores against the pages trained on, with a standard error on either side.

    Args:
        pages: Pages of each step.
        replicas: For each score float64 (steps, samples), bootstrap samples of it.
    """
    from sklearn.model_selection import LearningCurveDisplay

    colours = iter((_BAR, *_OF_LABEL.values()))
    marks = iter("os^D")

    def draw(axes: Axes) -> None:
        for name, scores in replicas.items():
            sizes, colour = np.array(pages), next(colours)
            display = LearningCurveDisplay(train_sizes=sizes, train_scores=scores, test_scores=scores)
            display.plot(
                ax=axes, score_type="test", score_name="score",
                line_kw={"color": colour, "marker": next(marks)}, fill_between_kw={"color": colour, "alpha": 0.15},
            )  # fmt: skip
            display.lines_[0].set_label(name)
        axes.set(xlabel="pages trained on", xscale="linear", ylabel="score")
        axes.legend(loc="lower right")

    return _svg(
        draw, (5.4, 4.0), "learning-plot", "Learning curve: scores against the pages trained on; the table follows."
    )


def importance_plot(found: Importance) -> str:
    """What each family of features is worth, with the range of the shuffles."""

    def draw(axes: Axes) -> None:
        losses = list(reversed(found.losses))
        means = np.array([loss.f1.mean() for loss in losses])
        ranges = np.array(
            [[mean - loss.f1.min(), loss.f1.max() - mean] for mean, loss in zip(means, losses, strict=True)]
        ).T
        axes.barh([loss.family for loss in losses], means, xerr=ranges, color=_BAR, ecolor=_INK, height=0.65)
        axes.axvline(0, color=_RULE, linewidth=1)
        axes.set(xlabel="macro F1 lost")

    return _svg(
        draw,
        (6.0, 5.2),
        "importance-plot",
        "Macro F1 lost when each family of features is shuffled; the table follows.",
    )


def _svg(draw: Callable[[Axes], None], size: tuple[float, float], name: str, alt: str) -> str:
    from matplotlib.figure import Figure

    file = io.StringIO()
    with _own_settings():
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        figure.savefig(
            file, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, in_page in _IN_PAGE.items():
        svg = svg.replace(colour, in_page)
    svg = re.sub(r"(?s)<metadata>.*?</metadata>", "", svg)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    # Several pictures stand in one page, and each calls its parts alike.
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    width = round(size[0] * 96)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}" style="max-width:{width}px"', 1)


@contextmanager
def _own_settings() -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield
