"""Files that take their name when they are whole."""

import gzip
import os
import stat
import sys
from pathlib import Path

import pytest

from copytaster.dumps.partfile import OutputBusyError, PartFile
from copytaster.labels.compression import open_for_reading

SUFFIXES = ["", ".gz", ".zst"]


def read(path: Path) -> bytes:
    with open_for_reading(path) as stream:
        return stream.read()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_appears_when_it_is_committed(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    part = PartFile(path)
    part.write(b"some ")
    part.write(b"text")
    part.sync()
    assert [file.name for file in tmp_path.iterdir()] == [f".a.jsonl{suffix}.part"]
    part.commit()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert read(path) == b"some text"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_cut_back_to_where_it_was_synced_it_can_be_written_on(suffix: str, tmp_path: Path) -> None:
    def write(path: Path, *, is_disturbed: bool) -> bytes:
        part = PartFile(path)
        part.write(b"one ")
        size = part.sync()
        if is_disturbed:
            part.write(b"lost" * 100_000)
            part.close()
            part = PartFile(path)
            part.cut(size)
        part.write(b"two")
        part.sync()
        part.commit()
        return path.read_bytes()

    names = [tmp_path / f"{name}{suffix}" for name in "ab"]
    assert write(names[0], is_disturbed=True) == write(names[1], is_disturbed=False)
    assert read(names[0]) == b"one two"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_nothing_can_be_read(suffix: str, tmp_path: Path) -> None:
    part = PartFile(tmp_path / f"a{suffix}")
    part.sync()
    part.commit()
    assert read(tmp_path / f"a{suffix}") == b""
    if suffix == ".gz":
        assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="no locks on Windows")
def test_two_at_once_are_refused_until_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "a"
    first = PartFile(path)
    first.write(b"first")
    with pytest.raises(OutputBusyError, match="a: another run is writing it"):
        PartFile(path)
    first.sync()
    first.commit()
    second = PartFile(path)
    assert second.size == 0
    second.discard()
    assert path.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_closed_before_anything_was_written_it_leaves_nothing(tmp_path: Path) -> None:
    PartFile(tmp_path / "a").close()
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        PartFile(tmp_path / "nowhere" / "a")
    assert caught.value.filename == str(tmp_path / "nowhere" / "a")


@pytest.mark.skipif(sys.platform == "win32", reason="no permissions on Windows")
def test_a_file_that_is_replaced_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link").symlink_to(target)
    part = PartFile(tmp_path / "link")
    part.write(b"new")
    part.sync()
    part.commit()
    assert (tmp_path / "link").is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o640  # noqa: PTH116
