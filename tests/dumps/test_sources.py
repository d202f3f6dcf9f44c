import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from copytaster.dumps import InputError, read_pages
from copytaster.dumps.sources import find_sources, input_stem, is_folder_output


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
        "dumps/page.css",
        "dumps/.hidden.txt",
        "dumps/.git/x.txt",
        "empty/x.css",
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
        "dumps/notes.md",
        "dumps/page.html",
        "dumps/page[1].txt",
    ]


def test_files_named_outright_are_taken_whatever_their_name(folder: Path) -> None:
    assert names("dumps/page.css", "dumps/labels.tsv", "-") == ["dumps/page.css", "dumps/labels.tsv", "-"]


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


@pytest.mark.parametrize(
    "name", ["a.parquet", "a.warc", "a.warc.gz", "a.htm.zst", "a.XHTML", "a.markdown", "a.wet", "a.warc.wet.gz"]
)
def test_a_folder_may_hold_each_kind_of_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("text")
    assert names(str(tmp_path)) == [(tmp_path / name).as_posix()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_of_inputs_stands_for_its_lines(folder: Path, pack: Callable[[bytes], bytes]) -> None:
    (folder / "list").write_bytes(pack(b"dumps/b.txt\r\n\n  dumps/c\nhttps://example.org/a.txt?b=[c]*\n-"))
    assert names("@list", "dumps/f.ndjson") == [
        "dumps/b.txt",
        "dumps/c/d.text",
        "dumps/c/e.jsonl.gz",
        "https://example.org/a.txt?b=[c]*",
        "-",
        "dumps/f.ndjson",
    ]


def test_a_file_called_like_a_file_of_inputs_comes_first(folder: Path) -> None:
    (folder / "@list").write_text("text")
    assert names("@list") == ["@list"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b"dumps/b.txt\ngone.txt\n", "list:2: gone.txt: no such file"),
        (b"@list\n", "list:1: a file of inputs inside another"),
        (b"\n \n", "@list: the file is empty"),
        (gzip.compress(b"dumps/b.txt")[:-4], "list: the gzip data end"),
    ],
)
def test_what_is_wrong_with_a_file_of_inputs_is_named_by_its_line(folder: Path, lines: bytes, words: str) -> None:
    (folder / "list").write_bytes(lines)
    with pytest.raises(InputError) as caught:
        find_sources(["@list"])
    assert words in str(caught.value)


def test_a_missing_file_of_inputs_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match="@gone: no file of inputs"):
        find_sources(["@gone"])


@pytest.mark.parametrize("inputs", ["dumps", "dumps/**/*", "dum*", "."])
def test_a_folder_of_outputs_is_no_input(folder: Path, inputs: str) -> None:
    before = [source.name for source in find_sources([inputs])]
    (folder / "dumps/out/sub").mkdir(parents=True)
    (folder / "dumps/out/sub/page.txt").write_text("an article")
    (folder / "dumps/out/b.txt").write_text("an article")
    assert [source.name for source in find_sources([inputs], ["dumps/out"])] == before


@pytest.mark.parametrize("inputs", ["dumps", "dumps/c", "dumps/b.txt", "dum*"])
def test_an_input_in_the_folder_of_outputs_is_refused(folder: Path, inputs: str) -> None:
    with pytest.raises(InputError):
        find_sources([inputs], ["dumps/"])


def test_a_folder_as_output_is_told_by_its_end_or_because_there_is_one(folder: Path) -> None:
    assert is_folder_output("new/")
    assert is_folder_output("dumps")
    assert not is_folder_output("new")
    assert not is_folder_output("dumps/b.txt")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.txt", "a"),
        ("a.warc.wet.gz", "a"),
        ("a.b.HTML", "a.b"),
        ("a.parquet", "a"),
        ("a.css", "a.css"),
        (".md", ".md"),
    ],
)
def test_the_stem_of_an_input_lacks_what_tells_its_format(name: str, stem: str) -> None:
    assert input_stem(name) == stem
