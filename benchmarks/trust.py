"""How far the numbers that Copytaster gives can be trusted, on labelled pages it was not trained on.

    python benchmarks/trust.py LABELLED... [--model FILE] [--fold 0] [--note TEXT] [-o docs/trust.md] [--curve FILE.png]

LABELLED are folders or files of labelled pages. Three things are measured:

- the probability of each line's label against how often that label is right, and the expected calibration error;
- how `confidence` ranks the pages by "word F1 above 0.9", `has_article` by "the page is an article";
- what `prefer` does to precision and recall of the articles' words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import reserved
from sklearn.metrics import roc_auc_score

from copytaster.labels import LabelledPage
from copytaster.model.classifier import Classifier, Reading, load
from copytaster.model.decode import PREFERENCES
from copytaster.model.wording import words
from copytaster.training.calibration import BINS, MIN_DRAWN, Bin, bins, expected_error
from copytaster.training.confidence import ARTICLE, RIGHT
from copytaster.training.overlap import word_f1
from copytaster.training.truth import true_article

BATCH = 32
LEANS: tuple[str | float, ...] = (*PREFERENCES, -2.0, 2.0)

Floats = npt.NDArray[np.float64]


def readings(pages: Sequence[LabelledPage], classifier: Classifier) -> Iterator[tuple[LabelledPage, Reading]]:
    for start in range(0, len(pages), BATCH):
        batch = pages[start : start + BATCH]
        yield from zip(batch, classifier.read([labelled.page for labelled in batch]), strict=True)


def line_calibration(found: Sequence[tuple[LabelledPage, Reading]]) -> tuple[Floats, Floats]:
    """The probability of each labelled line's label, and whether it is right."""
    pairs = [
        (line.probability, labelled.labels[line.number - 1] is line.label)
        for labelled, reading in found
        for line in reading.lines
        if labelled.labels[line.number - 1] is not None
    ]
    probability, right = np.array(pairs, dtype=np.float64).T
    return probability, right


def precision_recall(found: Sequence[tuple[LabelledPage, Reading]]) -> tuple[float, float, float]:
    """Means over the pages with a text of precision, recall and F1 of its words."""
    scores = []
    for labelled, reading in found:
        given, true = Counter(words(reading.article.text)), Counter(words(true_article(labelled, reading.logical).text))
        if true:
            common = sum((given & true).values())
            both = sum(given.values()) + sum(true.values())
            scores.append((common / max(1, sum(given.values())), common / sum(true.values()), 2 * common / both))
    precision, recall, f1 = np.mean(scores, axis=0)
    return float(precision), float(recall), float(f1)


def area(scores: Sequence[float], truth: Sequence[bool]) -> str:
    """Area under the ROC curve, with how many pages it was measured on."""
    if len(set(truth)) < 2:
        return f"not measurable: {len(truth)} pages, all alike"
    return f"{roc_auc_score(truth, scores):.3f} ({sum(truth)} of {len(truth)} pages)"


def report(pages: Sequence[LabelledPage], classifier: Classifier) -> tuple[str, list[Bin]]:
    found = list(readings(pages, classifier))
    rows = bins(*line_calibration(found))
    texts = [(reading, true_article(labelled, reading.logical).text) for labelled, reading in found]
    with_text = [(reading.article, word_f1(reading.article.text, text) > RIGHT) for reading, text in texts if text]
    kinds = [(r.article.has_article, p.page.meta["kind"] == ARTICLE) for p, r in found if "kind" in p.page.meta]
    out = [
        f"{len(pages)} labelled pages of {len({page.page.site for page in pages})} sites.",
        "",
        "## Probabilities of lines",
        "",
        f"Expected calibration error of the label given, {BINS} bins: {expected_error(rows):.4f}.",
        "",
        "| lines | mean probability | share right |",
        "|---:|---:|---:|",
        *(f"| {n} | {said:.3f} | {right:.3f} |" for n, said, right in rows),
        "",
        "## Confidence in pages",
        "",
        "Area under the ROC curve:",
        "",
        f"- `confidence` and word F1 above {RIGHT}: "
        f"{area([a.confidence for a, _ in with_text], [right for _, right in with_text])}",
        f"- `has_article` and pages of the kind article: {area([s for s, _ in kinds], [is_ for _, is_ in kinds])}",
        "",
        "| confidence | pages | share with word F1 above 0.9 |",
        "|---|---:|---:|",
    ]
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        group = [right for article, right in with_text if low <= article.confidence < high]
        if group:
            out.append(f"| {low:.2f} to {min(high, 1):.2f} | {len(group)} | {np.mean(group):.2f} |")
    out += [
        "",
        "## Precision or recall",
        "",
        "Words of the article, means over the pages that have one.",
        "",
        "| prefer | precision | recall | F1 |",
        "|---|---:|---:|---:|",
    ]
    for lean in sorted(LEANS, key=lambda lean: PREFERENCES[lean] if isinstance(lean, str) else lean):
        precision, recall, f1 = precision_recall(list(readings(pages, classifier.preferring(lean))))
        name = f"{lean} ({PREFERENCES[lean]:+g})" if isinstance(lean, str) else f"{lean:+g}"
        out.append(f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")
    return "\n".join(out) + "\n", rows


def draw(rows: Sequence[Bin], path: Path) -> None:
    """The curve of calibration as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (curve, count) = pyplot.subplots(
        2, 1, figsize=(5, 6), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    curve.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    drawn = [row for row in rows if row.lines >= MIN_DRAWN]
    curve.plot([row[1] for row in drawn], [row[2] for row in drawn], marker="o", color="tab:blue")
    curve.set(ylabel="share of lines whose label is right", title="Calibration of the label given")
    count.bar([row[1] for row in rows], [row[0] for row in rows], width=0.04, color="tab:blue")
    count.set(xlabel="probability", ylabel="lines", yscale="log", xlim=(0, 1.02))
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = reserved.arguments(__doc__)
    parser.add_argument("--curve", type=Path, help="draw the curve of calibration into this file")
    options = parser.parse_args()
    text, rows = report(reserved.pages_of(options), load(options.model))
    picture = f"\n![Curve of calibration]({options.curve.name})\n" if options.curve else ""
    page = reserved.head("Trust in the numbers", "trust.py", options) + text + picture
    print(page)
    if options.output:
        options.output.write_text(page, "utf-8", newline="\n")
    if options.curve:
        draw(rows, options.curve)


if __name__ == "__main__":
    main()
