import hashlib
import io
import json
import pickle
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.model import modelfile
from copytaster.model.forest import Forest
from copytaster.model.modelfile import FORMAT, MAX_BYTES, ModelFileError, fingerprint, read_model, write_model

HEADER = {"copytaster": "0.1.0", "features": ["length", "Länge 長さ"], "labels": ["headline", "body"], "seed": 7}
ARRAYS = {
    "first.value": np.arange(40) / 8,
    "first.feature": np.arange(-1, 39, dtype=np.int16),
    "first.missing_left": np.arange(40) % 3 == 0,
    "words": np.arange(12, dtype=np.float32).reshape(3, 4),
    "single": np.array(5, dtype=np.int32),
    "empty": np.zeros((0, 4), dtype=np.uint8),
}

# What a file of the present format is. If a test compares these in vain, a released reader may misread what is written
# now: read the rule in `copytaster.model.modelfile`, then change FORMAT, its table in docs/model-file.md, and these.
FROZEN = {
    "format": 1,
    "members": "a6fb91b42599",
    "fingerprint": "56a93a91a3ee",
    "forest": {
        "feature": "<i2",
        "threshold": "<f4",
        "left": "<i4",
        "right": "<i4",
        "missing_left": "|b1",
        "value": "<f8",
        "cover": "<i4",
        "roots": "<i4",
        "tree_class": "|i1",
        "baseline": "<f8",
        "n_features": "<i4",
    },
}


def npy(array, **settings):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **settings)
    return buffer.getvalue()


