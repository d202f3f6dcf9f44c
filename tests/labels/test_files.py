import gzip
import json
import os
import pickle
from pathlib import Path

import pytest
import zstandard

from copytaster.labels import LabelFileError, read_labelled

TSV = b"headline\tRain\n\nbody\tIt rained.\n"
JSONL = b'{"lines": ["Rain"], "labels": ["headline"]}\n{"lines": ["Snow"], "labels": ["body"], "site": "s"}\n'


def put(folder: Path, name: str, data: bytes = TSV) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def ids(path: Path) -> list[str]:
    return [page.page.id for page in read_labelled(path)]


def test_a_folder_is_read_with_its_sub_folders_in_the_order_of_paths(tmp_path):
    names = ["b.tsv", "a.tsv.gz", "sub/z.TSV", "sub/deep/c.jsonl.zst", "sub-x/a.tsv"]
    packers = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    for name in names:
        pack = packers.get(Path(name).suffix, bytes)
        put(tmp_path, name, pack(JSONL if ".jsonl" in name else TSV))
    assert ids(tmp_path) == ["a", "b", "sub/deep/c:1", "sub/deep/c:2", "sub/z", "sub-x/a"]
    assert ids(str(tmp_path)) == ids(tmp_path)


def test_hidden_and_other_files_are_left_out(tmp_path):
    put(tmp_path, "a.tsv")
    for name in ["._a.tsv", ".hidden/a.tsv", "README.md", "a.tsv.bak", "a.txt", "tsv"]:
        put(tmp_path, name, b"\xff")
    assert ids(tmp_path) == ["a"]


def test_the_site_defaults_to_url_then_sub_folder_then_file(tmp_path):
    put(tmp_path, "top.tsv")
    put(tmp_path, "sub/page.tsv")
    put(tmp_path, "sub/deep/page.tsv")
    put(tmp_path, "sub/url.tsv", b"# url: https://www.example.com/\n" + TSV)
    put(tmp_path, "sub/site.tsv", b"# site: given\n# url: https://www.example.com/\n" + TSV)
    put(tmp_path, "list.jsonl", JSONL)
    assert {page.page.id: page.page.meta["site"] for page in read_labelled(tmp_path)} == {
        "top": "top",
        "sub/page": "sub",
        "sub/deep/page": "sub/deep",
        "sub/url": "example.com",
        "sub/site": "given",
        "list:1": "list",
        "list:2": "s",
    }


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("one.tsv", TSV, ["one"]),
        ("one.v2.tsv.gz", TSV, ["one.v2"]),
        ("list.jsonl", JSONL, ["list:1", "list:2"]),
        ("list.txt", JSONL, ["list:1", "list:2"]),
        ("list", b"\xef\xbb\xbf " + JSONL, ["list:1", "list:2"]),
        ("page.txt", TSV, ["page"]),
        ("list.bin", gzip.compress(JSONL), ["list:1", "list:2"]),
    ],
)
def test_a_single_file_is_read_by_its_name_else_by_how_it_begins(tmp_path, name, data, expected):
    path = put(tmp_path / "folder", name, data)
    assert ids(path) == expected
    assert next(read_labelled(path)).page.site == expected[0].split(":")[0]


def problems(path: Path) -> list[LabelFileError]:
    """All that is wrong, and a check that reading without on_error stops at the first of it."""
    found: list[LabelFileError] = []
    list(read_labelled(path, found.append))
    with pytest.raises(LabelFileError) as caught:
        list(read_labelled(path))
    assert str(caught.value) == str(found[0])
    return found


def test_a_missing_path_is_an_error(tmp_path):
    (found,) = problems(tmp_path / "missing")
    assert str(found) == f"{tmp_path / 'missing'}: no such file or folder; give a folder of labelled pages, or one file"


def test_a_folder_without_labelled_pages_is_an_error(tmp_path):
    put(tmp_path, "README.md")
    (found,) = problems(tmp_path)
    assert found.file == str(tmp_path)
    assert "no labelled pages in this folder" in found.problem
    assert "*.tsv or *.jsonl" in found.problem


