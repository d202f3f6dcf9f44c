"""A page's file: what of a user's work stands in it, and what training would make of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.desk.sheet import MarksError, Sheet, SheetError, StaleError
from copytaster.labels import LABELS, Label, LabelledPage, Page, read_labelled

ROWS = ("Menu", "", "A title", "Some text.", "Another story")
GUESSES = [LABELS.index(Label(name)) for name in ("nav", "headline", "body", "teaser")]
WRAPPED = Path(__file__).parent.parent.parent / "examples" / "dumps" / "news-school-buses-80-columns.txt"


def sheet_of(path: Path, rows: tuple[str, ...] = ROWS, **meta: str) -> Sheet:
    return Sheet(LabelledPage(Page(rows, "the page", "https://a.example/1", meta), (None,) * len(rows)), path)


def save(sheet: Sheet, marks: str, is_done: bool = False) -> None:
    sheet.write(sheet.read().version, marks, is_done=is_done, guesses=GUESSES)


def labels_in(path: Path) -> list[str | None]:
    return list(next(read_labelled(path)).labels)


def test_a_page_nobody_came_to_has_no_file_and_no_labels(tmp_path: Path) -> None:
    content = sheet_of(tmp_path / "page.tsv").read()
    assert (content.marks, content.is_done) == ("....", False)
    assert list(tmp_path.iterdir()) == []


def test_lines_that_nobody_labelled_are_undecided_so_that_no_guess_is_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "page.tsv"
    save(sheet_of(path), "..b.")
    assert labels_in(path) == [None, None, None, "body", None]
    assert "# reviewed: no" in path.read_text("utf-8").splitlines()


def test_done_makes_labels_of_the_guesses_and_keeps_what_was_left_open(tmp_path: Path) -> None:
    path = tmp_path / "page.tsv"
    sheet = sheet_of(path)
    save(sheet, "n.?.", is_done=True)
    assert labels_in(path) == ["nav", None, "headline", None, "teaser"]
    content = sheet.read()
    assert (content.marks, content.is_done) == ("nh?t", True)
    assert "# reviewed: yes" in path.read_text("utf-8").splitlines()


def test_a_line_left_open_is_told_from_one_nobody_came_to(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "page.tsv")
    save(sheet, "?.b.")
    assert sheet.read().marks == "?.b."
    save(sheet, "..b.")
    assert sheet.read().marks == "..b."


def test_keys_that_it_does_not_know_and_the_rows_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "page.tsv"
    before = "# id: mine\n# mood: sour\n# weight: 0.5\n\nnav\t  Menu\n\nbody\tText <b>&amp;</b>\n\n"
    path.write_text(before, "utf-8")
    sheet = sheet_of(path)
    content = sheet.read()
    sheet.write(content.version, "nt", is_done=False, guesses=[3, 1])
    assert path.read_text("utf-8") == (
        "# id: mine\n# mood: sour\n# reviewed: no\n# weight: 0.5\n\nnav\t  Menu\n\nteaser\tText <b>&amp;</b>\n\n"
    )


def test_a_compressed_file_stays_compressed(tmp_path: Path) -> None:
    path = tmp_path / "page.tsv.gz"
    sheet = sheet_of(path)
    save(sheet, "nhbt")
    assert path.read_bytes().startswith(b"\x1f\x8b")
    assert sheet.read().marks == "nhbt"


def test_labels_that_a_model_wrote_are_guesses(tmp_path: Path) -> None:
    """What `copytaster predict --format tsv` writes names its model."""
    path = tmp_path / "page.tsv"
    path.write_text("# id: x\n# model: 0123456789ab\nnav\t0.9\tMenu\nbody\t0.8\tText\n", "utf-8")
    sheet = sheet_of(path)
    assert sheet.read().marks == ".."
    sheet.write(sheet.read().version, ".t", is_done=False, guesses=[3, 1])
    assert sheet.read().marks == ".t"


def test_all_rows_of_a_wrapped_line_get_its_label(tmp_path: Path) -> None:
    page = Page.from_text(WRAPPED.read_text("utf-8"), id="wrapped")
    sheet = Sheet(LabelledPage(page, (None,) * len(page.rows)), tmp_path / "page.tsv")
    content = sheet.read()
    line = next(line for line in content.lines if line.last - line.first >= 2)
    at = content.lines.index(line)
    marks = content.marks[:at] + "b" + content.marks[at + 1 :]
    sheet.write(content.version, marks, is_done=False, guesses=[0] * len(content.lines))
    labels = labels_in(tmp_path / "page.tsv")
    assert [number for number, label in enumerate(labels, 1) if label] == list(range(line.first, line.last + 1))


def test_a_wrapped_line_with_several_labels_has_its_first_rows_and_gets_it_throughout(tmp_path: Path) -> None:
    page = Page.from_text(WRAPPED.read_text("utf-8"), id="wrapped")
    line = next(line for line in Sheet(LabelledPage(page, (None,) * len(page.rows)), tmp_path / "no").read().lines
                if line.last > line.first)  # fmt: skip
    labels = [Label.NAV if row else None for row in page.rows]
    labels[line.first - 1] = Label.BODY
    sheet = Sheet(LabelledPage(page, tuple(labels)), tmp_path / "page.tsv")
    content = sheet.read()
    sheet.write(content.version, content.marks, is_done=True, guesses=[0] * len(content.lines))
    assert {labels_in(tmp_path / "page.tsv")[number - 1] for number in range(line.first, line.last + 1)} == {"body"}


def test_a_save_of_another_version_is_refused(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "page.tsv")
    first = sheet.read().version
    save(sheet, "n...")
    with pytest.raises(StaleError) as raised:
        sheet.write(first, "t...", is_done=False, guesses=GUESSES)
    assert raised.value.content.marks == "n..."


def test_a_page_without_a_file_has_the_version_of_its_lines(tmp_path: Path) -> None:
    """After a new start with other dumps a save for the old lines must not be taken for one of these."""
    path = tmp_path / "page.tsv"
    version = sheet_of(path).read().version
    with pytest.raises(StaleError):
        sheet_of(path, rows=("Other", "", "lines", "of", "text")).write(version, "nnnn", is_done=True, guesses=GUESSES)
    assert not path.exists()


def test_too_few_marks_are_refused(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "page.tsv")
    with pytest.raises(MarksError, match="4 lines"):
        save(sheet, "nn")


def test_a_file_removed_meanwhile_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "page.tsv"
    sheet = sheet_of(path)
    save(sheet, "nhbt")
    path.unlink()
    save(sheet, "n...")
    assert labels_in(path) == ["nav", None, None, None, None]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"nav\tOne\n# id: b\nnav\tTwo\n", "holds 2 pages"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "no labelled lines"),
    ],
)
def test_a_file_that_is_not_one_page_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "page.tsv"
    path.write_bytes(data)
    with pytest.raises(SheetError, match=message):
        sheet_of(path).read()


def test_every_label_has_a_letter_of_its_own() -> None:
    assert len({label[0] for label in LABELS}) == len(LABELS)
