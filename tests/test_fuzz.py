"""Whatever is handed in: text and bytes make pages and articles, a changed model file is refused or works.

The examples are the same in every run. `COPYTASTER_FUZZ_SECONDS` makes the coverage-guided fuzzer run for longer.
"""

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copytaster.dumps import read_pages
from copytaster.labels.page import Page
from copytaster.model.classifier import SHIPPED, extract, label_lines, load
from copytaster.model.forest import Forest
from copytaster.model.modelfile import ModelFileError, read_model

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = (ROOT / "examples" / "dumps" / "news-cracked-bridge.txt").read_text("utf-8")

same_each_time = settings(derandomize=True, deadline=None, database=None)

# Pieces of which pages that go wrong are made: what the assembly looks for, and what breaks text apart.
PIECES = [
    *(
        "\n",
        "\r\n",
        "\r",
        "\x00",
        "\t",
        "    ",
        "\u2028",
        "\ud800",
        "\udfff",
        "\u0301",
        "\u200d",
        "\xad",
        "\ufeff",
        "😀",
    ),
    *("|", " - ", "•", "* ", "[1]", "1. ", "(", "»", "“", ":", "...", "=====", "-----", "#", "©", "·"),
    *("By Ann Rook", "By ", "Published 3 March 2024, 12:30", "2024-02-31", "31/12/", "Updated", "Share", "Comments"),
    *("Bridge closes", "The bridge over the river was closed on Monday, the council said.", "informa-", "and so on"),
    *("漢字", "これは文です。", "שלום", "مرحبا", "ภาษา", "Ж", "ß", "İ", "ǅ", "٣", "²", "ﬁ"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(st.characters(), max_size=8), max_size=60).map("".join)


@settings(same_each_time, max_examples=150)
@given(texts)
@example("\ud800\n\udc00")
@example("\x00")
def test_any_text_makes_an_article_and_a_label_for_each_line(text: str) -> None:
    rows = Page.from_text(text).rows
    lines = label_lines(text)
    assert [line.number for line in lines] == [number for number, row in enumerate(rows, 1) if row]
    for line in lines:
        assert line.text == rows[line.number - 1].strip()
        assert line.probability == line.probabilities[line.label]
        assert sum(line.probabilities.values()) == pytest.approx(1)
    article = extract(text)
    assert 0 <= article.confidence <= 1
    assert 0 <= article.has_article <= 1
    assert all(paragraph.strip() for paragraph in article.paragraphs)


@settings(same_each_time, max_examples=40)
@given(before=texts, piece=st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join), after=texts)
def test_a_piece_a_thousand_times_takes_no_more_than_its_share_of_time(before: str, piece: str, after: str) -> None:
    """A loop that is quadratic takes minutes here, one that is linear a moment."""
    text = before + piece * 3000 + after
    begin = time.process_time()
    extract(text)
    assert time.process_time() - begin < 5 + len(text) / 20_000


# Dumps

