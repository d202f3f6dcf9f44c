"""Offsets in each unit, and the lines of a text, on texts with emoji, combining marks and foreign line ends."""

import pytest

from copytaster.labels.offsets import OffsetsError, Ruler, Unit, joined, text_lines
from copytaster.labels.page import Page

FAMILY = "👩‍👩‍👧"  # three people and two joiners: five code points, eight UTF-16 units, one cluster
TEXT = f"{FAMILY} e\u0301 🚒 end"


@pytest.mark.parametrize(("unit", "offset"), [(Unit.CODE_POINTS, 11), (Unit.UTF_16, 15), (Unit.GRAPHEMES, 6)], ids=str)
def test_each_unit_counts_what_it_says(unit: Unit, offset: int) -> None:
    index = TEXT.index("end")
    ruler = Ruler(TEXT, unit)
    assert ruler.offset(index) == offset
    assert ruler.index(offset) == index
    assert ruler.index(ruler.offset(len(TEXT))) == len(TEXT)


def test_utf_16_is_what_python_encodes() -> None:
    ruler = Ruler(TEXT, Unit.UTF_16)
    assert [ruler.offset(index) for index in range(len(TEXT) + 1)] == [
        len(TEXT[:index].encode("utf-16-le")) // 2 for index in range(len(TEXT) + 1)
    ]


@pytest.mark.parametrize("unit", Unit)
def test_an_offset_that_is_no_boundary_gives_the_next_one(unit: Unit) -> None:
    ruler = Ruler(TEXT, unit)
    indices = [ruler.index(offset) for offset in range(ruler.offset(len(TEXT)) + 1)]
    assert indices == sorted(indices)
    assert (indices[0], indices[-1]) == (0, len(TEXT))


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("offset", [-1, 99])
def test_an_offset_outside_the_text_is_refused(unit: Unit, offset: int) -> None:
    with pytest.raises(OffsetsError, match="outside the text"):
        Ruler(TEXT, unit).index(offset)


def test_without_the_package_grapheme_clusters_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "regex", None)
    with pytest.raises(OffsetsError, match=r"pip install 'copytaster\[graphemes\]'"):
        Ruler(TEXT, Unit.GRAPHEMES)


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "a\n", "a\n\n", "\n\n a \n", "a\r\nb\rc\n", "tab\tin\x0bit \u2028 x\n", "e\u0301\n🚒 \n"]
)
def test_lines_are_those_of_a_page(text: str) -> None:
    rows, lines = text_lines(text)
    page = Page.from_text(text)
    assert tuple(rows) == page.rows
    assert tuple(line.number for line in lines) == page.numbers
    for line in lines:
        assert Page.from_text(text[line.begin : line.end]).rows == (rows[line.number - 1].strip(),)


@pytest.mark.parametrize("rows", [[], [""], ["a"], ["a", ""], ["a", "", ""], ["", " a"]])
def test_joined_rows_come_back(rows: list[str]) -> None:
    assert text_lines(joined(rows))[0] == rows
