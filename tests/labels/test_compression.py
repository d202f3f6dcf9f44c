import gzip
import io
import os
import stat
import threading
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from copytaster.labels.compression import CompressedFileError, Members, atomic_writer, open_for_reading

TEXT = "Der Zug fährt wieder.\n雨が降った。\n".encode() * 3000


def plain(data: bytes) -> bytes:
    return data


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def zstd_skippable(data: bytes) -> bytes:
    return b"\x5e\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note" + zstd(data)


PACKERS = [plain, gzip.compress, zstd, zstd_skippable]
COMPRESSORS = [gzip.compress, zstd]


class Pipe(io.RawIOBase):
    """Bytes that come a few at a time and cannot be sought, as from a pipe."""

    def __init__(self, data: bytes, size: int = 3) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._data.read(min(self._size, len(buffer)))
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("pack", PACKERS)
class TestReading:
    @pytest.mark.parametrize("name", ["a.txt", "a.gz", "a.zst"])
    def test_goes_by_the_first_bytes_not_the_name(self, tmp_path, pack, name):
        path = tmp_path / name
        path.write_bytes(pack(TEXT))
        with open_for_reading(path) as file:
            assert file.read() == TEXT

    def test_takes_a_pipe(self, pack):
        with open_for_reading(Pipe(pack(TEXT))) as file:
            assert file.read() == TEXT

    def test_leaves_an_open_file_open(self, pack):
        source = io.BytesIO(pack(TEXT))
        with open_for_reading(source) as file:
            assert list(file) == TEXT.splitlines(keepends=True)
        assert not source.closed

    def test_closes_the_file_it_opened(self, tmp_path, pack):
        path = tmp_path / "a"
        path.write_bytes(pack(TEXT))
        with open_for_reading(path) as file:
            file.read(1)
        path.unlink()  # which Windows would refuse
        assert file.closed

    def test_of_nothing_is_nothing(self, pack):
        assert open_for_reading(io.BytesIO(pack(b""))).read() == b""

    def test_gives_the_same_in_any_portions(self, pack):
        file = open_for_reading(io.BytesIO(pack(TEXT)))
        parts = [file.read(1), file.readline(), file.read(70_000), file.read()]
        assert b"".join(parts) == TEXT


@pytest.mark.parametrize("compress", COMPRESSORS)
class TestCompressedStreams:
    def test_members_one_after_the_other_are_one_stream(self, compress):
        packed = b"".join(compress(line) for line in TEXT.splitlines(keepends=True)[:500])
        assert open_for_reading(io.BytesIO(packed)).read() == b"".join(TEXT.splitlines(keepends=True)[:500])

    def test_cut_short_anywhere_is_an_error(self, compress):
        """A short read would pass for a whole file, so every cut after the magic number must be noticed."""
        packed = compress(b"a first line\n") + compress(b"and another\n")
        first = len(compress(b"a first line\n"))
        for length in range(4, len(packed)):
            if length == first:  # the end of a member is the end of a whole file
                continue
            with pytest.raises(CompressedFileError):
                open_for_reading(io.BytesIO(packed[:length])).read()

    def test_damage_is_an_error_that_names_the_file(self, tmp_path, compress):
        packed = bytearray(compress(os.urandom(5000)))
        packed[2500] ^= 0xFF
        path = tmp_path / "pages.tsv.gz"
        path.write_bytes(packed)
        with open_for_reading(path) as file, pytest.raises(CompressedFileError, match=r"pages\.tsv\.gz: .*damaged"):
            file.read()

    def test_garbage_after_the_end_is_an_error(self, compress):
        with pytest.raises(CompressedFileError):
            open_for_reading(io.BytesIO(compress(TEXT) + b"garbage")).read()

    def test_what_comes_before_the_cut_can_be_read(self, compress):
        packed = compress(TEXT) + compress(TEXT)[:-3]
        file = open_for_reading(io.BytesIO(packed), name="dump")
        assert file.read(len(TEXT)) == TEXT
        with pytest.raises(CompressedFileError, match=r"dump: .*end before their end mark"):
            file.read()

    def test_memory_does_not_grow_with_the_file(self, compress):
        """200 MB of one letter, compressed to a few KB, are never held at once."""
        import tracemalloc

        packed = b"".join([compress(b"x" * 20_000_000)] * 10)
        tracemalloc.start()
        try:
            file = open_for_reading(io.BytesIO(packed))
            total = 0
            while data := file.read(1 << 16):
                total += len(data)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert total == 200_000_000
        assert peak < 45_000_000