def test_bad_pages_are_reported_and_the_others_read(tmp_path):
    put(tmp_path, "a.tsv", b"boddy\tA\n")
    put(tmp_path, "b.jsonl", JSONL + b"{\n" + JSONL)
    put(tmp_path, "c.tsv.gz", gzip.compress(TSV)[:-4])
    put(tmp_path, "d.tsv", b"\xff")
    put(tmp_path, "e.tsv")
    found: list[LabelFileError] = []
    pages = [page.page.id for page in read_labelled(tmp_path, found.append)]
    assert pages == ["b:1", "b:2", "b:4", "b:5", "e"]
    assert [(Path(error.file).name, error.line) for error in found] == [
        ("a.tsv", 1),
        ("b.jsonl", 3),
        ("c.tsv.gz", None),
        ("d.tsv", 1),
    ]
    assert problems(tmp_path)[0].line == 1


def test_pages_before_a_cut_in_a_compressed_file_are_read(tmp_path):
    record = json.dumps({"lines": ["word " * 1000], "labels": ["body"]}).encode() + b"\n"
    put(tmp_path, "a.jsonl.gz", gzip.compress(record * 500)[:-4])
    found: list[LabelFileError] = []
    assert len(list(read_labelled(tmp_path, found.append))) > 100
    assert [error.file for error in found] == [str(tmp_path / "a.jsonl.gz")]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_may_not_be_read_is_reported_and_the_rest_read(tmp_path, monkeypatch, kind):
    """As root every file may be read, so the refusal is put in by hand."""
    put(tmp_path, "a.tsv")
    put(tmp_path, "sub/b.tsv")
    refused = str(tmp_path / "sub") if kind == "folder" else str(tmp_path / "sub" / "b.tsv")
    real_open, real_scandir = Path.open, os.scandir

    def refuse(path: object) -> None:
        if str(path) == refused:
            raise PermissionError(13, "Permission denied", refused)

    monkeypatch.setattr(Path, "open", lambda self, *args: refuse(self) or real_open(self, *args))
    monkeypatch.setattr(os, "scandir", lambda path: refuse(path) or real_scandir(path))
    found: list[LabelFileError] = []
    assert [page.page.id for page in read_labelled(tmp_path, found.append)] == ["a"]
    assert [error.file for error in found] == [refused]
    assert "cannot be read (Permission denied)" in found[0].problem


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_linked_folders_are_read_once_and_loops_end(tmp_path):
    put(tmp_path, "far/b.tsv")
    put(tmp_path, "pages/a.tsv")
    (tmp_path / "pages" / "far").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "back").symlink_to(tmp_path / "pages")
    assert ids(tmp_path / "pages") == ["a", "far/b"]


def test_an_error_comes_back_whole_from_a_worker_process():
    error = LabelFileError("a.tsv", "wrong", 3)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.file, copy.problem, copy.line) == ("a.tsv:3: wrong", "a.tsv", "wrong", 3)


def test_pages_that_were_read_can_be_sent_to_worker_processes(tmp_path):
    pages = list(read_labelled(put(tmp_path, "a.tsv")))
    assert pickle.loads(pickle.dumps(pages)) == pages


def test_a_page_knows_where_its_rows_stand(tmp_path):
    put(tmp_path, "a.tsv", b"\n# id: one\n# site: s\n" + TSV + b"# id: two\n# lang: en\nnav\tMenu\nnav\tHome\n")
    put(tmp_path, "b.tsv")
    put(tmp_path, "c.jsonl", JSONL)
    pages = list(read_labelled(tmp_path))
    places = [page.place.of_row(page.page.numbers[-1]) for page in pages]
    assert places == [f"{tmp_path / name}" for name in ("a.tsv:6", "a.tsv:10", "b.tsv:3", "c.jsonl:1", "c.jsonl:2")]
    for page, line in zip(pages[:2], ("body\tIt rained.", "nav\tHome"), strict=True):
        file, _, number = page.place.of_row(page.page.numbers[-1]).rpartition(":")
        assert Path(file).read_text().splitlines()[int(number) - 1] == line
