"""The link numbers of text browsers, and their lists of addresses."""

import shutil
import subprocess

import pytest

from copytaster.model.links import find_links
from copytaster.model.wrap import logical_lines

PAGE = [
    "   [1]Home [2]News",
    "",
    "   A title",
    "",
    "   The [3]minister said on Monday that the bridge would stay closed,[1]",
    "   and that [5]repairs had begun. See note [2].",
    "",
]
LIST = ["References", "", "   Visible links:", *(f"   {n}. https://a.example/{n}" for n in range(1, 6))]
HIDDEN = ["", "   Hidden links:", "   7. https://a.example/7"]


def texts(rows: list[str]) -> list[str]:
    return [line.text for line in logical_lines(rows)]


@pytest.mark.parametrize("end", [LIST, [*LIST, *HIDDEN], [row.replace("References", "Verweise") for row in LIST]])
def test_numbers_go_and_the_list_is_one_line(end: list[str]) -> None:
    lines = logical_lines([*PAGE, *end])
    assert [line.text for line in lines][:2] == ["Home News", "A title"]
    assert lines[-1].text == end[0]
    assert (lines[-1].first, lines[-1].last) == (len(PAGE) + 1, len(PAGE) + len(end))


def test_a_mark_out_of_order_is_a_footnote_and_stays() -> None:
    text = " ".join(texts([*PAGE, *LIST]))
    assert "closed,[1]" in text
    assert "note [2]" in text
    assert "The minister" in text
    assert "that repairs" in text


def test_the_list_of_w3m_is_one_too() -> None:
    end = ["References:", "", *(f"[{n}] https://a.example/{n}" for n in range(1, 6))]
    assert find_links([*PAGE, *end]) == (len(PAGE), 5)


@pytest.mark.parametrize(
    "end",
    [
        [],
        [row for row in LIST if "   1." not in row],  # it does not begin at one
        [*LIST, "   A last paragraph below the list of sources."],
        ["Sources", *(f"   {n}. The book of bridges, volume {n}" for n in range(1, 6))],
    ],
)
def test_what_is_no_list_of_links_is_left_alone(end: list[str]) -> None:
    rows = [*PAGE, *end]
    assert find_links(rows) is None
    assert "[1]Home [2]News" in texts(rows)


@pytest.mark.parametrize("text", ["It was closed [1] on Monday.[2] Repairs[3], it says, begin.", "No mark at all."])
def test_an_authors_own_list_stays(text: str) -> None:
    assert find_links([text, "", "References", *(f"   {n}. https://a.example/{n}" for n in range(1, 4))]) is None


def test_a_single_link_is_enough() -> None:
    rows = ["   By [1]Ann Poole", "", "   The text.", "", "References", "", "   1. https://a.example/ann"]
    assert texts(rows) == ["By Ann Poole", "The text.", "References"]


@pytest.mark.skipif(shutil.which("lynx") is None, reason="needs lynx")
def test_lynx_with_its_list_reads_as_without_it(tmp_path) -> None:
    words = "paragraph of words that go on until the line is full and must be broken by the browser "
    links = "".join(f'<p><a href="https://a.example/{n}">Link {n}</a> begins a {words * 3}.</p>' for n in range(40))
    page = tmp_path / "page.html"
    page.write_text(f"<title>Title</title><h1>A title</h1>{links}", "utf-8")

    def dump(*options: str) -> list[str]:
        done = subprocess.run(["lynx", "-dump", *options, str(page)], capture_output=True, text=True, check=True)
        return [row.rstrip() for row in done.stdout.rstrip().split("\n")]

    assert texts(dump())[:-1] == texts(dump("-nolist"))