def test_zeros_after_a_gzip_member_are_padding():
    assert open_for_reading(io.BytesIO(gzip.compress(TEXT) + bytes(1000))).read() == TEXT


def test_an_error_names_what_was_given_as_name():
    with pytest.raises(CompressedFileError, match="standard input: "):
        open_for_reading(io.BytesIO(gzip.compress(TEXT)[:-1]), name="standard input").read()


SUFFIXES = ["out.tsv", "out.tsv.gz", "out.jsonl.zst", "OUT.GZ"]


def write_and_fail(path: Path, error: BaseException) -> None:
    with atomic_writer(path) as file:
        file.write(TEXT)
        raise error


@pytest.mark.parametrize("name", SUFFIXES)
class TestWriting:
    def test_comes_back(self, tmp_path, name):
        with atomic_writer(tmp_path / name) as file:
            file.write(TEXT[:10])
            file.write(TEXT[10:])
        with open_for_reading(tmp_path / name) as file:
            assert file.read() == TEXT

    def test_compresses_by_suffix(self, tmp_path, name):
        with atomic_writer(tmp_path / name) as file:
            file.write(TEXT)
        magic = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}.get(Path(name).suffix.lower(), TEXT[:2])
        assert (tmp_path / name).read_bytes().startswith(magic)

    def test_gives_the_same_bytes_under_any_name_at_any_time(self, tmp_path, name, monkeypatch):
        paths = [tmp_path / name, tmp_path / f"another-{name}"]
        for now, path in enumerate(paths):
            monkeypatch.setattr("time.time", lambda now=now: 1e9 + now * 1e6)
            with atomic_writer(path) as file:
                file.write(TEXT)
        assert paths[0].read_bytes() == paths[1].read_bytes()

    def test_that_fails_leaves_nothing(self, tmp_path, name):
        with pytest.raises(KeyboardInterrupt):
            write_and_fail(tmp_path / name, KeyboardInterrupt())
        assert list(tmp_path.iterdir()) == []

    def test_that_fails_leaves_the_old_file(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"old")
        with pytest.raises(ZeroDivisionError):
            write_and_fail(tmp_path / name, ZeroDivisionError())
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]

    def test_shows_nothing_under_the_name_before_the_end(self, tmp_path, name):
        with atomic_writer(tmp_path / name) as file:
            file.write(TEXT)
            assert not (tmp_path / name).exists()
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_of_nothing_is_a_file(self, tmp_path, name):
        with atomic_writer(tmp_path / name):
            pass
        assert open_for_reading(io.BytesIO((tmp_path / name).read_bytes())).read() == b""


@pytest.fixture
def full_disk():
    """No file can grow beyond a hundred bytes."""
    resource = pytest.importorskip("resource", reason="Windows has no limits of resources")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_does_not_fit_on_the_disk_leaves_nothing_behind(tmp_path, full_disk):
    with pytest.raises(OSError, match="File too large"), atomic_writer(tmp_path / "out.txt") as file:
        file.write(b"x" * 200)
    assert list(tmp_path.iterdir()) == []


def test_writing_into_a_missing_folder_names_the_target(tmp_path):
    target = tmp_path / "missing" / "out.tsv"
    with pytest.raises(FileNotFoundError) as caught, atomic_writer(target):
        pass
    assert caught.value.filename == str(target)


def test_writing_over_a_folder_is_refused_at_once(tmp_path):
    entered = False
    with pytest.raises(IsADirectoryError), atomic_writer(tmp_path):
        entered = True
    assert not entered


