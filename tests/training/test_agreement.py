"""Agreement of two labellings, with figures worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.labels import Label, LabelledPage, Page, read_labelled
from copytaster.labels.page import Place
from copytaster.training.agreement import AgreementError, agreement

EXAMPLES = list(read_labelled(Path(__file__).parents[2] / "examples" / "labelled"))
LETTERS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV, "?": None, "_": None}


def page(labels: str, name: str = "p", file: str = "a.tsv", rows: tuple[str, ...] | None = None) -> LabelledPage:
    rows = rows or tuple("" if letter == "_" else f"line {n}" for n, letter in enumerate(labels))
    return LabelledPage(Page(rows, name), tuple(LETTERS[letter] for letter in labels), place=Place(file, 3, True))


def test_kappa_by_hand() -> None:
    """Ten lines: 8 alike; by chance 0.7 * 0.7 + 0.3 * 0.3 = 0.58, so kappa is (0.8 - 0.58) / 0.42."""
    found = agreement([page("bbbbbbbnnn")], [page("bbbbbbnbnn")])
    assert (found.pages, found.lines, found.undecided) == (1, 10, 0)
    assert found.share == pytest.approx(0.8)
    assert found.kappa == pytest.approx((0.8 - 0.58) / 0.42)
    assert found.kappa_of(Label.BODY) == pytest.approx(found.kappa)
    assert found.kappa_of(Label.TEASER) is None


def test_pages_that_both_label_alike_agree_wholly() -> None:
    found = agreement(EXAMPLES, EXAMPLES)
    assert found.share == found.kappa == 1.0
    assert not found.disagreements


def test_where_both_use_one_label_only_kappa_says_nothing() -> None:
    found = agreement([page("nnn")], [page("nnn")])
    assert (found.share, found.kappa) == (1.0, None)
    assert "Cohen's kappa -" in found.text()


def test_disagreements_have_file_and_line_and_undecided_lines_are_not_counted() -> None:
    found = agreement([page("h_b?n", file="a.tsv")], [page("h_t?b", file="b.tsv")])
    assert (found.lines, found.undecided) == (3, 1)
    assert [str(one) for one in found.disagreements] == [
        'a.tsv:5: "line 2" is body, and teaser at b.tsv:5',
        'a.tsv:7: "line 4" is nav, and body at b.tsv:7',
    ]
    assert "... and 1 more" in found.text(1)


def test_a_line_that_only_one_has_decided_is_told() -> None:
    found = agreement([page("h?")], [page("hb")])
    assert (found.lines, found.undecided, len(found.disagreements)) == (1, 1, 1)
    assert "is ?, and body" in str(found.disagreements[0])


def test_pages_are_matched_by_id_and_others_are_listed() -> None:
    found = agreement([page("hb", "x"), page("n", "y")], [page("n", "z"), page("hb", "x")])
    assert (found.pages, found.only_first, found.only_second) == (1, ["y"], ["z"])
    record = json.loads(json.dumps(found.record()))
    assert record["only_first"] == ["y"]
    assert record["kappa"] == 1.0


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            [page("hb")], [page("hb", file="b.tsv", rows=("line 0", "other"))],
            r'a\.tsv:4: line 2 .*"line 1".* "other" at b\.tsv:4',
        ),
        ([page("h_")], [page("hb", file="b.tsv")], r'a\.tsv:4: line 2 .* is blank, and "line 1"'),
        ([page("hb")], [page("h", file="b.tsv")], r'a\.tsv:4: line 2 .*, and missing at b\.tsv:3'),
        ([page("h", "x")], [page("h", "y")], "no page is in both"),
        ([page("h"), page("h", file="c.tsv")], [page("h")], r"c\.tsv:3: a page with the id 'p' is also at a\.tsv:3"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(first: list[LabelledPage], second: list[LabelledPage], message: str) -> None:
    with pytest.raises(AgreementError, match=message):
        agreement(first, second)
