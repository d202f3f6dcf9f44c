"""A file for each page, whatever the page is called."""

from pathlib import Path

import pytest

from copytaster.labels import Label, LabelledPage, Page, read_labelled
from copytaster.labels.folder import FolderError, file_name, write_folder

NASTY = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".hidden",
    "",
    "a/b",
    "a\\b",
    "C:\\x",
    "con",
    "nul.txt",
    "x" * 500,
    "é" * 300,
]
NASTY += ["\x00", "a\nb", "a\ud800b", " a ", "a:b", "файл", "A", "a"]


def page(page_id: str) -> LabelledPage:
    return LabelledPage(Page(("Rain",), page_id, meta={"site": "s"}), (Label.HEADLINE,))


@pytest.mark.parametrize("page_id", NASTY)
def test_a_name_stays_in_its_folder_and_is_read_again(page_id: str, tmp_path: Path) -> None:
    name = file_name(page_id)
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name.encode()) < 200
    folder = tmp_path / "pages"
    write_folder([page(page_id)], folder)
    assert [path.name for path in tmp_path.rglob("*.tsv")] == [name]
    assert len(list(read_labelled(folder))) == 1


def test_different_ids_have_different_names() -> None:
    assert len({file_name(page_id).casefold() for page_id in NASTY if page_id != "A"}) == len(NASTY) - 1


def test_a_plain_id_is_the_name() -> None:
    assert file_name("news-2024.05") == "news-2024.05.tsv"


def test_nothing_is_written_over_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "b.tsv").write_text("mine")
    with pytest.raises(FolderError, match=r"b\.tsv: already there.*--force"):
        write_folder([page("a"), page("b")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.tsv"]
    write_folder([page("a"), page("b")], tmp_path, force=True)
    assert (tmp_path / "b.tsv").read_text().endswith("headline\tRain\n")


@pytest.mark.parametrize("other", ["a", "A"])
def test_two_pages_of_one_name_are_refused(other: str, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="an id of its own"):
        write_folder([page("a"), page(other)], tmp_path / "new")
    assert not (tmp_path / "new").exists()
