"""The checks of labelled pages, on pages written for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import LABELS, Label, LabelledPage, Page, read_labelled
from copytaster.labels.page import Place
from copytaster.model.classifier import load
from copytaster.model.wrap import LogicalLine, logical_lines
from copytaster.training import suspects as suspects_module
from copytaster.training.check import check
from copytaster.training.consistency import check_furniture, check_split
from copytaster.training.duplicates import check_duplicates, near_duplicates
from copytaster.training.findings import Severity
from copytaster.training.inventory import Inventory, check_contents, check_size
from copytaster.training.suspects import QUICK_RECIPE, held_out_opinions, likelier, opinions, suspects

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
PAGES = list(read_labelled(EXAMPLES))
LETTERS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV, "?": None}
STORY = [f"Paragraph {n} tells of the harbour, the {n}th ferry and what {n} people thought of it." for n in range(30)]


def page(text: str, *, site: str = "s", kind: str = "", id: str = "p", file: str = "p.tsv") -> LabelledPage:  # noqa: A002
    """A page of rows such as "n Menu"."""
    rows = [row.strip() for row in text.strip("\n").split("\n")]
    labels = tuple(LETTERS[row[0]] if row else None for row in rows)
    meta = {"site": site, **({"kind": kind} if kind else {})}
    return LabelledPage(Page(tuple(row[2:] for row in rows), id, None, meta), labels, place=Place(file, 4, True))


def story(id: str, site: str, changed: int = 0, label: str = "b", menu: str = "n Menu") -> LabelledPage:  # noqa: A002
    lines = [
        f"Sentence {n} of {id} stands in for another one." if n < changed else text for n, text in enumerate(STORY)
    ]
    return page("\n".join([menu, *(f"{label} {text}" for text in lines)]), site=site, id=id, file=f"{id}.tsv")


# --- what there is


def test_the_inventory_counts_by_hand() -> None:
    found = Inventory.of([page("h One\n\nb Two\n? Three", kind="article"), page("n Four", site="t")])
    assert (found.pages, found.sites, found.lines, found.undecided) == (2, 2, 4, 1)
    assert found.labels == {Label.HEADLINE: 1, Label.BODY: 1, Label.TEASER: 0, Label.NAV: 1}
    assert found.groups["kind"] == {"article": 1, "unknown": 1}


def test_a_label_that_is_missing_is_an_error_and_one_that_is_rare_a_warning() -> None:
    found = list(check_size(Inventory.of([page("h One\nb Two\nn Three")])))
    assert [(f.severity, f.check) for f in found[:4]] == [
        (Severity.WARNING, "few lines of a label"),
        (Severity.WARNING, "few lines of a label"),
        (Severity.ERROR, "no lines of a label"),
        (Severity.WARNING, "few lines of a label"),
    ]
    assert "no line is labelled teaser" in found[2].message
    assert [f.check for f in found[4:]] == ["few pages", "few sites"]


def test_enough_of_everything_is_no_finding() -> None:
    many = [page("h A\n" + "b B\n" * 10 + "t C\n" * 5 + "n D\n" * 10, site=str(n)) for n in range(20)]
    assert not list(check_size(Inventory.of(many)))


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("h A\nb B", "", []),
        ("n A\nb B", "", [("no headline", Severity.WARNING)]),
        ("h A\nn B", "article", [("no body", Severity.WARNING)]),
        ("n A\nn B", "video", [("no headline", Severity.INFO), ("no body", Severity.INFO)]),
        ("h A\nt B", "listing", []),
        ("? A\n? B\nh C", "", [("undecided", Severity.INFO)]),
        ("? A\nb B\nh C", "", []),
    ],
)
def test_pages_without_headline_body_or_labels(text: str, kind: str, found: list[tuple[str, Severity]]) -> None:
    assert [(f.check, f.severity) for f in check_contents([page(text, kind=kind)])] == found


# --- what contradicts itself


def test_furniture_labelled_differently_on_one_site_is_found_where_it_stands() -> None:
    pages = [page("n Menu\nn Sign up now", id=f"p{n}", file=f"p{n}.tsv") for n in range(3)]
    odd = page("n Menu\nb Other\nb Sign up now", id="odd", file="odd.tsv")
    elsewhere = page("b Sign up now", site="other")
    (found,) = check_furniture([*pages, odd, elsewhere])
    assert (found.severity, found.page, found.line, found.place) == (Severity.WARNING, "odd", 3, "odd.tsv:6")
    assert "nav on 3 other pages of s, as at p0.tsv:5" in found.message


def test_a_story_may_be_a_headline_here_and_a_teaser_there() -> None:
    assert not list(check_furniture([page("h Ferry sinks"), page("t Ferry sinks", id="q")]))


@pytest.mark.parametrize("line", ["17", "* * *"])
def test_lines_without_letters_say_nothing(line: str) -> None:
    assert not list(check_furniture([page(f"b {line}"), page(f"n {line}", id="q")]))


def test_a_line_labelled_in_two_ways_on_its_own_page_is_left_alone() -> None:
    assert not list(check_furniture([page("b Features\nn Features"), page("n Features", id="q")]))


def test_one_page_against_one_is_to_know_only() -> None:
    (found,) = check_furniture([page("n Share this"), page("b Share this", id="q")])
    assert found.severity is Severity.INFO


def test_a_site_on_both_sides_is_one_error() -> None:
    mine = [page("n A", site="a", id="1"), page("n A", site="a", id="2"), page("n A", site="b", id="3")]
    (found,) = check_split(mine, [page("n A", site="a", id="4", file="test.tsv"), page("n A", site="c", id="5")])
    assert (found.severity, found.page) == (Severity.ERROR, "1")
    assert "a has 2 pages here and others on the other side of the split, as test.tsv:4" in found.message


# --- what is there twice


def test_near_duplicates_are_those_that_share_most_of_their_text() -> None:
    pages = [story("one", "a"), story("two", "a", changed=2), story("three", "a", changed=15), story("four", "a", 30)]
    assert [(twins.first, twins.second) for twins in near_duplicates([p.page for p in pages])] == [(0, 1)]
    assert near_duplicates([p.page for p in pages])[0].resemblance == pytest.approx(0.87, abs=0.05)


def test_no_pair_is_missed_among_many() -> None:
    rng = np.random.default_rng(1)
    words = [f"w{n}" for n in range(3000)]
    texts = [" ".join(rng.choice(words, 120)) for _ in range(60)]
    texts += [" ".join([*text.split()[:-12], *rng.choice(words, 12)]) for text in texts]
    found = near_duplicates([Page((text,)) for text in texts])
    assert sorted((twins.first, twins.second) for twins in found) == [(n, n + 60) for n in range(60)]


def test_short_pages_are_not_compared() -> None:
    assert not near_duplicates([Page(("Page not found",)), Page(("Page not found",))])


def test_twins_are_worse_the_more_they_contradict_each_other() -> None:
    first = story("one", "a")
    found = {
        name: next(check_duplicates([first, other]))
        for name, other in {
            "same": story("two", "a"),
            "site": story("two", "b"),
            "labels": story("two", "a", menu="t Menu"),
        }.items()
    }
    assert {name: (f.severity, f.check) for name, f in found.items()} == {
        "same": (Severity.INFO, "twins"),
        "site": (Severity.WARNING, "twins on two sites"),
        "labels": (Severity.ERROR, "twins with different labels"),
    }
    assert (found["labels"].place, found["labels"].line) == ("two.tsv:4", 1)
    assert (
        '1 line of both are labelled differently, first "Menu": teaser here, nav at one.tsv:4'
        in found["labels"].message
    )


def test_a_page_on_both_sides_is_an_error_and_twins_over_there_are_not_ours() -> None:
    (found,) = check_duplicates([story("one", "a")], [story("two", "b")])
    assert (found.severity, found.check, found.page) == (Severity.ERROR, "page on both sides", "one")
    assert not list(check_duplicates([], [story("two", "b"), story("three", "b")]))


# --- labels that look wrong


def test_confident_learning_by_hand() -> None:
    h, b, t, n = range(4)
    labels = np.array([b, b, n, n, n, -1, t])
    rows = np.array(
        [
            [0.0, 0.9, 0.0, 0.1],
            [
                0.0,
                0.2,
                0.0,
                0.8,
            ],  # nav reaches its threshold: the mean of what nav lines are given, (0.9 + 0.8 + 0.1) / 3
            [0.1, 0.0, 0.0, 0.9],
            [0.0, 0.2, 0.0, 0.8],
            [0.0, 0.4, 0.5, 0.1],  # only a close call: 0.4 more for teaser
            [0.0, 0.9, 0.0, 0.1],  # undecided
            [0.9, 0.0, 0.1, 0.0],  # no line is a headline, so there is no threshold that it could reach
        ]
    )
    assert likelier(labels, rows).tolist() == [-1, n, -1, -1, -1, -1, -1]
    assert h == 0


def test_of_two_labels_that_reach_their_thresholds_the_likelier_counts() -> None:
    labels = np.array([0, 1, 2, 3])
    rows = np.array([[0.3, 0.2, 0.3, 0.2], [0.2, 0.3, 0.3, 0.2], [0.0, 0.3, 0.0, 0.7], [0.4, 0.3, 0.2, 0.1]])
    assert likelier(labels, rows)[2] == 3


def test_no_lines_no_suspects() -> None:
    assert suspects([], []) == []
    assert likelier(np.zeros(0, dtype=np.int64), np.zeros((0, 4))).tolist() == []


@pytest.fixture(scope="module")
def judged() -> list[suspects_module.Opinion]:
    return opinions(PAGES, load())


def test_planted_mistakes_are_found_first(judged: list[suspects_module.Opinion]) -> None:
    """Lines that the model is sure of get another label; all are suspects, most of them the first ones."""
    rng = np.random.default_rng(0)
    wrong, planted = [], set()
    for index, (labelled, opinion) in enumerate(zip(PAGES, judged, strict=True)):
        labels = list(labelled.labels)
        for line, probabilities in zip(opinion.lines, opinion.probabilities, strict=True):
            given = labels[line.first - 1]
            is_sure = probabilities.max() > 0.95 and LABELS[probabilities.argmax()] is given
            if is_sure and line.first == line.last and rng.random() < 0.03:
                others = [label for label in LABELS if label is not given]
                labels[line.first - 1] = others[rng.integers(3)]
                planted.add((index, line.first))
        wrong.append(replace(labelled, labels=tuple(labels)))
    assert len(planted) >= 15
    found = suspects(wrong, judged)
    places = [(s.page, number) for s in found for number in range(s.first, s.last + 1)]
    assert planted <= set(places)
    assert len(planted & set(places[: 2 * len(planted)])) >= 0.8 * len(planted)


def test_one_page_that_is_labelled_otherwise_does_not_hide_the_rest() -> None:
    rows = tuple(f"line {n}" for n in range(9))
    long = LabelledPage(Page(rows, "long"), (Label.TEASER, Label.BODY) * 4 + (Label.NAV,))
    short = LabelledPage(Page(rows[:2], "short"), (Label.TEASER, Label.BODY))
    lines = [LogicalLine(n, n, row) for n, row in enumerate(rows, 1)]

    def opinion(count: int, nav: float) -> suspects_module.Opinion:
        rows = np.array([[0.0, 0.0, 1 - nav, nav], [0.0, 1.0, 0.0, 0.0]] * 4 + [[0.0, 0.0, 0.3, 0.7]])
        return suspects_module.Opinion(lines[:count], rows[:count])

    found = suspects([long, short], [opinion(9, 0.95), opinion(2, 0.9)])
    assert [(one.page, one.first) for one in found] == [(0, 1), (1, 1), (0, 3), (0, 5), (0, 7)]


def test_every_page_is_judged_by_a_model_that_has_not_seen_its_site() -> None:
    """Pages whose labels are turned round on some sites are judged by what the others say."""
    turned = {Label.BODY: Label.NAV, Label.NAV: Label.BODY}
    sites = {labelled.page.site for labelled in PAGES[:4]}
    pages = [
        replace(labelled, labels=tuple(turned.get(label, label) for label in labelled.labels))
        if labelled.page.site in sites
        else labelled
        for labelled in PAGES
    ]
    recipe = replace(QUICK_RECIPE, iterations=10, second_iterations=8, learning_rate=0.3, leaves=7, min_lines=5)
    found = held_out_opinions(pages, folds=3, recipe=recipe)
    for labelled, opinion in zip(pages, found, strict=True):
        assert [line.first for line in opinion.lines] == [line.first for line in logical_lines(labelled.page.rows)]
    bodies = [
        opinion.probabilities[n, LABELS.index(Label.BODY)]
        for labelled, opinion in zip(pages, found, strict=True)
        if labelled.page.site in sites
        for n, line in enumerate(opinion.lines)
        if labelled.labels[line.first - 1] is Label.NAV and len(line.text) > 200
    ]
    assert len(bodies) > 10
    assert np.mean(bodies) > 0.5  # whoever had seen these pages would call their paragraphs nav


# --- the report


def test_the_report_is_worst_first_and_says_the_same_as_json() -> None:
    pages = [story("one", "a"), story("two", "a", menu="t Menu"), page("n Nothing")]
    report = check(pages)
    assert report.has_errors
    order = [list(Severity).index(finding.severity) for finding in report.findings]
    assert order == sorted(order)
    record = json.loads(json.dumps(report.record()))
    assert record["counts"]["error"] == report.counts[Severity.ERROR] == 2
    assert [finding["check"] for finding in record["findings"]] == [finding.check for finding in report.findings]
    text = report.text()
    assert "two.tsv:4: " in text
    assert text.endswith("labels not compared with a model")


def test_long_lists_are_cut_and_say_so() -> None:
    report = check([page("n Menu", id=str(n)) for n in range(30)])
    assert "... and 25 more" in report.text(5)
    assert "... and" not in report.text()


def test_the_examples_have_no_errors(judged: list[suspects_module.Opinion]) -> None:
    report = check(PAGES, judged=judged, judged_by="the shipped model")
    assert not report.has_errors
    assert report.inventory.pages == len(PAGES)
