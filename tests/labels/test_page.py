"""Splitting a dump into rows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from copytaster.labels.page import clean_row, split_rows

WHITE_OR_CONTROL = "\r\n\t\v\f\x00\x1b\x1c\x1f\x7f\x85\x9f\xa0\u2028\u2029\u3000 "


def rows_one_by_one(text: str) -> tuple[str, ...]:
    """The definition: cut at the line ends, clean each row; nothing follows a line end at the very end."""
    rows = re.split(r"\r\n|\r|\n", text)
    if rows[-1] == "":
        rows.pop()
    return tuple(map(clean_row, rows))


@given(st.text(alphabet=st.one_of(st.sampled_from(WHITE_OR_CONTROL + "ab"), st.characters()), max_size=60))
def test_a_dump_is_split_as_if_each_row_were_cleaned_alone(text: str) -> None:
    assert split_rows(text) == rows_one_by_one(text)


@given(st.text(alphabet=[chr(code) for code in range(0x80)], max_size=60))
def test_an_ascii_dump_is_split_in_the_same_way(text: str) -> None:
    assert split_rows(text) == rows_one_by_one(text)


def test_every_control_character_but_a_line_end_is_white_space_inside_a_line() -> None:
    controls = [*map(chr, [*range(0x20), *range(0x7F, 0xA0)]), "\u2028", "\u2029"]
    for control in controls:
        for word in ("a", "\u00e4"):
            expected = (word, "b") if control in "\r\n" else (f"{word} b",)
            assert split_rows(f"{word}{control}b") == expected
