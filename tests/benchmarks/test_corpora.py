"""Every published layout is read, with records from which fields are missing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpora import CorpusError, CorpusPage, load_corpora, load_corpus, sample

Write = Callable[[str, str | dict[str, Any]], Path]
PAGE = (
    '<html lang="de-AT"><meta charset="utf-8"><meta property="og:url" content="https://www.blatt.example/1">{}</html>'
)


def wcxb_record(**truth: Any) -> dict[str, Any]:
    return {
        "url": "https://news.example.co.uk/1",
        "_internal": {"page_type": {"primary": "forum"}},
        "ground_truth": truth,
    }


def test_wcxb_records_are_read_whole(write: Write, tmp_path: Path) -> None:
    write("dev/html/0001.html.gz", "<?xml version='1.0' encoding='utf-8'?><html lang=en><p>Rain.</p></html>")
    truth = {"title": "Rain", "author": "Ann Lee", "publish_date": "2024-03-05", "main_content": "Rain."}
    write("dev/ground-truth/0001.json", wcxb_record(**truth, **{"with": ["Rain."], "without": ["Home", "Login"]}))
    (page,) = load_corpus(tmp_path)
    assert page == CorpusPage(
        "wcxb/dev/html/0001.html.gz",
        "wcxb",
        tmp_path / "dev/html/0001.html.gz",
        url="https://news.example.co.uk/1",
        text="Rain.",
        title="Rain",
        authors=("Ann Lee",),
        date="2024-03-05",
        kept=("Rain.",),
        left_out=("Home", "Login"),
        kind="forum",
        lang="en",
        site="example.co.uk",
    )
    assert page.html() == "<html lang=en><p>Rain.</p></html>"


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"ground_truth": None, "_internal": None},
        {"ground_truth": {"title": None, "author": None, "with": None, "without": None, "main_content": ""}},
    ],
    ids=["empty", "null", "fields null"],
)
def test_wcxb_records_may_lack_any_field(write: Write, tmp_path: Path, record: dict[str, Any]) -> None:
    write("dev/html/0001.html.gz", PAGE)
    write("dev/ground-truth/0001.json", record)
    (page,) = load_corpus(tmp_path)
    assert (page.text, page.title, page.authors, page.date, page.kept, page.left_out) == (None, None, (), None, (), ())
    assert (page.kind, page.lang, page.url, page.site) == ("?", "de", "https://www.blatt.example/1", "blatt.example")


def test_a_record_without_its_page_is_passed_over(write: Write, tmp_path: Path) -> None:
    write("dev/ground-truth/0001.json", wcxb_record(main_content="Rain."))
    assert load_corpus(tmp_path) == []


def fundus_version(*paragraphs: str, **facts: Any) -> dict[str, Any]:
    sections = [
        {"headline": [], "paragraphs": [paragraphs[1]]},
        {"headline": ["Then"], "paragraphs": [*paragraphs[2:]]},
    ]
    return {"body": {"summary": [paragraphs[0]], "sections": sections}, **facts}


def test_fundus_gives_the_text_of_the_version_that_the_page_prints(write: Write, tmp_path: Path) -> None:
    old = fundus_version("Summary old.", "First old.", "Last &amp; old.", title="Old", authors=["Ann Lee", "Bo Dahl"])
    new = fundus_version("Summary new.", "First new.", "Last & new.", title="New", publishing_date="2026-01-02 03:04")
    write("at/Blatt.json", {"V1": old, "V2": new})
    write("at/Blatt_2024_01_02.html.gz", PAGE.format("<p>Summary old.<p>First <b>old.</b>"))
    write("at/Blatt_2026_01_02.html.gz", PAGE.format("<p>Summary new.<p>Last &amp; new."))
    first, second = load_corpus(tmp_path)
    assert (first.title, first.authors, first.date) == ("Old", ("Ann Lee", "Bo Dahl"), None)
    assert (second.title, second.authors, second.date) == ("New", (), "2026-01-02 03:04")
    assert second.text == "Summary new.\n\nFirst new.\n\nThen\n\nLast & new."
    assert (second.id, second.kind, second.lang) == ("fundus/at/Blatt_2026_01_02.html.gz", "article", "de")
    assert second.site == "blatt.example"


def test_fundus_records_may_lack_any_field(write: Write, tmp_path: Path) -> None:
    write("at/Blatt.json", {"V1": {}})
    write("at/Blatt_2024_01_02.html.gz", "<p>Rain.")
    (page,) = load_corpus(tmp_path)
    assert (page.text, page.title, page.authors, page.site, page.lang) == (None, None, (), "blatt", "?")


def test_article_extraction_benchmark_is_read_by_page_hash(fixtures: Path) -> None:
    pages = {page.id.rpartition("/")[2]: page for page in load_corpus(fixtures / "article-extraction-benchmark")}
    assert set(pages) == {"5d1f0c", "77ab02", "9e3344"}  # and not the record without a page
    whole, without_url, without_body = pages.values()
    assert (whole.site, whole.lang, whole.kind) == ("quaysidepost.example", "en", "article")
    assert whole.text is not None
    assert whole.text.startswith("The new wall")
    assert (without_url.url, without_url.site) == (None, "article-extraction-benchmark/77ab02")
    assert without_url.text == "Twelve hives now stand above the council chamber in Marle."
    assert (without_body.text, without_body.site) == (None, "marle-today.example")


def test_fundus_evaluation_is_read_by_file_name(fixtures: Path) -> None:
    without_body, whole = load_corpus(fixtures / "fundus-evaluation")
    assert whole.id == "fundus-evaluation/QuaysidePost_1"
    assert whole.text is not None
    assert whole.text.count("\n\n") == 1
    assert (without_body.text, without_body.site) == (None, "marle-today.example")


GOLD = "# site: gold.example\n# lang: en\n# renderer: wet\n# source: wcxb\n# file: dev/html/0001.html.gz\n"


def test_labelled_pages_give_the_article_that_their_labels_make(write: Write, tmp_path: Path) -> None:
    write("one.tsv", f"{GOLD}nav\tHome\n\nheadline\tRain on Monday\nbody\tIt rained in Fennick.\nbody\tIt was wet.\n")
    html = write("html/fixtures/one.html.gz", PAGE)
    (page,) = load_corpus(tmp_path, html.parent.parent)
    assert page.text == "It rained in Fennick.\n\nIt was wet."
    assert (page.title, page.site, page.lang, page.path) == ("Rain on Monday", "gold.example", "en", html)
    assert page.gold is not None


def test_labelled_pages_lend_their_labels_to_the_corpus_they_come_from(write: Write, tmp_path: Path) -> None:
    write("gold/one.tsv", f"{GOLD}body\tRain.\n")
    write("gold/two.tsv", "# source: other\nbody\tSnow.\n")
    write("wcxb/dev/html/0001.html.gz", PAGE)
    write("wcxb/dev/ground-truth/0001.json", wcxb_record(main_content="Rain, and more of it."))
    pages = load_corpora([tmp_path / "wcxb", tmp_path / "gold"])
    assert [page.id for page in pages] == ["wcxb/dev/html/0001.html.gz", "gold/two"]
    assert pages[0].text == "Rain, and more of it."
    assert pages[0].gold is not None
    assert (pages[0].site, pages[0].lang, pages[0].kind) == ("gold.example", "en", "forum")


def test_an_unknown_layout_and_a_damaged_record_are_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no corpus in a known layout"):
        load_corpus(tmp_path)
    record = write("ground-truth.json", "{")
    with pytest.raises(CorpusError, match=r"ground-truth\.json: not JSON"):
        load_corpus(tmp_path)
    record.write_text("[]")
    with pytest.raises(CorpusError, match="holds a list"):
        load_corpus(tmp_path)


def test_a_sample_takes_every_site_before_a_second_page_of_any() -> None:
    pages = [CorpusPage(f"{site}{number}", "x", site=site) for site in ("a", "b", "c") for number in range(3)]
    few = sample(pages, 3)
    assert {page.site for page in few} == {"a", "b", "c"}
    assert sample(pages[::-1], 3) == few
    assert len(sample(pages, 99)) == 9


@pytest.mark.skipif("COPYTASTER_CORPORA" not in os.environ, reason="COPYTASTER_CORPORA is not set")
def test_the_real_corpora_are_read() -> None:
    root = Path(os.environ["COPYTASTER_CORPORA"])
    pages = load_corpora([root / "corpora" / "fundus", root / "gold"], root / "corpora")
    fundus = [page for page in pages if page.corpus == "fundus"]
    assert all(page.text and page.title for page in fundus)
    assert all(page.path is not None or page.corpus != "fundus" for page in pages)
    assert len({page.id for page in pages}) == len(pages)
