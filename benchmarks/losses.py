"""Where the words go that keep articles from being perfect, on labelled pages the model was not trained on.

    python benchmarks/losses.py LABELLED... [--model FILE] [--fold 0] [--note TEXT] [-o docs/losses.md]

LABELLED are folders or files of labelled pages. The loss of a page is one minus word F1 of the lines kept against the
lines labelled body: foreign words kept and own words lost, each over the words of both texts. It is told apart by where
on the page it arises, and by what the lines truly are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import reserved

from copytaster.labels import LABELS, Label, LabelledPage
from copytaster.model.classifier import Reading, load
from copytaster.model.wording import words
from copytaster.training.confidence import ARTICLE
from copytaster.training.truth import true_labels

BATCH = 32
WORST = 5
"""Pages named for each cause."""
BOUNDS = (0.5, 0.8, 0.95, 1.01)
"""Pages are grouped by the F1 of their words below these."""

CAUSES = (
    ("behind, furniture", "furniture kept behind the text: readers' comments, notices, forms"),
    ("behind, stories", "other stories kept behind the text: lists, blurbs, a second article"),
    ("inside, furniture", "furniture kept inside the text: captions, credits, calls to subscribe"),
    ("inside, stories", "other stories kept inside the text: promos, links to further reading"),
    ("above", "lines kept above the text: blurbs, cookie notices, menus"),
    ("lost at the ends", "text lost above the first or below the last line kept"),
    ("lost inside", "text lost between lines kept: subheads, lists, tables, code"),
    ("lost as a whole", "no line kept"),
)
_BODY = LABELS.index(Label.BODY)
_TEASER = LABELS.index(Label.TEASER)


@dataclass(frozen=True)
class Loss:
    """What one page lost.

    Attributes:
        page: The page.
        shares: float64 (len(CAUSES),), the loss by cause; they sum to one minus `f1`.
        f1: Word F1 of the lines kept against those labelled body.
    """

    page: LabelledPage
    shares: npt.NDArray[np.float64]
    f1: float


def loss_of(labelled: LabelledPage, reading: Reading) -> Loss | None:
    """What a page lost; None if no line of it is labelled body, or a line has no label."""
    named = true_labels(labelled, reading.logical)
    if Label.BODY not in named or None in named:
        return None
    true = np.array([LABELS.index(label) for label in named if label is not None])
    size = np.array([len(words(line.text)) for line in reading.logical], dtype=np.float64)
    own, kept = true == _BODY, np.asarray(reading.labels) == _BODY
    foreign, lost = kept & ~own, own & ~kept
    place = np.arange(len(true))
    first, last = place[own][[0, -1]]
    above, behind = place < first, place > last
    inside = ~above & ~behind
    story = true == _TEASER
    if kept.any():
        ends = (place < place[kept][0]) | (place > place[kept][-1])
        missed = (lost & ends, lost & ~ends, np.zeros_like(lost))
    else:
        missed = (np.zeros_like(lost), np.zeros_like(lost), lost)
    causes = (
        foreign & behind & ~story, foreign & behind & story, foreign & inside & ~story, foreign & inside & story,
        foreign & above, *missed,
    )  # fmt: skip
    both = size[own].sum() + size[kept].sum()
    shares = np.array([size[cause].sum() for cause in causes]) / max(both, 1.0)
    return Loss(labelled, shares, 1.0 - float(shares.sum()))


def losses(pages: Sequence[LabelledPage], model: Path | None) -> list[Loss]:
    """What each of the pages lost that have a text."""
    classifier = load(model)
    found = []
    for start in range(0, len(pages), BATCH):
        batch = pages[start : start + BATCH]
        for labelled, reading in zip(batch, classifier.read([labelled.page for labelled in batch]), strict=True):
            if loss := loss_of(labelled, reading):
                found.append(loss)
    return found


def report(found: Sequence[Loss]) -> str:
    """The tables: by cause, by how bad the page is, and the worst pages of each cause."""
    articles = [loss for loss in found if loss.page.page.meta.get("kind") == ARTICLE]
    others = [loss for loss in found if loss.page.page.meta.get("kind") != ARTICLE]
    groups = [("articles", articles), ("pages of other kinds", others)]
    out = [
        f"| thousandths of F1 lost | {' | '.join(f'{name} ({len(group)})' for name, group in groups)} |",
        "|---|---:|---:|",
    ]
    for number, (_, what) in enumerate(CAUSES):
        cells = [f"{1000 * mean([loss.shares[number] for loss in group]):.1f}" for _, group in groups]
        out.append(f"| {what} | {' | '.join(cells)} |")
    cells = [f"{1000 * mean([1 - loss.f1 for loss in group]):.1f}" for _, group in groups]
    out += [
        f"| all | {' | '.join(cells)} |",
        "",
        "How few pages that is:",
        "",
        "| pages of word F1 | share of the articles | share of their loss |",
        "|---|---:|---:|",
    ]
    low = 0.0
    total = sum(1 - loss.f1 for loss in articles) or 1.0
    for bound in BOUNDS:
        group = [loss for loss in articles if low <= loss.f1 < bound]
        share = sum(1 - loss.f1 for loss in group) / total
        out.append(f"| {low:.2f} to {min(bound, 1):.2f} | {len(group) / max(1, len(articles)):.2f} | {share:.2f} |")
        low = bound
    out += ["", "The pages that lose most by each cause, by id, with what they lose by it:", "", "| cause | pages |"]
    out.append("|---|---|")
    for number, (name, _) in enumerate(CAUSES):
        worst = sorted(found, key=lambda loss: -loss.shares[number])[:WORST]
        named = [f"{loss.page.page.id} {loss.shares[number]:.2f}" for loss in worst if loss.shares[number] >= 0.01]
        out.append(f"| {name} | {', '.join(named) or '-'} |")
    return "\n".join(out) + "\n"


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return float(np.mean(values)) if values else 0.0


def main() -> None:
    options = reserved.arguments(__doc__).parse_args()
    what = __doc__.split("\n\n")[2].removeprefix("LABELLED are folders or files of labelled pages. ")
    page = reserved.head("Where words are lost", "losses.py", options)
    page += f"{what.strip()}\n\n{report(losses(reserved.pages_of(options), options.model))}"
    print(page)
    if options.output:
        options.output.write_text(page, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
