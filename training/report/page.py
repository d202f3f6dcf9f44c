"""Puts the report together: one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from copytaster.dumps.markup import STYLE as LINES_STYLE
from copytaster.dumps.markup import escape
from copytaster.labels.label import LABELS
from copytaster.training.calibration import MIN_DRAWN, bins, expected_error
from copytaster.training.evaluate import GROUPINGS, Report
from copytaster.training.intervals import LEVEL, MIN_SITES, Interval, difference, resampled, summarise, units
from copytaster.training.report import plots
from copytaster.training.report.importance import Importance
from copytaster.training.report.learning import Step
from copytaster.training.report.style import STYLE
from copytaster.training.report.tables import NOTHING, TITLES, folded, interval, number, score_table, table
from copytaster.training.report.worst import page_markup, worst
from copytaster.training.scores import METRICS, PageScore, confusion_of, total

SITES = 200
"""Most sites in the table of sites."""
RECALLS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Recalls at which the table of precision gives it."""
LEARNED = ("macro", "title", "words")
"""Scores of the learning curve that are drawn."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What a report shows.

    Attributes:
        report: The scores.
        model: What was measured, in words.
        importance: What features are worth; None if that was not measured.
        learning: The learning curve; empty if none was measured.
    """

    report: Report
    model: str
    importance: Importance | None = None
    learning: Sequence[Step] = ()


def report_page(findings: Findings) -> str:
    """The whole page. The same findings give the same page.

    Raises:
        MissingExtraError: If matplotlib is missing.
    """
    plots.check_plots()
    sections = [
        ("scores", "Scores", _scores(findings.report)),
        ("groups", "By site, language, renderer and kind", _groups(findings.report)),
        ("confusion", "Confusion matrix", _confusion(findings.report)),
        ("calibration", "Calibration", _calibration(findings.report)),
        ("precision", "Precision against recall", _precision(findings.report)),
        ("learning", "Learning curve", _learning(findings)),
        ("importance", "Importance of features", _importance(findings.importance)),
        ("worst", "The worst pages", _worst(findings.report)),
    ]
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{title}</h2>\n{"".join(content)}</section>\n' for name, title, content in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Nothing is loaded and nothing runs, whatever stands on the pages that are shown.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>Copytaster: evaluation</title>\n'
        f"<style>\n{LINES_STYLE}{STYLE}</style>\n</head>\n<body>\n<header><h1>Evaluation</h1>\n"
        f"<p>{escape(findings.model)}. {escape(_about(findings.report))}</p>\n<nav><ul>{links}</ul></nav></header>\n"
        f"<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _about(report: Report) -> str:
    sites = len({score.page.page.site for score in report.scores})
    lines = sum(int(score.decided.sum()) for score in report.scores)
    undecided = sum(len(score.numbers) for score in report.scores) - lines
    about = f"{len(report.scores):,} pages of {sites:,} site{'' if sites == 1 else 's'}, {lines:,} labelled lines"
    if undecided:
        about += f", {undecided:,} undecided ones left out"
    return f"{about}; {report.heading}." if report.heading else f"{about}."


def _drawn(scores: Sequence[PageScore]) -> list[str]:
    return units([score.page for score in scores])


def _scores(report: Report) -> Iterator[str]:
    drawn = _drawn(report.scores)
    yield (
        f"<p>Small figures are {LEVEL:.0%} intervals: where the score would lie with other sites. "
        f"{_how_drawn(report.scores)} Macro F1 is the mean of the labels' F1 by lines; headlines right, the share of "
        "pages with the right headline; word F1, the mean over the pages that have a text of how right its words "
        f"are. {NOTHING} stands where the pages say nothing.</p>\n"
    )
    rows = [("this model", summarise(report.scores, drawn))]
    if report.baseline:
        rows.append(("the shipped model", summarise(report.baseline, drawn)))
    yield score_table(rows, "All pages")
    if report.baseline:
        found = difference(report.scores, report.baseline, drawn)
        cells = [["this model less the shipped one", *(interval(found[name], sign="+") for name in METRICS)]]
        yield table(["", *(TITLES.get(name, name) for name in METRICS)], cells, "Difference on the same pages")
        yield (
            "<p>An interval on one side of zero says that one of them is better on pages like these. If the shipped "
            "model was trained on these pages, the comparison flatters it.</p>\n"
        )


