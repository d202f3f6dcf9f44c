"""Labels without texts, and the pages they are laid on again."""

from pathlib import Path

import pytest

from copytaster.labels import Label, read_labelled
from copytaster.labels.corpus import CORPUS, CorpusError, LabelRecord, read_corpus, write_corpus

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
PAGES = list(read_labelled(EXAMPLES))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    with path.open("wb") as out:
        write_corpus(map(LabelRecord.of, PAGES), out)
    return path


def test_labels_come_back_on_the_same_rows(file: Path) -> None:
    for record, labelled in zip(read_corpus(file), PAGES, strict=True):
        again = record.on(labelled.page.rows, url=labelled.page.url)
        assert again.labels == labelled.labels
        assert again.page == labelled.page
        assert again.page.meta == labelled.page.meta


def test_no_text_is_in_the_file(file: Path) -> None:
    text = file.read_text("utf-8")
    rows = [row.strip() for labelled in PAGES for row in labelled.page.rows if len(row.strip()) > 25]
    assert rows
    assert not any(row in text for row in rows)


def test_another_line_is_named(file: Path) -> None:
    record, labelled = next(read_corpus(file)), PAGES[0]
    rows = list(labelled.page.rows)
    place = [number for number, row in enumerate(rows) if row][4]
    rows[place] += " changed"
    with pytest.raises(CorpusError, match="line 5 of those"):
        record.on(rows)
    with pytest.raises(CorpusError, match="instead of"):
        record.on([*labelled.page.rows, "One more"])


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"id": "a", "labels": "x3", "hashes": ""}', '{"id": 1, "labels"'])
def test_what_is_no_record_is_refused_with_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(CorpusError, match=r"corpus\.jsonl:1: "):
        list(read_corpus(path))


def test_labels_and_hashes_must_match_in_number(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"id": "a", "labels": "h1 n2", "hashes": "AAAA"}\n', "utf-8")
    with pytest.raises(CorpusError, match="3 labels but 3 bytes"):
        list(read_corpus(path))


def test_the_shipped_labels_are_of_pages_in_public_collections() -> None:
    records = list(read_corpus())
    assert len({(record.id, record.meta["renderer"]) for record in records}) == len(records) > 700
    for record in records:
        assert {"source", "file", "renderer", "site", "kind", "lang"} <= set(record.meta)
        assert record.labels
    labels = {label for record in records for label in record.labels}
    assert labels == set(Label)
    assert CORPUS.stat().st_size < 3_000_000
