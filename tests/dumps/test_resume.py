"""Runs that are stopped and go on: the output is that of an undisturbed run, byte for byte."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from copytaster.dumps import InputError, OutputError, PageError
from copytaster.dumps.batches import Batch, Worker
from copytaster.dumps.errors import Tally
from copytaster.dumps.journal import ResumeError
from copytaster.dumps.partfile import FolderLock
from copytaster.dumps.run import Request, run

STUBS = Path(__file__).parent / "stubs"
EVERY = 10  # pages between checkpoints in these tests
PAGES = 35


class Quiet:
    """A report that counts, and that stops the run at some page."""

    def __init__(self, stop_at: int = -1) -> None:
        self.tally = Tally()
        self.notes: list[str] = []
        self._stop_at = stop_at

    def advance(self, amount: int) -> None:
        """Bytes are of no interest here."""

    def count(self, *, empty: bool) -> None:
        self.tally.count(empty=empty)
        self._check()

    def fail(self, error: PageError) -> None:
        self.tally.fail(error)
        self._check()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def _check(self) -> None:
        if self.tally.pages == self._stop_at:
            raise KeyboardInterrupt


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Quiet]:
    """Runs over some pages, of which each fifth and the first are bad, without worker processes, which others test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(STUBS)
    import unruly

    def in_process(batches: Any, worker: Worker, request: Request, stack: object) -> Any:
        def outcomes(batch: Batch) -> Any:
            return worker.work(batch.pages)

        return itertools.chain.from_iterable(map(outcomes, batches))

    for module in ("batches", "resumable", "run"):
        monkeypatch.setattr(f"copytaster.dumps.{module}.CHECKPOINT_PAGES", EVERY)
    monkeypatch.setattr("copytaster.dumps.run._outcomes", in_process)
    write_pages(PAGES)

    def _go(output: str, *, stop_at: int = -1, **options: Any) -> Quiet:
        report = Quiet(stop_at)
        inputs = ["many"] if output.endswith("/") else ["pages.jsonl"]
        request = Request(inputs, output, errors=f"errors-{output.rstrip('/')}l", **options)
        try:
            run(request, unruly.Unruly(), report)
        except KeyboardInterrupt:
            assert report.tally.pages == stop_at
        return report

    return _go


def write_pages(count: int) -> None:
    """The pages in a file, and the same in a folder of files of many sizes."""
    pages = ({"id": str(number), "text": f"fail {number}" if number % 5 == 0 else "fine"} for number in range(count))
    lines = [json.dumps(page) + "\n" for page in pages]
    Path("pages.jsonl").write_text("".join(lines))
    Path("many").mkdir(exist_ok=True)
    for name, (start, end) in enumerate(itertools.pairwise([*range(8), 17, 20, 29, *range(30, count + 1)])):
        # Names that differ in their suffixes only, so that one output is called otherwise.
        path = Path("many", f"{name // 2:02}.{'txt' if name % 2 else 'jsonl'}")
        path.write_text("".join(lines[start:end]))


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hidden(folder: Path) -> list[str]:
    return [name for name in files(folder) if name.rpartition("/")[2].startswith(".")]


@pytest.mark.parametrize(
    "output",
    [
        *(f"a{form}{suffix}" for form in (".jsonl", ".tsv", ".md", ".txt", ".json") for suffix in ("", ".gz", ".zst")),
        "a.parquet", "out/",
    ],
)  # fmt: skip
def test_stopped_anywhere_it_gives_the_same_bytes(output: str, go: Callable[..., Quiet], tmp_path: Path) -> None:
    undisturbed = go(output)
    expected = files(tmp_path)
    assert not hidden(tmp_path)
    for stops in ([1], [10], [11, 12, 29, 31], [PAGES]):
        for name in expected:
            if not name.startswith(("pages", "many")):
                (tmp_path / name).unlink()
        for stop in stops:
            go(output, stop_at=stop, resume=stop != stops[0])
        report = go(output, resume=True)
        assert files(tmp_path) == expected
        assert report.tally == undisturbed.tally


