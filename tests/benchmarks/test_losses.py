"""The benchmark of where words are lost."""

from pathlib import Path

import numpy as np
import pytest
from losses import CAUSES, Loss, loss_of, losses, report

from copytaster.labels import LABELS, Label, LabelledPage, Page, read_labelled
from copytaster.model.article import Article
from copytaster.model.classifier import Reading
from copytaster.model.wrap import logical_lines

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
NAMES = [name for name, _ in CAUSES]
KEYS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV}


def lost(true: str, given: str) -> Loss | None:
    """What a page of one word a line lost."""
    rows = tuple(f"word{number}" for number in range(len(true)))
    labelled = LabelledPage(Page(rows, "page"), tuple(KEYS[key] for key in true))
    labels = np.array([LABELS.index(KEYS[key]) for key in given], dtype=np.int8)
    return loss_of(labelled, Reading(labelled.page, Article(), logical_lines(rows), labels, np.zeros((len(rows), 4))))


@pytest.mark.parametrize(
    ("true", "given", "cause"),
    [
        ("hbbn", "hbbb", "behind, furniture"),
        ("hbbt", "hbbb", "behind, stories"),
        ("hbnb", "hbbb", "inside, furniture"),
        ("hbtb", "hbbb", "inside, stories"),
        ("hnbb", "hbbb", "above"),
        ("hbbb", "hnbb", "lost at the ends"),
        ("hbbb", "hbnb", "lost inside"),
        ("hbbb", "hnnn", "lost as a whole"),
    ],
)
def test_each_word_is_lost_by_one_cause(true, given, cause):
    loss = lost(true, given)
    assert {name for name, share in zip(NAMES, loss.shares, strict=True) if share} == {cause}
    own, kept, common = true.count("b"), given.count("b"), sum(a == b == "b" for a, b in zip(true, given, strict=True))
    assert loss.f1 == pytest.approx(2 * common / (own + kept))


def test_a_page_without_a_text_loses_nothing():
    assert lost("hntn", "hbtn") is None


def test_the_report_names_pages_and_shares():
    found = losses(list(read_labelled(EXAMPLES)), None)
    text = report(found)
    table = [row.split(" | ") for row in text.splitlines() if row.startswith("| ")]
    assert sum("articles (" in row[1] for row in table if len(row) > 1) == 1
    shares = [float(row[-1].rstrip(" |")) for row in table if row[0][2:6] in ("0.00", "0.50", "0.80", "0.95")]
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(1, abs=0.021)
