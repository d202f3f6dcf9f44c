"""Hard-wrapped lines are joined, and only these."""

import textwrap

import pytest

from copytaster.labels.page import Page
from copytaster.model.wrap import find_wrap, logical_lines

PARAGRAPHS = [
    "The harbour authority said on Tuesday that the new crane will be delivered in spring, two years later than"
    " planned, because the foundry that casts its base had closed without notice.",
    "Residents of the quay, who have lived with the noise of the provisional crane for the better part of a decade, "
    "were not impressed by the announcement and asked for a date that holds.",
    "A spokesman answered that dates hold when foundries do, and that the council would be told in good time if"
    " anything should change before the first of May.",
]


def wrapped(width: int, indent: str = "   ") -> list[str]:
    rows: list[str] = []
    for paragraph in PARAGRAPHS:
        rows += [*textwrap.wrap(paragraph, width, initial_indent=indent, subsequent_indent=indent), ""]
    return ["Home", "News", "", *rows, "Contact", "Imprint"]


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_paragraphs_come_back_whole(width):
    texts = [line.text for line in logical_lines(wrapped(width))]
    assert texts == ["Home", "News", *PARAGRAPHS, "Contact", "Imprint"]


def test_a_logical_line_knows_the_lines_it_was_made_of():
    rows = wrapped(80)
    line = logical_lines(rows)[2]
    assert rows[line.first - 1].strip().startswith("The harbour")
    assert rows[line.last - 1].strip().endswith("without notice.")


def test_a_page_with_long_lines_is_left_alone():
    rows = ["Home", *PARAGRAPHS, *(row for row in wrapped(80) if row)]
    assert find_wrap(rows) is None
    assert len(logical_lines(rows)) == len(rows)


def test_a_menu_is_left_alone():
    rows = [f"Section number {n} of the almanac" for n in range(40)]
    assert [line.text for line in logical_lines(rows)] == rows


def test_bullets_begin_lines_of_their_own():
    rows = [*wrapped(80)[:-3], "   * " + "word " * 14 + "end", "   * " + "other " * 12]
    assert [line.text[0] for line in logical_lines(rows)[-2:]] == ["*", "*"]


@pytest.mark.parametrize("characters", [36, 72], ids=["two columns a character", "one column a character"])
def test_no_space_is_put_into_unspaced_scripts(characters):
    text = "港の当局は火曜日に新しい起重機の納入が春になると発表した。" * 12
    rows = ["   " + text[start : start + characters] for start in range(0, len(text), characters)]
    rows += ["", "   案内 一覧 連絡先 会社概要"]
    assert logical_lines(rows)[0].text == text


def test_blank_pages_have_no_lines():
    assert logical_lines(Page.from_text("\n \n").rows) == []


def test_a_centred_title_wider_than_the_paragraphs_is_joined_and_hides_no_wrapping():
    title = [
        "Villages left waiting as the school bus firm hands back its eleven routes".center(78),
        "in spring".center(78),
    ]
    rows = ["   Home", "", *(row.rstrip() for row in title), "", *wrapped(72)[3:]]
    texts = [line.text for line in logical_lines(rows)]
    assert texts[1] == "Villages left waiting as the school bus firm hands back its eleven routes in spring"
    assert texts[2:5] == PARAGRAPHS


def test_a_short_row_of_an_unspaced_script_is_no_sign_against_wrapping():
    text = "港の町では朝から雨が続き、橋の上を渡る人の姿もまばらで、市場の人たちは早くから店を閉めていた" * 4
    wrapped = ["   " + text[start : start + 71] for start in range(0, len(text), 71)]
    items = [
        f"   * 記事の見出しがここに入り、行の長さは六割を超えるが、次の行とは何の関わりもない見出し{n}"
        for n in range(30)
    ]
    lines = logical_lines([*items, "", *wrapped, "", *wrapped, "", *items])
    assert [line.text for line in lines if line.last > line.first] == [text, text]


def test_two_breaks_are_enough_where_a_browser_has_indented_the_rows():
    rows = [
        "   Home News Sport",
        "",
        "   A man of 34 years has been charged with burglary after jewellery worth",
        "   12,000 pounds was taken from a house in Thornley on Tuesday, police said",
        "   in a statement.",
        "",
        "   Legal",
    ]
    assert [line.last - line.first for line in logical_lines(rows)] == [0, 2, 0]
    assert len(logical_lines([row.strip() for row in rows])) == 5


def test_a_centred_title_that_sticks_out_does_not_make_the_page_wider():
    text = "The council voted on Thursday night to keep the library of the town open for another year, said Joan. " * 4
    title = "A centred title that is a bit longer than the paragraphs on it are!"
    wrapped = textwrap.wrap(text.strip(), 70, initial_indent="   ", subsequent_indent="   ")
    lines = logical_lines(["     " + title, "", *wrapped, "", *wrapped])
    assert [line.text for line in lines] == [title, text.strip(), text.strip()]


def test_a_row_is_not_broken_at_a_no_break_space():
    rows = wrapped(80, indent="")
    paragraph = "The bridge was opened by a minister who had never crossed it, and for that reason"
    rest = "the\u00a0three\u00a0engineers\u00a0of\u00a0the\u00a0town stood on the other side and kept their hats on."
    short = paragraph[: 80 - 12].rsplit(" ", 1)[0]
    texts = [line.text for line in logical_lines([*rows, "", short, rest])]
    assert texts[-1] == f"{short} {rest}"


@pytest.mark.parametrize("dash", ["-", "–", "—"])
def test_a_dash_in_mid_sentence_begins_no_item_of_a_list(dash):
    full = "The ferry that was sold in May to the owner of the mill has been seen at anchor"
    assert len(full) == 79
    rest = f"{dash} and nobody can say for certain what it is doing there."
    texts = [line.text for line in logical_lines([*wrapped(80, indent=""), "", full, rest])]
    assert texts[-1] == f"{full} {rest}"


def test_dashes_below_each_other_are_a_list():
    rows = wrapped(80, indent="")
    items = [f"- {word * 38} b" for word in ("aa", "cc")]
    above = "This is what the keeper of the bridge was asked to count for the whole of a day:"
    texts = [line.text for line in logical_lines([*rows, "", above[:80], *items])]
    assert texts[-2:] == items


@pytest.mark.parametrize("character", ["━", "-", "═"])
def test_a_rule_across_the_page_hides_no_wrapping(character):
    rows = [*wrapped(80, indent=""), "", character * 205, "", *wrapped(80, indent="")]
    assert find_wrap(rows).width <= 80
    assert PARAGRAPHS[0] in [line.text for line in logical_lines(rows)]