WET = (
    b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:uuid:%d>\r\nContent-Length: %d\r\n\r\n"
    b"%s\r\n\r\n"
)  # fmt: skip
BYTE_PIECES = [
    *(b"\n", b"\r\n\r\n", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1b$B", b"\xed\xa0\x80", b"\x81\x40"),
    *(b"WARC/1.0\r\n", b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"WARC-Type: conversion\r\n"),
    *(b'{"text": "a b"}\n', b'{"text": 1}\n', b"[" * 2000, b'{"text": "\\ud800"}\n', b'{"id": 1e999, "text": ""}\n'),
    *(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18\xff\xff\xff\xff"),
    *(WET % (1, 5, b"a b c"), WET % (2, 5, b"a b"), WET % (3, 5, b"longer than it says"), b"\xe6\xbc\xa2\xe5\xad\x97"),
]
NAMES = ["page.txt", "page.wet", "pages.jsonl", "page.wet.gz", "page.txt.zst", "page"]


@settings(same_each_time, max_examples=300)
@given(
    name=st.sampled_from(NAMES),
    data=st.lists(st.sampled_from(BYTE_PIECES) | st.binary(max_size=20), max_size=20).map(b"".join),
)
def test_any_bytes_make_pages_or_are_told_to_be_bad(tmp_path_factory, name: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    for page in read_pages([str(path)]):
        if isinstance(page, Page):
            extract("\n".join(page.rows))
        else:
            assert page.reason


# Model files


@pytest.fixture(scope="module")
def shipped() -> tuple[dict, dict[str, np.ndarray]]:
    return read_model(SHIPPED)


def written(header: dict, arrays: dict[str, np.ndarray], path: Path) -> Path:
    """A model file of whatever the arrays hold, right or wrong, and quickly: not compressed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in {"header": np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays}.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            archive.writestr(f"{name}.npy", member.getvalue())
    return path


EXTREMES = [0, 1, -1, 2, 127, -128, 255, 32767, -32768, 2**31 - 1, -(2**31), 1e38, -1e300, np.inf, -np.inf, np.nan]


def changed(array: np.ndarray, at: float, value: float) -> np.ndarray:
    """A copy with one element replaced; what does not fit the type is what is left of it in so many bits."""
    copy = np.array(array)
    bits = np.uint8 if array.dtype == np.bool_ else array.dtype
    with np.errstate(all="ignore"):
        number = np.float64(value)
        element = (
            number.astype(bits) if array.dtype.kind == "f" else np.int64(np.nan_to_num(number) % 2**32).astype(bits)
        )
    copy.reshape(-1).view(bits)[int(at * (copy.size - 1))] = element
    return copy


@settings(same_each_time, max_examples=40)
@given(
    data=st.data(),
    count=st.integers(1, 3),
)
def test_a_model_with_numbers_changed_is_refused_or_works(shipped, tmp_path_factory, data, count: int) -> None:
    header, arrays = shipped
    arrays = dict(arrays)
    for _ in range(count):
        name = data.draw(st.sampled_from(sorted(arrays)))
        arrays[name] = changed(arrays[name], data.draw(st.floats(0, 1)), data.draw(st.sampled_from(EXTREMES)))
    path = written(header, arrays, tmp_path_factory.getbasetemp() / "changed.npz")
    try:
        classifier = load(path)
    except ModelFileError:
        return
    article = extract(EXAMPLE, classifier=classifier)
    assert 0 <= article.confidence <= 1
    assert re.fullmatch("[0-9a-f]{12}", classifier.fingerprint)


@settings(same_each_time, max_examples=30)
@given(data=st.data())
def test_a_model_with_arrays_exchanged_is_refused_or_works(shipped, tmp_path_factory, data) -> None:
    header, arrays = shipped
    one, other = (data.draw(st.sampled_from(sorted(arrays))) for _ in range(2))
    path = written(
        header, {**arrays, one: arrays[other], other: arrays[one]}, tmp_path_factory.getbasetemp() / "exchanged.npz"
    )
    try:
        classifier = load(path)
    except ModelFileError:
        return
    extract(EXAMPLE, classifier=classifier)


HEADERS: dict[str, Callable[[dict], dict]] = {
    "transitions are damaged": lambda header: {**header, "transitions": [0.1, 0.1, 0.1, "nan"]},
    "transitions are": lambda header: {**header, "transitions": [0.1, 0.1, 0.1, 10**400]},
    "header's transitions": lambda header: {**header, "transitions": "1234"},
    "the header's transitions": lambda header: {**header, "transitions": [0.1, 0.1, 0.1]},
    "other features or labels": lambda header: {**header, "labels": {"headline": 1}},
    "other features or": lambda header: {**header, "features": header["features"][:-1]},
}


@pytest.mark.parametrize("message", HEADERS)
def test_a_model_with_another_header_is_refused(shipped, tmp_path: Path, message: str) -> None:
    header, arrays = shipped
    with pytest.raises(ModelFileError, match=message):
        load(written(HEADERS[message](header), arrays, tmp_path / "model.npz"))


def test_a_model_whose_forests_tell_other_labels_apart_is_refused(shipped, tmp_path: Path) -> None:
    header, arrays = shipped
    with pytest.raises(ModelFileError, match="other labels"):
        load(written(header, {**arrays, "first.baseline": np.zeros(5)}, tmp_path / "model.npz"))


def small_forest() -> dict[str, np.ndarray]:
    """Two trees of two splits each."""
    return {
        "feature": np.array([0, 1, -1, -1, -1] * 2, np.int16),
        "threshold": np.array([0.5, 0.5, 0, 0, 0] * 2, np.float32),
        "left": np.array([1, 2, -1, -1, -1, 6, 7, -1, -1, -1], np.int32),
        "right": np.array([4, 3, -1, -1, -1, 9, 8, -1, -1, -1], np.int32),
        "missing_left": np.array([True, False, False, False, False] * 2),
        "value": np.arange(10.0),
        "cover": np.array([3, 2, 1, 1, 1] * 2, np.int32),
        "roots": np.array([0, 5], np.int32),
        "tree_class": np.array([0, 1], np.int8),
        "baseline": np.zeros(2),
    }


def leaves_reached(arrays: dict[str, np.ndarray], row: np.ndarray) -> Iterator[int]:
    """The leaf of each tree, found step by step; an index outside an array, or a step too many, is an error."""
    for root in arrays["roots"].tolist():
        node = root
        for _ in range(len(arrays["feature"])):
            assert 0 <= node < len(arrays["feature"])
            feature = int(arrays["feature"][node])
            if feature < 0:
                break
            assert feature < len(row)
            node = int(arrays["left" if row[feature] <= arrays["threshold"][node] else "right"][node])
        else:
            raise AssertionError("the tree never ends")
        yield node


@settings(same_each_time, max_examples=400)
@given(
    edits=st.lists(
        st.tuples(st.sampled_from(["feature", "left", "right", "cover", "roots", "tree_class"]), st.integers(0, 9),
                  st.integers(-3, 12) | st.sampled_from([127, 32767, 2**31 - 1, -(2**31)])),
        max_size=3,
    )
)  # fmt: skip
def test_a_forest_with_indices_changed_is_refused_or_walks_inside_its_arrays(edits: list[tuple[str, int, int]]) -> None:
    arrays = small_forest()
    for name, at, value in edits:
        array = arrays[name]
        array[at % len(array)] = np.int64(value).astype(array.dtype)
    try:
        forest = Forest(**arrays, n_features=2)
    except ModelFileError:
        return
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    expected = np.zeros((len(rows), 2))
    for row, scores in zip(rows, expected, strict=True):
        for tree, leaf in enumerate(leaves_reached(arrays, row)):
            scores[arrays["tree_class"][tree]] += arrays["value"][leaf]
    np.testing.assert_array_equal(forest.raw(rows), expected)


# Guided by coverage


def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is not installed: pip install atheris")
    seconds = os.environ.get("COPYTASTER_FUZZ_SECONDS", "10")
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "fuzz.py", "--seconds", seconds, "--folder", tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^(\w+): ([\d,]+) executions, ([\d,]+) edges", done.stdout, re.MULTILINE)
    assert [target for target, _, _ in found] == ["extract", "readers"]
    for _, executions, edges in found:
        assert int(executions.replace(",", "")) > 20
        assert int(edges.replace(",", "")) > 200