def _how_drawn(scores: Sequence[PageScore]) -> str:
    sites = len({score.page.page.site for score in scores})
    if sites == 1:
        return (
            "All pages are of one site, so that pages are drawn instead of sites: the intervals say nothing of "
            "other sites."
        )
    if sites < MIN_SITES:
        return f"There are none here, since {sites} sites are too few; it takes {MIN_SITES}."
    return f"Whole sites are drawn again and again; a group of fewer than {MIN_SITES} sites has none."


def _groups(report: Report) -> Iterator[str]:
    for grouping in GROUPINGS:
        groups = report.groups(grouping)
        rows = [(name, summarise(group, _of(group, report))) for name, group in groups.items()]
        yield score_table(rows, f"By {_GROUPING_NAMES.get(grouping, grouping)}", grouping)
    sites: dict[str, list[PageScore]] = {}
    for score in report.scores:
        sites.setdefault(score.page.page.site, []).append(score)
    worst_first = sorted(sites.items(), key=lambda item: (np.mean([s.text_score for s in item[1]]), item[0]))
    rows = [(name, summarise(group, [name] * len(group))) for name, group in worst_first[:SITES]]
    shown = f"{len(rows):,} of {len(sites):,} sites" if len(rows) < len(sites) else f"{len(sites):,} sites"
    yield folded(f"{shown}, the least right texts first", score_table(rows, "By site", "site"))


_GROUPING_NAMES = {"lang": "language"}


def _of(group: Sequence[PageScore], report: Report) -> list[str]:
    """What is drawn for a group: sites, or pages if all pages of the report are of one site."""
    single = len({score.page.page.site for score in report.scores}) == 1
    return [str(number) if single else score.page.page.site for number, score in enumerate(group)]


def _confusion(report: Report) -> Iterator[str]:
    confusion = confusion_of(total(report.scores))
    yield "<p>A row is what lines truly are, a column what they were taken for; the diagonal is right.</p>\n"
    yield plots.confusion_plot(confusion)
    rows = [
        [str(label), *(f"{int(cell):,}" for cell in row), f"{int(row.sum()):,}"]
        for label, row in zip(LABELS, confusion, strict=True)
    ]
    yield table(["true label", *map(str, LABELS), "lines"], rows, "Lines by true label and label given")


def _calibration(report: Report) -> Iterator[str]:
    parts = [
        (score.probabilities[np.arange(len(score.given)), score.given][score.decided], ~score.wrong[score.decided])
        for score in report.scores
    ]
    said = np.concatenate([np.zeros(0), *(part[0] for part in parts)])
    right = np.concatenate([np.zeros(0, bool), *(part[1] for part in parts)])
    found = bins(said, right)
    yield (
        "<p>Of the lines whose label was given a probability of 0.9, nine in ten should be right. Below the diagonal "
        "the model is too sure of itself. The decoder may give a label that is not the likeliest, which is why "
        f"there are lines below 0.5. Bins of fewer than {MIN_DRAWN} lines are not drawn. Expected calibration error: "
        f"{number(expected_error(found), 4)}.</p>\n"
    )
    if found:
        yield plots.calibration_plot(found)
    rows = [[number(one.said), f"{one.lines:,}", number(one.right)] for one in found]
    yield table(["mean probability", "lines", "share right"], rows, "Probability of the label given")