def header_member(header):
    return npy(np.frombuffer(json.dumps(header).encode(), dtype=np.uint8))


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    """Write an archive of any members, right or wrong, as pairs of name and bytes."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as archive:
        warnings.simplefilter("ignore")  # a name twice is what one test wants
        for name, data in members:
            archive.writestr(name, data)
    return path


def good_header(**changes):
    return {"format": FORMAT, "copytaster": "9.8.7", "arrays": ["a"], **changes}


def assert_same(arrays, expected):
    assert sorted(arrays) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


@pytest.fixture
def model(path):
    write_model(path, HEADER, ARRAYS)
    return path


def test_header_and_arrays_come_back_as_they_went_in(model):
    header, arrays = read_model(model)
    assert header == {**HEADER, "format": FORMAT, "arrays": sorted(ARRAYS)}
    assert_same(arrays, ARRAYS)


def test_a_file_read_and_written_again_is_the_same(model, tmp_path):
    write_model(tmp_path / "again", *read_model(model))
    assert (tmp_path / "again").read_bytes() == model.read_bytes()


def test_the_version_is_filled_in_where_the_header_has_none(path):
    write_model(path, {}, {})
    assert read_model(path)[0]["copytaster"]


def test_the_same_input_makes_the_same_bytes_whatever_its_order_and_layout(model, path, monkeypatch):
    before = model.read_bytes()
    shuffled = {name: np.asfortranarray(array) if array.ndim else array for name, array in reversed(ARRAYS.items())}
    shuffled["first.value"] = ARRAYS["first.value"].astype(">f8")
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_model(path, dict(reversed(HEADER.items())), shuffled)
    assert path.read_bytes() == before


def test_numpy_reads_the_file_without_pickle(model):
    with np.load(model, allow_pickle=False) as archive:
        assert json.loads(archive["header"].tobytes())["features"] == HEADER["features"]
        np.testing.assert_array_equal(archive["words"], ARRAYS["words"])


def test_arrays_read_cannot_be_changed(model):
    with pytest.raises(ValueError, match="read-only"):
        read_model(model)[1]["words"][0, 0] = 1


def test_the_fingerprint_is_that_of_the_content(model):
    before = fingerprint(HEADER, ARRAYS)
    assert len(before) == 12
    assert fingerprint(*read_model(model)) == before
    assert fingerprint({**HEADER, "seed": 8}, ARRAYS) != before
    for name in ("first.value", "words"):
        assert fingerprint(HEADER, {**ARRAYS, name: ARRAYS[name] + 1}) != before
    assert fingerprint(HEADER, {**ARRAYS, "words": ARRAYS["words"].reshape(4, 3)}) != before
    assert fingerprint(HEADER, {**ARRAYS, "words": ARRAYS["words"].view(np.int32)}) != before


def test_the_format_number_changes_with_the_format(model):
    with zipfile.ZipFile(model) as archive:
        assert archive.namelist()[0] == "header.npy"
        digest = hashlib.sha256(b"".join(name.encode() + archive.read(name) for name in archive.namelist()))
    found = {"format": FORMAT, "members": digest.hexdigest()[:12], "fingerprint": fingerprint(HEADER, ARRAYS)}
    number = np.array([-1], np.int32)
    leaf = Forest(
        feature=number.astype(np.int16),
        threshold=np.zeros(1, np.float32),
        left=number,
        right=number,
        missing_left=np.zeros(1, np.bool_),
        value=np.zeros(1),
        cover=np.ones(1, np.int32),
        roots=np.zeros(1, np.int32),
        tree_class=np.zeros(1, np.int8),
        baseline=np.zeros(4),
        n_features=3,
    )
    found["forest"] = {name.removeprefix("f."): array.dtype.str for name, array in leaf.arrays("f").items()}
    assert found == FROZEN


# Writing what cannot be read, or not at all


@pytest.mark.parametrize(
    ("header", "arrays", "message"),
    [
        ({"when": object()}, {}, "header cannot be written as JSON"),
        ({"score": float("nan")}, {}, "header cannot be written as JSON"),
        ({"notes": "x" * 5 * 2**20}, {}, "header is larger than 1 MB"),
        ({}, {"a": np.array(["x", None])}, "only booleans and numbers"),
        ({}, {"a": np.array(["x"])}, "only booleans and numbers"),
        ({}, {"../a": np.zeros(1)}, "cannot be an array's name"),
        ({}, {"header": np.zeros(1)}, "cannot be an array's name"),
        ({}, {"a": np.zeros(MAX_BYTES, np.uint8)}, "larger than 64 MB"),
    ],
)
def test_what_no_reader_would_take_is_not_written(path, header, arrays, message):
    with pytest.raises(ModelFileError, match=message) as caught:
        write_model(path, header, arrays)
    assert str(path) in str(caught.value)
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "none" / "model.npz"):
        with pytest.raises(ModelFileError, match=f"{path.name}: cannot be written .*choose another place"):
            write_model(path, HEADER, ARRAYS)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_is_replaced_whole_or_kept(model, monkeypatch):
    before = model.read_bytes()

    def full(self, data):
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        write_model(model, {}, {})
    assert model.read_bytes() == before
    assert list(model.parent.iterdir()) == [model]


# Reading what is no model file


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


NOT_MODELS = {
    "is empty": b"",
    "not a model file (an .npz archive)": b"<html>not found</html>",
    "not a model file (an .npz": npy(np.zeros(3)),
    "looks like a pickle or joblib file. Those are not read, because reading one runs": pickle.dumps(Bomb()),
}


@pytest.mark.parametrize("message", NOT_MODELS)
def test_files_of_other_kinds_are_told_apart(path, message):
    path.write_bytes(NOT_MODELS[message])
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_compressed_joblib_file_is_known_by_its_name(tmp_path):
    path = tmp_path / "model.joblib"
    path.write_bytes(b"x\x9c...")
    with pytest.raises(ModelFileError, match=r"joblib.*copytaster train"):
        read_model(path)


def test_what_is_not_there_or_not_a_file_is_said(tmp_path):
    with pytest.raises(ModelFileError, match=r"none\.npz: no such model file"):
        read_model(tmp_path / "none.npz")
    with pytest.raises(ModelFileError, match=r"cannot be read \("):
        read_model(tmp_path)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (
            FORMAT + 1,
            rf"9\.8\.7 in format {FORMAT + 1}, .* newer than the format {FORMAT} .*: upgrade copytaster or train",
        ),
        (
            FORMAT - 1,
            rf"9\.8\.7 in format {FORMAT - 1}, .* older than the format {FORMAT} .*: use that version or train",
        ),
    ],
)
def test_another_format_is_refused_by_number_and_version_before_anything_else_is_looked_at(path, number, message):
    header = header_member({"format": number, "copytaster": "9.8.7"})
    write_zip(path, [("header.npy", header), ("anything at all", b"in any form")])
    with pytest.raises(ModelFileError, match=message):
        read_model(path)


BAD_ARCHIVES = {
    "has no header": [("a.npy", npy(np.zeros(1)))],
    "header is not JSON": [("header.npy", npy(np.frombuffer(b"{", dtype=np.uint8)))],
    "header is not JSON:": [("header.npy", npy(np.frombuffer(b"[" * 100_000, dtype=np.uint8)))],
    "header is not JSON kept": [("header.npy", npy(np.zeros(3)))],
    "header is not JSON kept as bytes": [("header.npy", npy(np.full(5 * 2**20, 32, np.uint8)))],
    "header is not": [("header.npy", header_member(good_header(about=json.loads("[" * 20 + "]" * 20))))],
    "header is not J": [("header.npy", header_member(good_header(about="\ud800")))],
    "header is not JS": [("header.npy", header_member(good_header(about=float("nan"))))],
    "no format number": [("header.npy", header_member([1]))],
    "no format num": [("header.npy", header_member({"format": True}))],
    "does not list the arrays": [("header.npy", header_member({"format": FORMAT}))],
    "lacks the arrays a": [("header.npy", header_member(good_header()))],
    "'a' where an array": [("header.npy", header_member(good_header())), ("a", npy(1))],
    "'../a.npy' where": [("header.npy", header_member(good_header())), ("../a.npy", npy(1))],
    "'a.npy' where": [("header.npy", header_member(good_header())), ("a.npy", npy(1)), ("a.npy", npy(2))],
    "array of object": [
        ("header.npy", header_member(good_header())),
        ("a.npy", npy(np.array([Bomb()]), allow_pickle=True)),
    ],
    "array of <U1": [("header.npy", header_member(good_header())), ("a.npy", npy(["x"]))],
    "neither true nor false": [
        ("header.npy", header_member(good_header())),
        ("a.npy", npy(np.array([2, 1, 0], np.uint8)).replace(b"'|u1'", b"'|b1'")),
    ],
    "not described as numpy describes an array": [
        ("header.npy", header_member(good_header())),
        ("a.npy", npy(np.zeros(8)).replace(b"(8,), }          ", b"((-2)**3,), }    ")),
    ],
    "not described as numpy describes": [
        ("header.npy", header_member(good_header())),
        ("a.npy", npy(np.zeros(2, [("x", "i4"), ("y", "i4")]))),
    ],
    "not described as numpy": [
        ("header.npy", header_member(good_header())),
        ("a.npy", b"\x93NUMPY\1\0" + (20_000).to_bytes(2, "little") + b"-" * 20_000),
    ],
    "of another .npy version": [("header.npy", header_member(good_header())), ("a.npy", npy([1], version=(2, 0)))],
    "Fortran order": [("header.npy", header_member(good_header())), ("a.npy", npy(np.ones((2, 3)).T))],
    "of the size that it says": [("header.npy", header_member(good_header())), ("a.npy", npy([1, 2])[:-1])],
    "the size that it says": [("header.npy", header_member(good_header())), ("a.npy", npy([1, 2]) + b" ")],
    "size that it says": [
        ("header.npy", header_member(good_header())),
        ("a.npy", npy(np.zeros(10)).replace(b"(10,)", b"(-1,)")),
    ],
}


@pytest.mark.parametrize("message", BAD_ARCHIVES)
def test_archives_that_hold_something_else_are_refused(path, message):
    write_zip(path, BAD_ARCHIVES[message])
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "members",
    [
        [("header.npy", header_member({"format": FORMAT + 1, "copytaster": "\x1b[2J" * 10_000}))],
        [("header.npy", header_member(good_header(arrays=["\x1b[2J" + "a" * 100_000])))],
        [("header.npy", header_member(good_header())), ("\x1b[2J" * 10_000, b"")],
    ],
)
def test_what_a_file_says_of_itself_is_shown_cut_short_and_without_control_characters(path, members):
    write_zip(path, members)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < len(str(path)) + 500


def test_ways_of_packing_that_are_not_ours_are_refused(path):
    write_zip(path, [("header.npy", header_member(good_header()))], zipfile.ZIP_LZMA)
    with pytest.raises(ModelFileError, match="compressed in another way"):
        read_model(path)


def test_arrays_that_the_header_does_not_name_are_ignored(path):
    write_zip(path, [("header.npy", header_member(good_header())), ("a.npy", npy(1)), ("b.npy", npy(2))])
    assert list(read_model(path)[1]) == ["a"]


# Files made to exhaust the reader


def assert_refused_in_little_memory(path, message, limit=2 * 2**20):
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=message):
            read_model(path)
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    """An archive of 80 KB whose one array unpacks to 80 MB."""
    path = tmp_path_factory.mktemp("bomb") / "model.npz"
    return write_zip(
        path, [("header.npy", header_member(good_header())), ("a.npy", npy(np.zeros(80 * 2**20, np.uint8)))]
    )


def test_a_decompression_bomb_is_not_unpacked(bomb):
    assert_refused_in_little_memory(bomb, "unpacks to more than 64 MB")


def test_a_decompression_bomb_whose_directory_lies_is_not_unpacked(bomb, path):
    data = bytearray(bomb.read_bytes())
    true_size = len(npy(np.zeros(80 * 2**20, np.uint8))).to_bytes(4, "little")
    assert data.count(true_size) == 2  # beside the data, and in the directory
    path.write_bytes(data.replace(true_size, (200).to_bytes(4, "little")))
    assert_refused_in_little_memory(path, "damaged")


@pytest.mark.parametrize("shape", [b"(999999,)", b"(9999999,)", b"(1000000000000,)"])
def test_a_lying_array_header_is_not_believed(path, shape):
    true, false = b"(1000000,), }".ljust(30), shape + b", }"
    member = npy(np.zeros(10**6, np.uint8))
    assert true in member
    write_zip(path, [("header.npy", header_member(good_header())), ("a.npy", member.replace(true, false.ljust(30)))])
    assert_refused_in_little_memory(path, "not of the size that it says", limit=10**6)


def test_a_file_that_never_ends_is_not_read_to_its_end(path, monkeypatch):
    monkeypatch.setattr(modelfile, "MAX_BYTES", 2**20)
    path.write_bytes(b"PK\x03\x04" + bytes(2**21))
    with pytest.raises(ModelFileError, match="larger than 1 MB"):
        read_model(path)


def test_an_archive_of_countless_members_is_not_listed(path):
    write_zip(path, [(f"a{number}.npy", b"") for number in range(1100)])
    with pytest.raises(ModelFileError, match="more than 1024 arrays"):
        read_model(path)


# Damage


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """The bytes of a good file, and a place for bad ones."""
    path = tmp_path_factory.mktemp("damaged") / "model.npz"
    write_model(path, HEADER, ARRAYS)
    return path.read_bytes(), path


def refused_or_equal(path, data):
    path.write_bytes(data)
    try:
        header, arrays = read_model(path)
    except ModelFileError:
        return
    assert header == {**HEADER, "format": FORMAT, "arrays": sorted(ARRAYS)}
    assert_same(arrays, ARRAYS)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_bytes_flipped_are_noticed_or_do_not_matter(damaged, data):
    good, path = damaged
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    refused_or_equal(path, bytes(bad))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_file_with_a_piece_cut_out_or_put_in_is_noticed_or_does_not_matter(damaged, data):
    good, path = damaged
    begin = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(begin, len(good)))
    refused_or_equal(path, good[:begin] + data.draw(st.binary(max_size=30)) + good[end:])


def test_a_file_cut_short_is_refused_wherever_it_is_cut(damaged):
    good, path = damaged
    for length in range(4, len(good), 7):
        path.write_bytes(good[:length])
        with pytest.raises(ModelFileError, match=r"model\.npz: cut short or damaged .*get an undamaged copy"):
            read_model(path)
