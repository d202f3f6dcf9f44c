"""The report as a page: it needs nothing else, shows no text as markup, and copes with what pages lack."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import LABELS, Label, LabelledPage, Page, read_labelled
from copytaster.model.classifier import load
from copytaster.training.evaluate import Report, evaluate
from copytaster.training.report.importance import Importance, Loss
from copytaster.training.report.learning import Step
from copytaster.training.report.page import SITES, Findings, report_page
from copytaster.training.report.worst import MOST_LINES, page_markup, worst
from copytaster.training.scores import PageScore

PAGES = list(read_labelled(Path(__file__).parents[2] / "examples" / "labelled"))
HOSTILE = "<script>alert(1)</script> & <img src=x onerror=alert(1)>"
VOID = {"meta", "br", "img", "input", "wbr", "hr", "col", "link"}
IMPORTANCE = Importance(2, 40, 0.9, [Loss("<length>", ("width", "<b>"), np.array([0.1, -0.01, 0.2]), 0.3)])


class Outline(HTMLParser):
    """The elements of a page, and that each that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(report: Report, importance: Importance | None = None, learning: Sequence[Step] = ()) -> str:
    return report_page(Findings(report, "The shipped model", importance, learning))


def score(
    rows: Sequence[str], labels: Sequence[Label | None], given: Sequence[Label], name: str = "a", **meta: str
) -> PageScore:
    page = LabelledPage(Page(tuple(rows), name, None, {"site": f"{name}.example", **meta}), tuple(labels))
    index = [LABELS.index(label) for label in given]
    return PageScore(
        page, np.array(page.page.numbers, dtype=np.int32), np.array(index, dtype=np.int8),
        np.where(np.eye(len(LABELS))[index].reshape(-1, len(LABELS)) > 0, 0.7, 0.1), None, None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> str:
    """A report with everything in it."""
    report = evaluate(PAGES, load(), load())
    part = evaluate(PAGES, load()).scores
    learning = [Step(0.125, 2, []), Step(0.5, 8, part), Step(1.0, 16, report.scores)]
    return page_of(report, IMPORTANCE, learning)


def test_the_page_loads_and_runs_nothing(whole: str) -> None:
    outline = Outline(whole)
    assert outline.open == []
    names = {tag for tag, _ in outline.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form", "audio", "video"}
    for tag, attributes in outline.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "xlink:href", "srcset", "poster", "data", "action"):
            assert re.match(r"#|data:image/png;base64,|$", attributes.get(name) or ""), (tag, attributes)
    assert not re.search(r"@import|url\((?!#)", whole)
    policies = [attributes["content"] for _, attributes in outline.elements if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_every_picture_has_a_text_and_a_table_behind_it_and_no_colour_of_its_own(whole: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", whole, re.DOTALL)
    assert len(pictures) == 5
    assert all(re.match(r'<svg role="img" aria-label="[^"]+the table follows', picture) for picture in pictures)
    for section in whole.split("<section")[1:]:
        assert section.count("<svg") <= section.count("<table")
    colours = {colour for picture in pictures for colour in re.findall(r"(?:fill|stroke): (#\w+)", picture)}
    assert colours <= {"#ffffff", "#000000"}  # what clips and white behind nothing are made of
    assert all("currentColor" in picture for picture in pictures)


def test_every_id_is_there_once(whole: str) -> None:
    ids = [attributes["id"] for tag, attributes in Outline(whole).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_same_findings_give_the_same_page(whole: str) -> None:
    report = evaluate(PAGES[:4], load())
    assert page_of(report) == page_of(report)


def test_neither_settings_nor_figures_of_matplotlib_are_left_behind() -> None:
    import matplotlib
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    page_of(evaluate(PAGES[:2], load()), IMPORTANCE)
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []


def test_text_is_text_wherever_it_stands() -> None:
    faulty = score([HOSTILE, HOSTILE], [Label.BODY, Label.NAV], [Label.NAV, Label.BODY], HOSTILE, lang=HOSTILE)
    other = score(["Home"], [Label.NAV], [Label.NAV], kind=HOSTILE, renderer=HOSTILE)
    page = report_page(Findings(Report([faulty, other], HOSTILE), HOSTILE, IMPORTANCE))
    outline = Outline(page)
    assert not {"script", "img"} & {tag for tag, _ in outline.elements}
    assert HOSTILE in "".join(outline.text)
    assert "<length>" in "".join(outline.text)


def test_a_label_that_never_occurs_has_no_score() -> None:
    page = page_of(Report([score(["Home", "News"], [Label.NAV, Label.NAV], [Label.NAV, Label.NAV])]))
    assert "nan" not in page.lower().replace("dominant", "")
    rows = re.findall(r'<tr><th scope="row">teaser</th>(.*?)</tr>', page)
    assert rows[-1].startswith("<td>0</td><td>–</td>")
    assert "Nothing is wrong on any page." in page


def test_pages_without_lines_or_labels_make_a_page_all_the_same() -> None:
    empty = score([], [], [])
    undecided = score(["Home", "News"], [None, None], [Label.NAV, Label.BODY], "b")
    page = page_of(Report([empty, undecided]))
    assert Outline(page).open == []
    assert "0 labelled lines, 2 undecided ones left out" in page


def test_one_site_and_few_sites_are_told() -> None:
    one = [score(["Home"], [Label.NAV], [Label.NAV]) for _ in range(6)]
    few = [score(["Home"], [Label.NAV], [Label.NAV], name) for name in "abc"]
    assert "pages are drawn instead of sites" in page_of(Report(one))
    assert "3 sites are too few" in page_of(Report(few))
    assert "1.000 to 1.000" in page_of(Report(one))
    assert "1.000 to 1.000" not in page_of(Report(few))


def test_the_table_of_sites_is_bounded_and_begins_with_the_worst() -> None:
    many = [score(["Home"], [Label.NAV], [Label.NAV], f"s{number}") for number in range(SITES + 5)]
    bad = score(["A line"], [Label.NAV], [Label.BODY], "zz")
    page = page_of(Report([*many, bad]))
    assert f"{SITES:,} of {SITES + 6:,} sites" in page
    sites = re.findall(r'<th scope="row">([^<]+\.example)</th>', page)
    assert (len(sites), sites[0]) == (SITES, "zz.example")


def test_the_worst_pages_are_those_with_the_least_right_text() -> None:
    right = score(["Home"], [Label.NAV], [Label.NAV], "right")
    half, bad = (
        dataclasses.replace(score(["A line"], [Label.BODY], [Label.NAV], name), word_f1=f1)
        for name, f1 in (("half", 0.5), ("bad", 0.1))
    )
    assert [found.page.page.id for found in worst([right, half, bad])] == ["bad", "half"]
    assert len(worst([bad] * 30)) == 20


def test_of_a_long_page_the_lines_around_what_is_wrong_are_shown() -> None:
    n = 1000
    given = [Label.NAV] * n
    given[500] = Label.BODY
    markup = page_markup(score([f"Line number {row}." for row in range(n)], [Label.NAV] * n, given))
    shown = [int(number) for number in re.findall(r"Line number (\d+)\.", markup)]
    assert sorted(set(shown)) == list(range(497, 504))
    assert "497 lines left out" in markup
    assert "496 lines left out" in markup
    all_wrong = page_markup(score([f"Line number {row}." for row in range(n)], [Label.BODY] * n, [Label.NAV] * n))
    assert len(set(re.findall(r"Line number (\d+)\.", all_wrong))) == MOST_LINES


def test_the_learning_curve_says_where_there_was_too_little_to_train_on(whole: str) -> None:
    section = whole.partition('id="learning"')[2].partition("</section>")[0]
    rows = re.findall(r'<th scope="row">([\d.]+%)</th><td>(\d+)</td><td>(.)', section)
    assert [(share, pages) for share, pages, _ in rows] == [("12.5%", "2"), ("50.0%", "8"), ("100.0%", "16")]
    assert [first == "–" for *_, first in rows] == [True, False, False]
    assert "too few pages to train on" in section
