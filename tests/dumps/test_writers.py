import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet

from copytaster.dumps import FORMATS, FormatError, MissingExtraError, Result, Writer, format_of, open_writer
from copytaster.dumps.markdown import markdown
from copytaster.labels.files import read_labelled
from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Origin, Page
from copytaster.model.article import Article, LineNumbers, Teaser
from copytaster.model.classifier import Reading
from copytaster.model.wrap import logical_lines

PAGE = Page.from_text(
    "\nHome\tNews\nOld bridge closed\n\n   Buses go over the dam.\n# A hash\nBy Ann Wu\n\nTrams: no drivers\n\n",
    id="dumps/a.txt",
    url="https://example.org/a",
    meta={"lang": "en"},
    origin=Origin("dumps/a.wet", 512),
)
LABELS_OF_PAGE = (Label.NAV, Label.HEADLINE, Label.BODY, Label.BODY, Label.NAV, Label.TEASER)
ARTICLE = Article(
    headline="Old bridge closed",
    standfirst="No other way.",
    paragraphs=["Buses go over the dam.", "# A hash"],
    teasers=[Teaser("Trams: no drivers", "A blurb."), Teaser("Another")],
    byline="By Ann Wu",
    published="3 March 2024",
    confidence=0.912345,
    has_article=1.0,
    line_numbers=LineNumbers((3,), (), ((5,), (6,)), ((9,), (9,))),
)


def result(page: Page = PAGE, article: Article = ARTICLE, labels: tuple[Label, ...] = LABELS_OF_PAGE) -> Result:
    given = [LABELS.index(label) for label in labels]
    probabilities = [[0.7 if other == label else 0.1 for other in range(len(LABELS))] for label in given]
    return Result(Reading(page, article, logical_lines(page.rows), given, probabilities), "shipped")


def another(name: str) -> Result:
    return result(Page.from_text("Text", id=name), Article(paragraphs=["Text"]), (Label.BODY,))


def text_of(data: bytes, form: str) -> str:
    """What was written, as text in UTF-8 unless the format is a binary one."""
    return data.decode("latin-1" if form == "parquet" else "utf-8")


Written = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes results in a format, and gives the file's text."""

    def _written(form: str, *results: Result) -> str:
        path = tmp_path / "out"
        with open_writer(path, form) as writer:
            for one in results:
                writer.write(one)
        return text_of(path.read_bytes(), form)

    return _written


def test_markdown_has_the_article_and_no_teasers(written: Written) -> None:
    assert written("markdown", result()) == (
        "# Old bridge closed\n\n*By Ann Wu · 3 March 2024*\n\n**No other way.**\n\n"
        "Buses go over the dam.\n\n\\# A hash\n"
    )


def test_text_has_the_article_and_no_marks(written: Written) -> None:
    assert written("text", result()) == (
        "Old bridge closed\n\nBy Ann Wu · 3 March 2024\n\nNo other way.\n\nBuses go over the dam.\n\n# A hash\n"
    )


@pytest.mark.parametrize(("form", "rule"), [("markdown", "---\n\n`{}`\n\n"), ("text", "-" * 72 + "\n{}\n\n")])
def test_several_pages_come_with_a_rule_and_their_names(written: Written, form: str, rule: str) -> None:
    names = ["a.txt", "b.txt", "c.txt"]
    expected = "\n".join(rule.format(name) + "Text\n" for name in names)
    assert written(form, *map(another, names)) == expected


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("# Not a heading", "\\# Not a heading"),
        ("#hashtag stays", "#hashtag stays"),
        ("---", "\\---"),
        ("* * *", "\\* * *"),
        ("===", "\\==="),
        ("```sh", "\\```sh"),
        ("<script> is a tag", "\\<script> is a tag"),
        ("- item", "- item"),
        ("1. item", "1. item"),
        ("snake_case and 2 * 3", "snake_case and 2 * 3"),
        ("one\n# two", "one\n\\# two"),
    ],
)
def test_markdown_guards_only_what_would_be_misread(paragraph: str, expected: str) -> None:
    assert markdown(Article(paragraphs=[paragraph])) == expected + "\n"


def test_list_items_in_a_row_are_one_list() -> None:
    assert (
        markdown(Article(paragraphs=["Take:", "- salt", "- water", "Stir."])) == "Take:\n\n- salt\n- water\n\nStir.\n"
    )


def test_a_page_name_cannot_break_out_of_its_title(written: Written) -> None:
    assert "``a`b c``" in written("markdown", another("a`b\nc"), another("d"))


def test_jsonl_has_one_record_a_page_with_every_field(written: Written) -> None:
    first, second = written("jsonl", result(), another("b.txt")).splitlines()
    assert json.loads(first) == {
        "id": "dumps/a.txt",
        "url": "https://example.org/a",
        "lang": "en",
        "source": "dumps/a.wet",
        "offset": 512,
        "headline": "Old bridge closed",
        "standfirst": "No other way.",
        "byline": "By Ann Wu",
        "published": "3 March 2024",
        "text": "No other way.\n\nBuses go over the dam.\n\n# A hash",
        "paragraphs": ["Buses go over the dam.", "# A hash"],
        "teasers": [{"title": "Trams: no drivers", "blurb": "A blurb."}, {"title": "Another", "blurb": None}],
        "confidence": 0.9123,
        "has_article": 1.0,
        "line_numbers": {"headline": [3], "standfirst": [], "paragraphs": [[5], [6]], "teasers": [[9], [9]]},
        "model": "shipped",
    }
    assert json.loads(second)["id"] == "b.txt"
    assert [json.loads(second)[key] for key in ("lang", "source", "offset")] == [None] * 3


