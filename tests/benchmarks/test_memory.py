from pathlib import Path

import memory
import pytest

ROWS = memory.table({2000: 243.6, 20000: 259.1}, 2)


def test_the_table_takes_the_place_of_the_one_before() -> None:
    page = f"# Scale\n\n{memory._BEGIN}{memory._END}\nMore.\n"
    once = memory.insert(page, memory.table({1: 1.0}, 1))
    twice = memory.insert(once, ROWS)
    assert "| 1 |" not in twice
    assert "| 20,000 | 259 MB |\n" in twice
    assert twice.startswith("# Scale\n")
    assert twice.endswith("\nMore.\n")


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the table"):
        memory.insert("# Scale\n", ROWS)


def test_the_documentation_has_a_place_for_it() -> None:
    assert "MB |" in Path(memory._TARGET).read_text("utf-8").partition(memory._BEGIN)[2].partition(memory._END)[0]
