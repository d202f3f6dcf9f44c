"""What a run leaves out, and how far it has come."""

import gzip
from pathlib import Path

import pytest

from copytaster.dumps import InputError, read_pages
from copytaster.dumps.run import Request
from copytaster.dumps.sources import find_sources, size_of


@pytest.fixture
def dumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("dumps/a.txt", "dumps/out.jsonl", "dumps/c/out.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"text": "a line"}\n')
    (tmp_path / "dumps/b.txt.gz").write_bytes(gzip.compress(b"line\n" * 1000))
    return tmp_path


@pytest.mark.parametrize("argument", ["dumps", "dumps/**/*.*", "dum*"])
def test_the_output_of_an_earlier_run_is_no_input(dumps: Path, argument: str) -> None:
    names = [source.name for source in find_sources([argument], [str(dumps / "dumps/out.jsonl")])]
    assert sorted(names) == ["dumps/a.txt", "dumps/b.txt.gz", "dumps/c/out.jsonl"]


def test_neither_are_the_errors_of_an_earlier_run(dumps: Path) -> None:
    Path("dumps/errors.jsonl").write_text("{}\n")
    Path("dumps/.errors.jsonl.part").write_text("{}\n")
    request = Request(["dumps"], "dumps/out.jsonl", errors="dumps/errors.jsonl")
    assert [source.name for source in request.sources()] == ["dumps/a.txt", "dumps/b.txt.gz", "dumps/c/out.jsonl"]
    with pytest.raises(InputError, match=r"errors\.jsonl: would be replaced"):
        Request(["dumps/errors.jsonl"], errors="dumps/errors.jsonl").sources()


def test_a_folder_with_nothing_but_the_output_has_no_dumps(dumps: Path) -> None:
    with pytest.raises(InputError, match="no dumps"):
        find_sources(["dumps/c"], ["dumps/c/out.jsonl"])


def test_an_input_is_not_replaced_by_what_is_made_of_it(dumps: Path) -> None:
    with pytest.raises(InputError, match=r"a\.txt: would be replaced .* another file"):
        find_sources(["dumps/a.txt"], ["dumps/../dumps/a.txt"])


def test_the_bytes_told_of_are_all_that_there_are(dumps: Path) -> None:
    told: list[int] = []
    assert list(read_pages(["dumps"], on_bytes=told.append)) == list(read_pages(["dumps"]))
    assert sum(told) == size_of(find_sources(["dumps"]))
    assert min(told) >= 0


def test_the_size_of_standard_input_is_unknown(dumps: Path) -> None:
    assert size_of(find_sources(["dumps", "-"])) is None