def test_json_is_an_object_for_one_page_and_an_array_for_several(written: Written) -> None:
    assert json.loads(written("json", result()))["id"] == "dumps/a.txt"
    assert [record["id"] for record in json.loads(written("json", *map(another, "abc")))] == ["a", "b", "c"]
    assert json.loads(written("json")) == []


@pytest.mark.parametrize("name", ["out.tsv", "out.tsv.gz", "out.tsv.zst"])
def test_tsv_is_read_back_as_the_labelled_pages(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with open_writer(path) as writer:
        writer.write(result())
        writer.write(another("b.txt"))
    first, second = read_labelled(path)
    assert first.page == PAGE
    assert [label for label in first.labels if label] == list(LABELS_OF_PAGE)
    assert second.page == Page(("Text",), "b.txt")


def test_tsv_has_label_probability_and_indented_line(written: Written) -> None:
    rows = written("tsv", result()).split("\n")
    assert rows[:2] == ["# id: dumps/a.txt", "# url: https://example.org/a"]
    assert {"# source: dumps/a.wet", "# offset: 512", "# confidence: 0.9123", "# model: shipped"} < set(rows)
    assert "body\t0.7000\t   Buses go over the dam." in rows
    assert "" in rows[:-1]


@pytest.mark.parametrize("form", FORMATS)
def test_odd_characters_and_empty_pages_are_written(written: Written, form: str) -> None:
    odd = "a \ud800 \udcff \u2028 \x00 \U0010ffff \ufffe b"
    article = Article(odd, odd, [odd], [Teaser(odd)], odd, odd)
    results = [result(Page.from_text(odd, id=odd, url=odd), article, (Label.BODY,)), result(Page(()), Article(), ())]
    for some in (results, results[:1], results[1:], []):
        assert isinstance(written(form, *some), str)


@pytest.mark.parametrize("form", FORMATS)
def test_standard_output_gets_the_same_bytes_in_utf8(
    written: Written, capfdbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    results = [result(), another("日本.txt")]
    with open_writer(None, form) as writer:
        for one in results:
            writer.write(one)
    assert text_of(capfdbinary.readouterr().out, form) == written(form, *results)


def test_standard_output_is_markdown_by_default(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with open_writer("-") as writer:
        writer.write(result())
    assert capfdbinary.readouterr().out.startswith(b"# Old bridge closed\n")


def test_records_are_written_as_they_come(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with open_writer(None, "jsonl") as writer:
        writer.write(another("a"))
        assert json.loads(capfdbinary.readouterr().out)["id"] == "a"


def test_a_file_is_compressed_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    with open_writer(path) as writer:
        writer.write(result())
    assert json.loads(gzip.decompress(path.read_bytes()))["id"] == "dumps/a.txt"


@pytest.mark.parametrize("form", FORMATS)
def test_an_unfinished_file_does_not_appear(tmp_path: Path, form: str) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")

    def fail(writer: Writer) -> None:
        writer.write(result())
        raise RuntimeError

    with pytest.raises(RuntimeError), open_writer(path, form) as writer:
        fail(writer)
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.md", "markdown"),
        ("a.txt", "text"),
        ("a.TXT.GZ", "text"),
        ("a.json", "json"),
        ("a.jsonl.zst", "jsonl"),
        ("x/a.tsv.gz", "tsv"),
        ("a.parquet", "parquet"),
        ("a.gz", None),
        ("a", None),
        ("a.md.bak", None),
        (".json", None),
    ],
)
def test_an_output_name_tells_the_format(name: str, form: str | None) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize(("path", "form"), [("out.xyz", None), ("out", None), ("out.md", "yaml"), (None, "yaml")])
def test_an_unknown_format_is_refused_with_the_choice(tmp_path: Path, path: str | None, form: str | None) -> None:
    with (
        pytest.raises(FormatError, match="markdown, text, json, jsonl, tsv"),
        open_writer(path and tmp_path / path, form),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_parquet_has_the_records_of_jsonl_in_typed_columns(tmp_path: Path, written: Written) -> None:
    path = tmp_path / "out.parquet"
    with open_writer(path) as writer:
        writer.write(result())
        writer.write(another("b.txt"))
    table = parquet.read_table(path)
    assert table.to_pylist() == list(map(json.loads, written("jsonl", result(), another("b.txt")).splitlines()))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["offset"] == "int64"
    assert kinds["confidence"] == "double"
    assert kinds["paragraphs"].startswith("list<")
    assert kinds["line_numbers"].startswith("struct<")


def test_parquet_is_written_in_row_groups_so_that_memory_does_not_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copytaster.dumps.parquet._GROUP_ROWS", 2)
    path = tmp_path / "out.parquet"
    with open_writer(path) as writer:
        for name in "abcde":
            writer.write(another(name))
    assert parquet.ParquetFile(path).num_row_groups == 3
    assert parquet.read_table(path)["id"].to_pylist() == list("abcde")


def test_parquet_without_results_has_its_columns(tmp_path: Path) -> None:
    with open_writer(tmp_path / "out.parquet"):
        pass
    assert parquet.read_table(tmp_path / "out.parquet").num_columns == len(result().record())


def test_parquet_packed_once_more_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="compressed inside"), open_writer(tmp_path / "out.parquet.gz"):
        pass


def test_what_is_missing_for_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    install = r"pip install 'copytaster\[parquet\]'"
    with pytest.raises(MissingExtraError, match=install), open_writer(tmp_path / "out.parquet"):
        pass
