"""Worker processes: real ones, with a classifier that sleeps, dies and fails on demand."""

import itertools
import operator
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from copytaster.dumps import PageError
from copytaster.dumps.batches import Batch, Done, Outcome, Worker, batches
from copytaster.dumps.workers import WorkerError, Workers
from copytaster.labels.page import Page

STUBS = Path(__file__).parent / "stubs"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes die in another way on Windows")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Gives a classifier of `stubs/unruly.py`, which worker processes can import too."""
    monkeypatch.syspath_prepend(STUBS)
    import unruly

    return lambda name: getattr(unruly, name)()


@pytest.fixture
def outcomes(stub: Callable[[str], Any]) -> Callable[..., list[Outcome]]:
    """Has texts read by workers, as pages called by their number."""

    def _outcomes(texts: Sequence[str], count: int = 2, timeout: float | None = None) -> list[Outcome]:
        pages = (Page.from_text(text, id=str(number)) for number, text in enumerate(texts))
        with Workers(Worker(stub("Unruly"), NAME), count, timeout) as workers:
            return list(itertools.chain.from_iterable(workers.outcomes(batches(pages))))

    return _outcomes


NAME = operator.attrgetter("page.id")
"""What a worker sends back: it must be able to import it, which it cannot do with what a test module holds."""


def test_outcomes_come_in_the_order_of_the_pages_though_some_take_longer(
    outcomes: Callable[..., list[Outcome]],
) -> None:
    texts = ["sleep 0.3" if number == 0 else "fine" for number in range(200)]
    assert [outcome.result for outcome in outcomes(texts, 3) if isinstance(outcome, Done)] == [*map(str, range(200))]


def test_a_page_that_kills_twice_is_an_error_and_costs_no_other_page(outcomes: Callable[..., list[Outcome]]) -> None:
    texts = ["fine"] * 40
    texts[5] = "die"
    texts[7] = "fail on purpose"
    got = outcomes(texts)
    assert [number for number, outcome in enumerate(got) if isinstance(outcome, PageError)] == [5, 7]
    killed, failed = got[5], got[7]
    assert isinstance(killed, PageError)
    assert isinstance(failed, PageError)
    assert (killed.kind, failed.kind) == ("killed", "failed")
    assert str(killed).startswith("5: ended its worker 2 times (SIGKILL, perhaps out of memory)")


@pytest.mark.parametrize("others", [0, 20])
def test_a_worker_that_dies_once_costs_nothing(
    others: int, outcomes: Callable[..., list[Outcome]], tmp_path: Path
) -> None:
    got = outcomes([f"die-once {tmp_path / 'died'}", *["fine"] * others])
    assert (tmp_path / "died").exists()
    assert [type(outcome) for outcome in got] == [Done] * (others + 1)


def test_a_page_over_the_time_limit_is_an_error_and_its_worker_is_ended(
    outcomes: Callable[..., list[Outcome]],
) -> None:
    texts = ["fine"] * 20
    texts[3] = "sleep 600"
    start = time.monotonic()
    got = outcomes(texts, 1, 0.3)
    assert time.monotonic() - start < 30
    (error,) = (outcome for outcome in got if isinstance(outcome, PageError))
    assert got[3] is error
    assert error.kind == "timeout"
    assert "0.3 seconds" in error.reason


def test_workers_that_cannot_start_end_the_run(stub: Callable[[str], Any]) -> None:
    workers = Workers(Worker(stub("Stillborn"), None), 1)
    with workers, pytest.raises(WorkerError, match=r"as soon as they start \(exit status 7\)"):
        next(workers.outcomes(batches([Page.from_text("fine")])))


def test_batches_are_read_ahead_no_further_than_workers_need(stub: Callable[[str], Any]) -> None:
    read = 0

    def endless() -> Iterator[Batch]:
        nonlocal read
        while True:
            read += 1
            yield Batch([Page.from_text("fine")], is_last=False)

    with Workers(Worker(stub("Unruly"), NAME), 2) as workers:
        got = workers.outcomes(endless())
        for done in range(1, 50):
            next(got)
            assert read <= done + 2 * 8


def test_nothing_is_left_when_the_block_ends(stub: Callable[[str], Any]) -> None:
    with Workers(Worker(stub("Unruly"), NAME), 2) as workers:
        pages = [Page.from_text("fine")] * 40 + [Page.from_text("sleep 600")] * 40
        next(workers.outcomes(batches(pages)))
        alive = [slot.process._process.pid for slot in workers._slots]
    assert alive
    for pid in alive:
        assert pid is not None
        assert _is_gone(pid)


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(STUBS)!r})\n"
        "import unruly\n"
        "from copytaster.dumps.batches import Worker, batches\n"
        "from copytaster.dumps.workers import Workers\n"
        "from copytaster.labels.page import Page\n"
        "if __name__ == '__main__':\n"
        "    with Workers(Worker(unruly.Unruly(), None), 2) as workers:\n"
        "        got = workers.outcomes(batches([Page.from_text('fine')] * 32 + [Page.from_text('sleep 600')] * 64))\n"
        "        next(got), next(got)\n"
        "        print(*(slot.process._process.pid for slot in workers._slots), flush=True)\n"
        "        next(got)\n"
    )
    (tmp_path / "parent.py").write_text(code)
    with subprocess.Popen([sys.executable, tmp_path / "parent.py"], cwd=tmp_path, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert pids
    assert all(map(_is_gone, pids))


def _is_gone(pid: int, within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
