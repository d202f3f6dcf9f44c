import json
from pathlib import Path

import pytest

from copytaster.dumps.encodings import guess_encoding
from copytaster.dumps.text import decode

LANGUAGES = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))
CASES = [
    pytest.param("\n".join(entry["text"]), codec, id=f"{entry['language']}-{codec}")
    for entry in LANGUAGES
    for codec in entry["codecs"]
]
# The others lack a telling letter: nothing but "ę" tells a line of Polish from one of French with "ê".
LEAST_LINES_RIGHT = 0.93


@pytest.mark.parametrize(("text", "codec"), CASES)
def test_a_short_page_in_a_legacy_encoding_is_read(text: str, codec: str) -> None:
    data = text.encode(codec, "ignore")
    assert decode(data) == data.decode(codec)


def test_single_lines_are_mostly_read() -> None:
    lines = [(line, codec) for entry in LANGUAGES for line in entry["text"] for codec in entry["codecs"]]
    encoded = [(line.encode(codec, "ignore"), codec) for line, codec in lines]
    right = [decode(data) == data.decode(codec) for data, codec in encoded]
    assert sum(right) >= LEAST_LINES_RIGHT * len(right)


@pytest.mark.parametrize("entry", LANGUAGES, ids=[entry["language"] for entry in LANGUAGES])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_a_mark(entry: dict[str, list[str]], codec: str) -> None:
    text = "\n".join(entry["text"])
    assert decode(text.encode(codec)) == text


def test_big_endian_unicode_is_read_by_its_mark() -> None:
    assert decode(b"\xfe\xff" + "Überschrift".encode("utf-16-be")) == "Überschrift"
    assert decode(b"\x00\x00\xfe\xff" + "Überschrift".encode("utf-32-be")) == "Überschrift"


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_utf8_cut_inside_a_character_stays_utf8(cut: int) -> None:
    text = "Die Brücke über die Mündung ist gesperrt 🚧"
    assert decode(text.encode()[:-cut]).startswith(text[:-1])


def test_a_latin1_byte_pasted_into_utf8_spoils_only_itself() -> None:
    data = "Жители узнали о решении утром. Caf".encode() + b"\xe9" + " закрыто.".encode()
    assert decode(data) == "Жители узнали о решении утром. Caf\ufffd закрыто."


@pytest.mark.parametrize(
    "text", ["it’s", "it’s been watched since; don’t ask", "© 2019 The Daily", "A ticket costs £2 more", "• One\n• Two"]
)
def test_english_with_a_few_signs_is_western(text: str) -> None:
    data = text.encode("cp1252")
    assert data.decode(guess_encoding(data)) == text


@pytest.mark.parametrize("data", [b"", b"plain", b"\xff", b"\x80" * 50, bytes(range(128, 256))])
def test_there_is_always_a_guess(data: bytes) -> None:
    assert isinstance(data.decode(guess_encoding(data), "replace"), str)