@pytest.mark.skipif(os.name == "nt", reason="modes and links are those of POSIX")
class TestWritingOnPosix:
    def test_a_new_file_has_the_modes_the_umask_leaves(self, tmp_path):
        (tmp_path / "plain").write_bytes(b"")
        with atomic_writer(tmp_path / "out"):
            pass
        assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_a_replaced_file_keeps_its_mode(self, tmp_path):
        (tmp_path / "out").write_bytes(b"")
        (tmp_path / "out").chmod(0o640)
        with atomic_writer(tmp_path / "out"):
            pass
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "real").write_bytes(b"old")
        (tmp_path / "link").symlink_to("real")
        with atomic_writer(tmp_path / "link") as file:
            file.write(b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_bytes() == b"new"

    def test_a_pipe_is_written_to_not_replaced(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        got = []
        reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
        reader.start()
        with atomic_writer(pipe) as file:
            file.write(TEXT)
        reader.join(timeout=10)
        assert got == [TEXT]
        assert stat.S_ISFIFO(pipe.stat().st_mode)


@given(st.lists(st.tuples(st.binary(max_size=300), st.sampled_from(COMPRESSORS)), max_size=5), st.integers(1, 50))
def test_any_members_of_one_kind_through_any_pipe_come_back(parts, size):
    for compress in COMPRESSORS:
        packed = b"".join(compress(data) for data, kind in parts if kind is compress)
        expected = b"".join(data for data, kind in parts if kind is compress)
        assert open_for_reading(Pipe(packed, size)).read() == expected


class TestMembers:
    @pytest.mark.parametrize("compress", COMPRESSORS)
    @pytest.mark.parametrize("size", [3, 100_000])
    def test_each_position_is_told_the_offset_of_its_member(self, compress, size):
        parts = [b"one" * 50, b"", b"two" * 20_000, b"three"]
        packed = [compress(part) for part in parts]
        members = Members()
        stream = open_for_reading(Pipe(b"".join(packed), size), "a", members)
        position = 0
        for number, part in enumerate(parts):
            assert stream.read(len(part)) == part
            if part:
                assert members.offset_of(position) == len(b"".join(packed[:number]))
            position += len(part)

    def test_in_a_plain_file_a_position_is_its_own_offset(self):
        members = Members()
        assert open_for_reading(io.BytesIO(b"plain text"), "a", members).read() == b"plain text"
        assert not members.are_there
        assert members.offset_of(6) == 6


def parts_read(data, size=1 << 16):
    """What can be read of a stream, and None for each damage."""
    stream = open_for_reading(Pipe(data, size), "a.gz")
    parts = []
    while True:
        try:
            part = stream.read1(1 << 20)
        except CompressedFileError:
            part = None
        if part == b"":
            return parts
        parts.append(part)


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("place", [2, 12, 60, -6])
def test_behind_a_damaged_gzip_member_reading_goes_on_with_the_next(size, place):
    members = [gzip.compress(bytes(range(number, 256)) * 3) for number in range(4)]
    broken = bytearray(members[1])
    broken[place : place + 3] = b"\xff\xff\xff"
    parts = parts_read(members[0] + bytes(broken) + members[2] + members[3], size)
    assert parts.count(None) == 1
    data = b"".join(part for part in parts if part)
    assert data.startswith(bytes(range(256)) * 3)
    assert data.endswith(bytes(range(2, 256)) * 3 + bytes(range(3, 256)) * 3)


def test_many_beginnings_of_members_that_are_none_are_one_damage():
    data = gzip.compress(b"sound") + b"junk\x1f\x8b\x08\x00" * 1000 + gzip.compress(b"again")
    parts = parts_read(data)
    assert parts.count(None) == 1
    assert b"".join(part for part in parts if part) == b"soundagain"


def test_behind_a_cut_there_is_nothing():
    assert parts_read(gzip.compress(b"sound") + gzip.compress(bytes(range(256)))[:40])[-1] is None


@given(st.binary(max_size=400), st.integers(1, 50))
def test_whatever_follows_a_gzip_member_reading_ends(junk, size):
    assert parts_read(gzip.compress(b"sound") + junk, size)