def test_a_parquet_file_has_the_same_row_groups_whether_or_not_it_was_stopped(
    go: Callable[..., Quiet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("copytaster.dumps.blocks._GROUP_ROWS", 20)
    go("a.parquet", stop_at=25)
    assert not (tmp_path / "a.parquet").exists()
    assert go("a.parquet", resume=True).notes == ["going on behind page 20"]
    found = parquet.ParquetFile(tmp_path / "a.parquet")
    assert [found.metadata.row_group(group).num_rows for group in range(found.num_row_groups)] == [16, 12]
    assert found.read()["id"].to_pylist() == [str(number) for number in range(PAGES) if number % 5]


def test_killed_while_parquet_is_made_of_the_rows_it_is_made_again(
    go: Callable[..., Quiet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go("a.parquet")
    expected = files(tmp_path)
    (tmp_path / "a.parquet").unlink()
    report = Quiet()
    with monkeypatch.context() as patch:
        patch.setattr("copytaster.dumps.blocks._groups", lambda batches: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(Request(["pages.jsonl"], "a.parquet", errors="errors-a.parquetl"), _unruly(), report)
    assert report.notes[-1] == "35 pages are done and kept; run the same command with --resume to go on"
    go("a.parquet", resume=True)
    assert files(tmp_path) == expected


def test_a_folder_keeps_the_files_that_are_whole(go: Callable[..., Quiet], tmp_path: Path) -> None:
    report = go("out/", stop_at=19)
    # The tenth page is within a file of nine, before which the first checkpoint would have been.
    assert report.notes == ["17 pages are done and kept; run the same command with --resume to go on"]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.md"))[-1] == "03.txt.md"
    assert sorted(hidden(tmp_path)) == [".errors-outl.part", "out/.copytaster.part.json"]
    assert go("out/", resume=True).notes == ["going on behind page 17"]


def test_the_files_of_a_folder_are_called_by_how_the_inputs_are_given(go: Callable[..., Quiet]) -> None:
    go("out/", stop_at=25)
    with pytest.raises(ResumeError, match=r"the list of inputs was many, and is now \./many"):
        run(Request(["./many"], "out/", errors="errors-outl", resume=True), _unruly(), Quiet())


@pytest.mark.skipif(sys.platform == "win32", reason="no locks on Windows")
def test_two_runs_do_not_write_to_the_same_folder(go: Callable[..., Quiet], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    lock = FolderLock(tmp_path / "out")
    with pytest.raises(OutputError, match="out: another run is writing it"):
        go("out/")
    lock.discard()
    go("out/")
    assert not hidden(tmp_path)


def test_a_stop_tells_how_many_pages_are_kept_and_going_on_where_it_begins(go: Callable[..., Quiet]) -> None:
    assert go("a.jsonl", stop_at=25).notes == [
        "20 pages are done and kept; run the same command with --resume to go on"
    ]
    assert go("a.jsonl", resume=True).notes == ["going on behind page 20"]


def test_a_stop_before_the_first_checkpoint_leaves_nothing(go: Callable[..., Quiet], tmp_path: Path) -> None:
    before = files(tmp_path)
    assert go("a.jsonl", stop_at=9).notes == []
    assert files(tmp_path) == before


@pytest.mark.parametrize(("call", "kept"), [("sync_folder", 0), ("os.fsync", 10)])
def test_a_stop_while_a_checkpoint_is_written_keeps_what_the_journal_holds(
    call: str, kept: int, go: Callable[..., Quiet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go("a.jsonl")
    expected = files(tmp_path)
    (tmp_path / "a.jsonl").unlink()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    report = Quiet()
    with monkeypatch.context() as patch:
        if call == "os.fsync":
            patch.setattr("copytaster.dumps.journal.os", SimpleNamespace(fsync=interrupt))
        else:
            patch.setattr(f"copytaster.dumps.journal.{call}", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(Request(["pages.jsonl"], "a.jsonl", errors="errors-a.jsonll"), _unruly(), report)
    assert [note for note in report.notes if "--resume" in note] == (
        [f"{kept} pages are done and kept; run the same command with --resume to go on"] if kept else []
    )
    assert bool(hidden(tmp_path)) == bool(kept)
    go("a.jsonl", resume=True)
    assert files(tmp_path) == expected


def test_without_resume_it_starts_over(go: Callable[..., Quiet], tmp_path: Path) -> None:
    go("a.jsonl", stop_at=25)
    assert go("a.jsonl").notes == []
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == PAGES - PAGES // 5


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ({"format": "tsv"}, "--format was jsonl, and is now tsv"),
        ({"workers": 3, "timeout": 5.0}, None),
    ],
)
def test_other_options_are_refused_unless_the_output_does_not_depend_on_them(
    options: dict[str, Any], difference: str | None, go: Callable[..., Quiet], tmp_path: Path
) -> None:
    go("a.jsonl", stop_at=25)
    before = files(tmp_path)
    if difference is None:
        go("a.jsonl", resume=True, **options)
        assert (tmp_path / "a.jsonl").exists()
        return
    with pytest.raises(ResumeError, match=difference):
        go("a.jsonl", resume=True, **options)
    assert files(tmp_path) == before


def test_inputs_that_have_changed_are_refused_and_named(go: Callable[..., Quiet]) -> None:
    go("a.jsonl", stop_at=25)
    write_pages(PAGES + 1)
    with pytest.raises(ResumeError, match=r"the input pages\.jsonl has changed"):
        go("a.jsonl", resume=True)


def test_other_inputs_are_refused_and_named(tmp_path: Path, go: Callable[..., Quiet]) -> None:
    go("a.jsonl", stop_at=25)
    for inputs, difference in ([["b.jsonl"], r"is now b\.jsonl"], [["pages.jsonl", "b.jsonl"], r"b\.jsonl was not"]):
        Path("b.jsonl").write_text('{"text": "fine"}\n')
        with pytest.raises(ResumeError, match=difference):
            run(Request(inputs, "a.jsonl", errors="errors-a.jsonll", resume=True), _unruly(), Quiet())


def test_a_part_that_is_shorter_than_it_was_is_refused(go: Callable[..., Quiet], tmp_path: Path) -> None:
    go("a.jsonl", stop_at=25)
    (tmp_path / ".a.jsonl.part").write_bytes(b"")
    with pytest.raises(ResumeError, match="some is gone"):
        go("a.jsonl", resume=True)


@pytest.mark.parametrize("kept", range(0, 400, 37))
def test_a_journal_that_was_not_written_whole_is_read_as_far_as_it_goes(
    kept: int, go: Callable[..., Quiet], tmp_path: Path
) -> None:
    go("a.jsonl")
    expected = files(tmp_path)
    go("a.jsonl", stop_at=25)
    journal = tmp_path / ".a.jsonl.part.json"
    with journal.open("r+b") as file:
        file.truncate(max(0, journal.stat().st_size - kept))
    go("a.jsonl", resume=True)
    assert files(tmp_path) == expected


def test_killed_while_the_files_take_their_names_it_gives_them_the_rest(
    go: Callable[..., Quiet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go("a.jsonl")
    expected = files(tmp_path)
    for commits in (0, 1, 2):
        for name in ("a.jsonl", "errors-a.jsonll"):
            (tmp_path / name).unlink()
        with monkeypatch.context() as patch:
            _die_after(commits, patch)
            with pytest.raises(MemoryError):
                go("a.jsonl")
        go("a.jsonl", resume=True)
        assert files(tmp_path) == expected


def _die_after(commits: int, patch: pytest.MonkeyPatch) -> None:
    """Let the run die after some files have their name, or before the journal is removed."""
    from copytaster.dumps.journal import Journal
    from copytaster.dumps.partfile import PartFile

    commit, delete, done = PartFile.commit, Journal.delete, itertools.count()

    def commit_or_die(part: PartFile) -> None:
        if next(done) == commits:
            raise MemoryError
        commit(part)

    def delete_or_die(journal: Journal) -> None:
        if journal.is_begun:
            raise MemoryError
        delete(journal)

    patch.setattr(PartFile, "commit", commit_or_die)
    patch.setattr(Journal, "delete", delete_or_die)


def test_output_and_errors_must_be_two_files(go: Callable[..., Quiet]) -> None:
    with pytest.raises(OutputError, match="give two files"):
        run(Request(["pages.jsonl"], "a.jsonl", errors="./a.jsonl"), _unruly(), Quiet())


@pytest.mark.parametrize(
    ("inputs", "output", "error"),
    [
        (["-"], "a.jsonl", InputError),
        (["pages.jsonl"], None, OutputError),
        (["-"], "a.parquet", InputError),
        (["-"], "folder/", InputError),
    ],
)
def test_what_cannot_be_resumed_is_refused(
    inputs: list[str], output: str | None, error: type[Exception], go: Callable[..., Quiet]
) -> None:
    with pytest.raises(error, match="--resume"):
        run(Request(inputs, output, resume=True), _unruly(), Quiet())


def _unruly() -> Any:
    import unruly

    return unruly.Unruly()
