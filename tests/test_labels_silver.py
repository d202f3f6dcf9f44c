"""`copytaster labels align`, `from-html` and `restore`: labels from what else is known of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from copytaster.commands import labels_silver, status
from copytaster.dumps import collections
from copytaster.dumps.renderers import RENDERERS, render
from copytaster.labels import Label, LabelledPage, Page, read_labelled
from copytaster.labels.corpus import LabelRecord, write_corpus

EXAMPLES = Path(__file__).parents[1] / "examples"
BRIDGE = next(iter(read_labelled(EXAMPLES / "labelled" / "news-cracked-bridge.tsv")))
DUMP = EXAMPLES / "dumps" / "news-cracked-bridge.txt"
PARAGRAPHS = [
    "When the harbour board met on Tuesday evening, the old ferry was not on the agenda, and yet three of the seven"
    " members had brought photographs of it in their coat pockets.",
    "She was built for a crossing of nine minutes, and has made it more than four hundred thousand times, in fog, in"
    " ice, and once with a circus elephant whose name the logbook spells in two ways.",
]
TITLE = "The ferry that nobody wanted to sell"
HTML = f"""<html><head><title>{TITLE}</title><link rel="canonical" href="https://www.quay.example/ferry"></head><body>
<nav><ul><li><a href="/">Harbour</a></li><li><a href="/w">Weather desk</a></li></ul></nav>
<main><article><h1>{TITLE}</h1>
<div class="article-body"><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></div></article></main>
<footer><p>All rights reserved</p></footer></body></html>"""
Run = Callable[..., Result]


def texts(page: LabelledPage, label: Label) -> list[str]:
    return [row.strip() for row, one in zip(page.page.rows, page.labels, strict=True) if one is label]


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text("\n\n".join([texts(BRIDGE, Label.HEADLINE)[-1], *texts(BRIDGE, Label.BODY)]), "utf-8")
    return path


@pytest.fixture
def html(tmp_path: Path) -> Path:
    path = tmp_path / "ferry.html"
    path.write_text(HTML, "utf-8")
    return path


def test_a_known_text_labels_the_dump(run: Run, article: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.tsv"
    result = run("labels", "align", DUMP, article, "--titled", "-o", out)
    assert result.exit_code == 0
    assert f"wrote {out}: " in result.stderr
    (page,) = read_labelled(out)
    assert page.page.rows == BRIDGE.page.rows
    assert (page.page.id, page.weight) == ("news-cracked-bridge", labels_silver.WEIGHT)
    decided = [(true, given) for true, given in zip(BRIDGE.labels, page.labels, strict=True) if given]
    assert len(decided) > 0.6 * len(BRIDGE.page.numbers)
    assert sum(true is given for true, given in decided) > 0.9 * len(decided)


def test_without_output_the_page_is_printed(run: Run, article: Path) -> None:
    result = run("labels", "align", DUMP, article, "--titled", "--no-model")
    assert result.exit_code == 0
    assert result.stdout.startswith("# id: news-cracked-bridge\n")
    assert {line.split("\t")[0] for line in result.stdout.splitlines() if "\t" in line} == {"?", "headline", "body"}


def test_the_html_tells_more_lines_apart(run: Run, html: Path, tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_text("\n".join(render(HTML, "wet")), "utf-8")
    (tmp_path / "text.txt").write_text("\n".join(PARAGRAPHS), "utf-8")
    arguments = ["labels", "align", tmp_path / "dump.txt", tmp_path / "text.txt", "--title", TITLE, "--no-model"]
    alone, helped = run(*arguments).stdout, run(*arguments, "--html", html).stdout
    assert "?\tHarbour" in alone
    assert "nav\tHarbour" in helped
    assert f"body\t{PARAGRAPHS[0]}" in helped


def test_a_text_of_another_page_is_refused(run: Run, tmp_path: Path) -> None:
    other = EXAMPLES / "dumps" / "blog-valve-radio.txt"
    result = run("labels", "align", DUMP, other, "-o", tmp_path / "page.tsv")
    assert result.exit_code == status.SOME_FAILED
    assert "does not fit" in result.stderr
    assert not (tmp_path / "page.tsv").exists()


@pytest.mark.parametrize("renderer", ["resiliparse", "wet"])
def test_html_becomes_a_labelled_dump(run: Run, html: Path, renderer: str) -> None:
    result = run("labels", "from-html", html, "--renderer", renderer, "--no-model")
    assert result.exit_code == 0
    header = "# id: ferry\n# url: https://www.quay.example/ferry\n# site: quay.example\n"
    assert result.stdout.startswith(header)
    assert f"headline\t{TITLE}\n" in result.stdout
    assert all(f"body\t{paragraph}\n" in result.stdout for paragraph in PARAGRAPHS)
    assert "nav\tAll rights reserved\n" in result.stdout


def test_pages_that_fail_are_named_and_the_others_written(run: Run, html: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.write_text("<html><body><script>1</script></body></html>")
    result = run("labels", "from-html", html, empty, "-o", tmp_path / "out")
    assert result.exit_code == status.SOME_FAILED
    assert f"{empty}: it shows no text" in result.stderr
    assert "wrote 1 page " in result.stdout
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ferry.tsv"]
    assert run("labels", "from-html", html, "-o", tmp_path / "out").exit_code == status.USAGE


def test_the_renderers_of_the_option_are_those_there_are() -> None:
    assert [str(name) for name in labels_silver.RendererName] == list(RENDERERS)


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[Path, Path]:
    """Labels of two pages, one of which is in the checkout and one is not."""
    rows = render(HTML, "wet")
    meta = {"site": "quay.example", "renderer": "wet", "source": "fundus", "file": "xx/Ferry.html"}
    labels = tuple(Label.BODY if row in PARAGRAPHS else Label.NAV for row in rows)
    page = LabelledPage(Page(tuple(rows), "fundus-ferry", None, meta), labels)
    gone = replace(page, page=replace(page.page, id="wcxb-gone", meta={**meta, "source": "wcxb", "file": "dev/9.html"}))
    path = tmp_path / "corpus.jsonl"
    with path.open("wb") as file:
        write_corpus(map(LabelRecord.of, [page, gone]), file)
    checkout = tmp_path / "checkout"
    (checkout / "xx").mkdir(parents=True)
    (checkout / "xx" / "Ferry.html").write_text(HTML, "utf-8")
    return path, checkout


def test_pages_are_restored_and_what_is_missing_says_where_it_is(
    run: Run, corpus: tuple[Path, Path], tmp_path: Path
) -> None:
    path, checkout = corpus
    result = run("labels", "restore", checkout, "-o", tmp_path / "gold", "--corpus", path)
    assert result.exit_code == status.SOME_FAILED
    assert "wcxb-gone: no file dev/9.html of wcxb in the checkouts" in result.stderr
    assert "check out https://github.com/Murrough-Foley/web-content-extraction-benchmark" in result.stdout
    (page,) = read_labelled(tmp_path / "gold")
    assert texts(page, Label.BODY) == PARAGRAPHS
    assert page.page.url == "https://www.quay.example/ferry"


def test_a_page_that_has_changed_is_not_restored(run: Run, corpus: tuple[Path, Path], tmp_path: Path) -> None:
    path, checkout = corpus
    (checkout / "xx" / "Ferry.html").write_text(HTML.replace("Weather desk", "Tides"), "utf-8")
    result = run("labels", "restore", checkout, "-o", tmp_path / "gold", "--corpus", path)
    assert result.exit_code == status.SOME_FAILED
    assert "differs from the labelled one" in result.stderr
    assert "no page could be restored" in result.stdout
    assert not (tmp_path / "gold").exists()


def test_other_versions_of_the_renderers_are_told(
    run: Run, corpus: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "RENDERED_WITH", {"lxml": "0.1", "no-such-package": "2"})
    result = run("labels", "restore", corpus[1], "-o", tmp_path / "gold", "--corpus", corpus[0])
    assert "pip install lxml==0.1" in result.stderr
    assert "no-such-package is missing here" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["align", str(DUMP)],
        ["align", str(DUMP), "nowhere.txt"],
        ["align", str(DUMP), str(DUMP), "--title", "A", "--titled"],
        ["align", str(DUMP), str(DUMP), "--model", "m.npz", "--no-model"],
        ["from-html", "nowhere.html"],
        ["from-html", str(DUMP)],
        ["from-html", "a.html", "b.html"],
        ["restore", "nowhere", "-o", "x"],
        ["restore", "."],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2_and_a_message(run: Run, arguments: list[str]) -> None:
    result = run("labels", *arguments)
    assert result.exit_code == status.USAGE
    assert result.stderr
