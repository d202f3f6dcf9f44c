"""Pages in Arrow record batches: a row in, a row out, whatever is in it."""

import pickle
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import copytaster
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.result import Result
from copytaster.labels.page import Page
from copytaster.model.classifier import Classifier, PreferenceError
from copytaster.model.limits import Limits
from copytaster.model.modelfile import ModelFileError

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from copytaster.dumps.arrow import DEFAULT_OPTIONS, SCHEMA, ArrowOptions, ColumnError, read_record_batch  # noqa: E402

ARTICLE = {field.name for field in SCHEMA} - {"id", "url", "model", "error"}


def records(columns: dict[str, Any], options: ArrowOptions = DEFAULT_OPTIONS) -> list[dict[str, Any]]:
    made = read_record_batch(pa.RecordBatch.from_pydict(columns), options)
    assert made.schema == SCHEMA
    return made.to_pylist()  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """The value with lists for tuples, as Arrow gives them back."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def strings_of(*values: bytes) -> Any:
    """A column of strings made of bytes that nobody looked at, as a careless writer leaves them."""
    binary = pa.array(values, pa.binary())
    return pa.StringArray.from_buffers(len(binary), binary.buffers()[1], binary.buffers()[2])


def test_a_row_has_what_the_classifier_makes_of_the_page(example_texts: dict[str, str]) -> None:
    names, texts = list(example_texts), list(example_texts.values())
    urls = [f"https://site{number}.example/" for number in range(len(texts))]
    classifier = copytaster.load()
    pages = [Page.from_text(text, id=name, url=url) for text, name, url in zip(texts, names, urls, strict=True)]
    expected = [Result(classifier.read([page])[0], classifier.fingerprint).record() | {"error": None} for page in pages]
    assert records({"id": names, "url": urls, "text": texts}) == plain(expected)


def test_the_schema_has_the_fields_of_a_record_and_the_error() -> None:
    record = Result(copytaster.load().read([Page.from_text("A line")])[0], "").record()
    assert [field.name for field in SCHEMA] == [*sorted(record, key=SCHEMA.get_field_index), "error"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "a JSON null; it must be a string"),
        (b"%PDF-1.7 and so on", "a PDF"),
        (b"<!DOCTYPE html><html><body><p>Text</p></body></html>", "HTML"),
        (b"line\n" * 60, "60 lines, more than the 50"),
        (b"\x00\x01\x02\x03" * 20, "binary data"),
    ],
)
def test_a_bad_row_is_an_error_and_the_others_are_read(text: bytes | None, reason: str) -> None:
    column = pa.array([b"First line\n", text, b"Last line\n"], pa.binary())
    options = ArrowOptions(limits=Limits(max_lines=50))
    first, bad, last = records({"text": column, "id": ["a", "b", "c"], "url": ["u", "v", "w"]}, options)
    assert first["error"] is last["error"] is None
    assert [first["id"], last["id"]] == ["a", "c"]
    assert re.search(reason, bad["error"])
    assert bad["id"] == "b"
    assert bad["url"] == "v"
    assert bad["model"] == copytaster.load().fingerprint
    assert [bad[name] for name in ARTICLE] == [None] * len(ARTICLE)


def test_a_row_that_the_classifier_fails_on_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Classifier.read

    def fails_on_rain(self: Classifier, pages: list[Page]) -> Any:
        if any("Rain" in page.rows for page in pages):
            raise ZeroDivisionError("no sun")
        return read(self, pages)

    monkeypatch.setattr(Classifier, "read", fails_on_rain)
    errors = [record["error"] for record in records({"text": ["Sun", "Rain", "Wind"]})]
    assert errors[0] is errors[2] is None
    assert "ZeroDivisionError: no sun" in errors[1]


@pytest.mark.parametrize("text", [5, 2.5, True, ["a", "b"], {"a": 1}])
def test_text_that_is_no_text_is_an_error(text: object) -> None:
    (record,) = records({"text": [text]})
    assert "it must be a string, the text of the page" in record["error"]


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "binary", "large_binary", "dictionary"])
def test_text_comes_in_any_type_of_column(kind: str) -> None:
    texts = pa.array(["Ein schöner Tag"])
    column = texts.dictionary_encode() if kind == "dictionary" else texts.cast(getattr(pa, kind)())
    assert records({"text": column}) == records({"text": texts})


def test_strings_that_are_not_utf8_are_decoded() -> None:
    latin = "Größere Brücken für müde Füße\n".encode("latin-1") * 20
    first, second = records({"text": strings_of(latin, b"Plain"), "id": strings_of(b"\xff", b"b")})
    assert first == records({"text": pa.array([latin], pa.binary()), "id": ["\ufffd"]})[0]
    assert "Brücken" in str(first)
    assert second["id"] == "b"


def test_ids_of_any_type_become_strings() -> None:
    assert [record["id"] for record in records({"text": ["A", "B"], "id": [7, None]})] == ["7", None]


def test_ids_and_urls_may_be_missing() -> None:
    (record,) = records({"text": ["A line"]})
    assert record["id"] is record["url"] is record["error"] is None


def test_the_language_is_taken_from_the_column_that_fineweb_has_it_in() -> None:
    assert [record["lang"] for record in records({"text": ["A", "B"], "language": ["en", None]})] == ["en", None]


def test_columns_are_called_what_the_options_say() -> None:
    options = ArrowOptions(columns=JsonKeys("content", "docid", "link"))
    columns = {"content": ["A line"], "docid": ["7"], "link": ["https://a.example/"], "text": [None]}
    assert records(columns, options) == records({"text": ["A line"], "id": ["7"], "url": ["https://a.example/"]})


def test_without_a_text_column_the_message_names_the_others() -> None:
    with pytest.raises(ColumnError, match=r'no column "text"; the columns are "content", "id"'):
        records({"content": ["A"], "id": ["b"]})


def test_an_empty_batch_gives_an_empty_one() -> None:
    assert records({"text": pa.array([], pa.string())}) == []


def test_a_slice_is_read_as_a_slice() -> None:
    batch = pa.RecordBatch.from_pydict({"text": ["A", "B", "C"], "id": ["a", "b", "c"]})
    assert [record["id"] for record in read_record_batch(batch.slice(1, 1)).to_pylist()] == ["b"]


def test_a_model_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    copytaster.load().save(path)
    options = ArrowOptions(model=str(path), prefer="recall")
    first = options.classifier
    path.unlink()
    assert pickle.loads(pickle.dumps(options)).classifier is first
    assert first.lean > 0


def test_a_wrong_model_or_preference_is_no_matter_of_a_row(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"no model")
    with pytest.raises(ModelFileError):
        records({"text": ["A"]}, ArrowOptions(model=str(tmp_path / "model.npz")))
    with pytest.raises(PreferenceError):
        records({"text": ["A"]}, ArrowOptions(prefer="most"))


def test_without_pyarrow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "copytaster.dumps.arrow")
    with pytest.raises(ImportError, match=r"pip install 'copytaster\[parquet\]'"):
        __import__("copytaster.dumps.arrow")


@pytest.mark.parametrize("word", ["ArrowOptions(", "read_record_batch("])
def test_the_examples_run(scale_examples: list[str], word: str) -> None:
    (code,) = (code for code in scale_examples if word in code)
    exec(compile(code, "<docs/scale.md>", "exec"), {})
