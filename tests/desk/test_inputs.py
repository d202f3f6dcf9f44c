"""Which pages come on the desk, and which file keeps each one's labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.desk.inputs import find_sheets
from copytaster.dumps import InputError
from copytaster.labels import read_labelled

DUMP = "A title\n\nSome text that a page holds.\n"
LABELLED = "# id: one\nheadline\tA title\n\nbody\tSome text that a page holds.\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def found_in(*paths: Path, output: Path | None = None) -> list[str]:
    found = find_sheets([str(path) for path in paths], output)
    assert not found.problems
    return [sheet.path.name for sheet in found.sheets]


def test_a_dump_is_kept_beside_it_under_its_name(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.txt", DUMP)
    (sheet,) = find_sheets([str(tmp_path)]).sheets
    assert sheet.path == tmp_path / "in" / "a.tsv"


def test_a_dump_and_its_labelled_page_are_one_page(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", DUMP)
    write(tmp_path / "a.tsv", LABELLED)
    (sheet,) = find_sheets([str(tmp_path)]).sheets
    assert sheet.read().marks == "hb"
    assert found_in(tmp_path / "a.txt") == ["a.tsv"]
    assert found_in(tmp_path / "a.txt", tmp_path / "a.tsv", tmp_path) == ["a.tsv"]


def test_a_folder_of_labelled_pages_only_will_do(tmp_path: Path) -> None:
    write(tmp_path / "a.tsv", LABELLED)
    assert found_in(tmp_path) == ["a.tsv"]


def test_a_labelled_page_of_other_lines_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", DUMP)
    write(tmp_path / "out" / "a.tsv", "nav\tAnother page\n")
    found = find_sheets([str(tmp_path / "a.txt")], tmp_path / "out")
    assert found.sheets == []
    assert "holds other lines" in found.problems[0]


def test_two_dumps_of_one_name_get_a_file_each(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "Another title\n")
    write(tmp_path / "a.txt", DUMP)
    assert found_in(tmp_path) == ["a.tsv", "a.txt.tsv"]


def test_a_file_of_many_pages_needs_a_folder_and_gets_a_file_for_each(tmp_path: Path) -> None:
    rows = [{"id": "one", "text": DUMP}, {"id": "../../two", "text": "Other\ntext\n"}, {"text": "Third\n"}]
    path = write(tmp_path / "crawl.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InputError, match="-o"):
        find_sheets([str(path)])
    output = tmp_path / "out"
    sheets = find_sheets([str(path)], output).sheets
    assert len({sheet.path for sheet in sheets}) == 3
    for sheet in sheets:
        assert sheet.path.resolve().is_relative_to(output.resolve())
        content = sheet.read()
        sheet.write(content.version, "n" * len(content.lines), is_done=True, guesses=[0] * len(content.lines))
    again = find_sheets([str(path)], output).sheets
    assert [sheet.path for sheet in again] == [sheet.path for sheet in sheets]
    assert all(sheet.read().is_done for sheet in again)


def test_a_labelled_file_of_many_pages_is_taken_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "two.tsv", LABELLED + "# id: two\nnav\tOther\n")
    with pytest.raises(InputError, match="holds 2 pages"):
        find_sheets([str(path)])
    sheets = find_sheets([str(path)], tmp_path / "out").sheets
    assert [sheet.path.name for sheet in sheets] == ["one.tsv", "two.tsv"]
    assert sheets[0].read().marks == "hb"


def test_pages_without_an_id_in_folders_keep_the_folders_apart(tmp_path: Path) -> None:
    for name in ("x", "y"):
        write(tmp_path / name / "index.tsv", "nav\tMenu\n")
    for sheet in find_sheets([str(tmp_path)]).sheets:
        sheet.write(sheet.read().version, "n", is_done=True, guesses=[3])
    pages = list(read_labelled(tmp_path))
    assert [page.page.id for page in pages] == ["x/index", "y/index"]
    assert [page.page.site for page in pages] == ["x", "y"]


def test_what_cannot_be_read_is_named_and_the_rest_opened(tmp_path: Path) -> None:
    write(tmp_path / "bad.tsv", "advert\tBuy\n")
    write(tmp_path / "empty.txt", "\n\n")
    write(tmp_path / "good.txt", DUMP)
    found = find_sheets([str(tmp_path)])
    assert [sheet.path.name for sheet in found.sheets] == ["good.tsv"]
    assert any("bad.tsv:1" in problem for problem in found.problems)
    assert any("empty.txt" in problem for problem in found.problems)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.tsv", "nowhere/*.txt"])
def test_a_path_that_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="nowhere"):
        find_sheets([str(tmp_path / name)])


def test_a_page_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.tsv", "nav\tMenu\n" * 40_001)
    found = find_sheets([str(tmp_path)])
    assert found.sheets == []
    assert "40,000 lines" in found.problems[0]