def _precision(report: Report) -> Iterator[str]:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    true = np.concatenate([np.zeros(0, np.int8), *(score.true[score.decided] for score in report.scores)])
    said = np.concatenate([np.zeros((0, 4)), *(score.probabilities[score.decided] for score in report.scores)])
    confusion = confusion_of(total(report.scores))
    curves, rows = {}, []
    for index, label in enumerate(LABELS):
        is_label = true == index
        given, lines, right = confusion[:, index].sum(), int(is_label.sum()), confusion[index, index]
        if not lines:
            rows.append([str(label), "0", *[NOTHING] * (3 + len(RECALLS))])
            continue
        precision, recall, _ = precision_recall_curve(is_label, said[:, index])
        average = float(average_precision_score(is_label, said[:, index]))
        curves[str(label)] = precision, recall, average
        at = [float(precision[recall >= wanted].max()) for wanted in RECALLS]
        as_given = [right / given if given else float("nan"), right / lines]
        rows.append([str(label), f"{lines:,}", *map(number, (average, *as_given, *at))])
    yield (
        "<p>How many of the lines taken for a label truly have it (precision), if so many of those that have it are to "
        "be found (recall), by the probabilities alone. “As given” is where the decoder stands. <code>predict --prefer"
        "</code> moves along the curve of body.</p>\n"
    )
    if curves:
        yield plots.precision_recall_plot(curves)
    head = ["label", "lines", "average precision", "precision as given", "recall as given"]
    head += [f"precision at recall {wanted}" for wanted in RECALLS]
    yield table(head, rows, "Precision and recall by label")


def _learning(findings: Findings) -> Iterator[str]:
    if not findings.learning:
        yield "<p>Not measured: <code>--folds K --learning-curve</code> does, and takes about as long again.</p>\n"
        return
    yield (
        "<p>Models trained on a part of the sites, measured on the same pages. A curve that still rises at its right "
        "end says that more labelled pages would help. Bands are one standard error.</p>\n"
    )
    drawn = _drawn(findings.report.scores)
    steps = [step for step in findings.learning if step.scores]
    replicas = np.stack([resampled(step.scores, drawn) for step in steps])
    if len(steps) > 1 and not np.isnan(replicas[..., [METRICS.index(name) for name in LEARNED]]).any():
        columns = {TITLES.get(name, name): replicas[..., METRICS.index(name)] for name in LEARNED}
        yield plots.learning_plot([step.pages for step in steps], columns)
    rows = []
    for step in findings.learning:
        scores = summarise(step.scores, drawn).scores if step.scores else {}
        rows.append([f"{step.share:.1%}", f"{step.pages:,.0f}", *(interval(scores.get(m, _NONE)) for m in METRICS)])
    head = ["share of the sites", "pages trained on", *(TITLES.get(name, name) for name in METRICS)]
    yield table(head, rows, "Scores by what was trained on")
    if len(steps) < len(findings.learning):
        yield f"<p>{NOTHING}: too few pages to train on.</p>\n"


_NONE = Interval(float("nan"), float("nan"), float("nan"))


def _importance(found: Importance | None) -> Iterator[str]:
    if found is None:
        yield "<p>Not measured: no line is labelled.</p>\n"
        return
    yield (
        "<p>What is lost when the features of a family are shuffled among the lines, as if they said nothing of the "
        f"line at hand. Measured on a sample of {found.pages:,} pages, {found.lines:,} lines, with macro F1 "
        f"{number(found.f1)}; bars are means of the shuffles, whiskers their range. A family counts for little where "
        "others say the same.</p>\n"
    )
    yield plots.importance_plot(found)
    rows = [
        [
            escape(loss.family),
            number(float(loss.f1.mean()), 4, "+"),
            f"{number(float(loss.f1.min()), 4, '+')} to {number(float(loss.f1.max()), 4, '+')}",
            number(loss.log_loss, 4, "+"),
            str(len(loss.features)),
        ]
        for loss in found.losses
    ]
    yield table(["family", "macro F1 lost", "range", "log loss gained", "features"], rows, "Families of features")
    names = [[escape(loss.family), f"<code>{escape(', '.join(loss.features))}</code>"] for loss in found.losses]
    yield folded("Which features are in which family", table(["family", "features"], names, "Features by family"))


def _worst(report: Report) -> Iterator[str]:
    pages = worst(report.scores)
    if not pages:
        yield "<p>Nothing is wrong on any page.</p>\n"
        return
    yield (
        f"<p>{len(pages):,} of {len(report.scores):,} pages, the least right text first, each line with the label "
        "given, and the true one where it differs.</p>\n"
    )
    for rank, score in enumerate(pages):
        yield page_markup(score, is_open=rank == 0)
