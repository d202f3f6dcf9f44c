import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.labels.page import split_rows
from copytaster.model.limits import PageTooLarge, check_size


@given(st.text(alphabet="a\r\n\x0c\u2028"))
def test_lines_are_counted_as_pages_are_split(text: str) -> None:
    lines = len(split_rows(text))
    check_size(text, max_lines=lines)
    if lines:
        with pytest.raises(PageTooLarge, match="max_lines"):
            check_size(text, max_lines=lines - 1)


def test_characters_are_counted_not_bytes() -> None:
    check_size("漢" * 10, max_chars=10)
    with pytest.raises(PageTooLarge, match=r"11 characters.*max_chars"):
        check_size("漢" * 11, max_chars=10)
