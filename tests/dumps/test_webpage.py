"""The HTML that `predict` writes: whole in itself, escaped, and for every number of pages a document."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from copytaster.dumps import open_writer, read_pages
from copytaster.dumps.result import Result
from copytaster.labels.page import Page
from copytaster.model.classifier import load
from copytaster.model.limits import MAX_CHARS

VOID = {"meta", "br"}


class Document(HTMLParser):
    """Checks that tags are closed as they were opened, and keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


@pytest.fixture
def document(tmp_path: Path) -> Callable[..., str]:
    """The HTML of some pages' dumps, or pages."""

    def _document(*pages: str | Page) -> str:
        made = [
            Page.from_text(page, id=f"{at}.txt") if isinstance(page, str) else page for at, page in enumerate(pages)
        ]
        path = tmp_path / "out.html"
        with open_writer(path) as writer:
            for reading in load().read(made):
                writer.write(Result(reading, "a1b2c3"))
        return path.read_text("utf-8")

    return _document


HOSTILE = (
    "<script>alert(1)</script>\n</details></main><h1>Mine</h1>\n\"><img src='https://example.org/x.png' onerror=y>\n"
    "<style>@import url(https://example.org/)</style>\nأغلق الجسر القديم\nhttps://example.org/a\n"
)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_nothing_comes_from_outside_whatever_the_pages_hold(document: Callable[..., str], count: int) -> None:
    page = Page.from_text(HOSTILE, id='"><script src=//example.org>', url="https://example.org/?a=\"'<b>")
    html = document(*[page] * count)
    found = Document(html)
    assert {tag for tag, _ in found.tags}.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    assert all(target.startswith("#") for target in found.attributes("href"))
    assert not {name for _, attributes in found.tags for name in attributes} & {"src", "style", "srcset", "action"}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    assert not re.search(r"url\(|@import", style[0])


def test_the_policy_allows_its_own_style_and_nothing_else(document: Callable[..., str]) -> None:
    html = document("Home\n")
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(attributes["content"] for _, attributes in Document(html).tags if "http-equiv" in attributes)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_what_the_page_says_is_shown_as_it_is(document: Callable[..., str]) -> None:
    text = "".join(Document(document(HOSTILE)).text)
    assert all(line in text for line in HOSTILE.splitlines())


def test_one_page_has_its_article_beside_its_lines(document: Callable[..., str], example_texts: dict[str, str]) -> None:
    html = document(example_texts["news-cracked-bridge"])
    found = Document(html)
    assert "<title>Tern Bridge to close for nine nights after cracked bearing found</title>" in html
    assert [tag for tag, _ in found.tags if re.match(r"h\d", tag)] == ["h1", "h2", "h3", "h4", "h3"]
    assert {"header", "main", "nav"} <= {tag for tag, _ in found.tags}
    text = "".join(found.text)
    assert "By Imogen Draycott" in text
    assert re.search(r"confidence \d\d %", text)
    assert 'details class="page"' not in html


def test_several_pages_are_a_list_that_opens(document: Callable[..., str], example_texts: dict[str, str]) -> None:
    html = document(*list(example_texts.values())[:3])
    assert html.count('<details class="page">') == 3
    assert len(re.findall("<summary><h2", html)) == 3
    Document(html)


def test_every_link_leads_into_the_document(document: Callable[..., str], example_texts: dict[str, str]) -> None:
    found = Document(document(*list(example_texts.values())[:4]))
    ids = found.attributes("id")
    assert len(ids) == len(set(ids))
    targets = {target.removeprefix("#") for target in found.attributes("href")}
    assert len(targets) > 4
    assert targets <= set(ids)


def test_a_page_without_lines_says_so(document: Callable[..., str]) -> None:
    text = "".join(Document(document("\n\n")).text)
    assert "The page has no lines." in text
    assert "No article was found on the page." in text


def test_a_document_without_pages_says_so(document: Callable[..., str]) -> None:
    assert "There was no page to show." in "".join(Document(document()).text)


def test_an_earlier_output_in_the_folder_of_inputs_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A page\n", "utf-8")
    (tmp_path / "out.html").write_text("<html><p>An earlier output</p></html>", "utf-8")
    pages = list(read_pages([str(tmp_path)], output=str(tmp_path / "out.html")))
    assert [Path(page.id).name for page in pages] == ["a.txt"]


def test_the_largest_line_makes_a_small_document(document: Callable[..., str]) -> None:
    assert len(document("x" * min(MAX_CHARS, 1_000_000))) < 100_000
