from pathlib import Path

import pytest

from copytaster.dumps import InputError, read_pages
from copytaster.dumps.sources import find_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of all kinds, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "dumps/b.txt",
        "dumps/a.TXT",
        "dumps/c/d.text",
        "dumps/c/e.jsonl.gz",
        "dumps/f.ndjson",
        "dumps/g.warc.wet.gz",
        "dumps/h.txt.zst",
        "dumps/page[1].txt",
        "dumps/README.txt",
        "dumps/notes.md",
        "dumps/labels.tsv",
        "dumps/page.html",
        "dumps/.hidden.txt",
        "dumps/.git/x.txt",
        "empty/x.html",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    return tmp_path


def names(*inputs: str) -> list[str]:
    return [source.name for source in find_sources(inputs)]


def test_a_folder_stands_for_its_dumps_in_order(folder: Path) -> None:
    assert names("dumps") == [
        "dumps/a.TXT",
        "dumps/b.txt",
        "dumps/c/d.text",
        "dumps/c/e.jsonl.gz",
        "dumps/f.ndjson",
        "dumps/g.warc.wet.gz",
        "dumps/h.txt.zst",
        "dumps/page[1].txt",
    ]


def test_files_named_outright_are_taken_whatever_their_name(folder: Path) -> None:
    assert names("dumps/page.html", "dumps/labels.tsv", "-") == ["dumps/page.html", "dumps/labels.tsv", "-"]


def test_patterns_are_expanded_in_order(folder: Path) -> None:
    assert names("dumps/[ab].*") == ["dumps/a.TXT", "dumps/b.txt"]
    assert names("dumps/**/*.text") == ["dumps/c/d.text"]
    assert names("dum*") == names("dumps")


def test_a_file_comes_before_what_its_name_means_as_a_pattern(folder: Path) -> None:
    assert names("dumps/page[1].txt") == ["dumps/page[1].txt"]


@pytest.mark.parametrize("missing", ["gone.txt", "gone/", "", "dumps/*.xyz", "empty", "empt*", "a\0b"])
def test_a_missing_input_is_named_before_any_work(folder: Path, missing: str) -> None:
    with pytest.raises(InputError, match=r"check|give|called") as caught:
        read_pages(["dumps/b.txt", missing])
    assert missing.rstrip("/") in str(caught.value)


def test_links_to_folders_are_not_followed_and_links_to_files_are(folder: Path) -> None:
    (folder / "dumps/c/loop").symlink_to(folder / "dumps")
    (folder / "dumps/c/z.txt").symlink_to(folder / "dumps/b.txt")
    assert names("dumps/c") == ["dumps/c/d.text", "dumps/c/e.jsonl.gz", "dumps/c/z.txt"]
