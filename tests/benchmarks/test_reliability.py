import re
from pathlib import Path

import pytest
import reliability
from faults import inputs, scenario
from faults.scenario import FaultError, NotAvailableError, Outcome, Ran

GOOD = Outcome("it ends", "nothing", "1 s")


def fails(folder: Path) -> Outcome:
    raise FaultError("a page is missing\nand more")


def cannot(folder: Path) -> Outcome:
    raise NotAvailableError("no disk")


def test_only_what_was_played_to_its_end_has_a_row() -> None:
    outcomes, missing = reliability.play({"good": lambda folder: GOOD, "bad": fails, "elsewhere": cannot})
    page = reliability.page(outcomes, missing, 60)
    assert [line for line in page.splitlines() if line.startswith("| ")][1:] == ["| good | it ends | nothing | 1 s |"]
    assert page.endswith("- bad: fails: a page is missing\n- elsewhere: not available: no disk\n")


@pytest.mark.parametrize(
    "ran",
    [
        Ran(0, "cannot be written", 1.0),
        Ran(1, "something else", 1.0),
        Ran(1, "cannot be written\nTraceback (most recent call last):", 1.0),
        Ran(1, "cannot be written", 1.0, scenario.MOST_MB + 1),
    ],
)
def test_another_status_word_a_traceback_or_too_much_memory_is_a_fault(ran: Ran) -> None:
    with pytest.raises(FaultError):
        ran.expect(1, "cannot be written")


def test_an_option_that_is_not_there_makes_a_scenario_unavailable() -> None:
    scenario.need("--output")
    with pytest.raises(NotAvailableError, match="predict has no --undo"):
        scenario.need("--output", "--undo")


def test_a_scenario_plays(tmp_path: Path) -> None:
    outcome = inputs.wrong_lengths(tmp_path)
    assert "of 7 records" in outcome.happens
    assert outcome.lost == "nothing of the 16 sound records between them"


def test_the_page_shows_every_scenario_or_says_why_not() -> None:
    page = reliability.TARGET.read_text("utf-8")
    shown = re.findall(r"^(?:\| |- )([^|:]+?)(?: \||:)", page, re.MULTILINE)
    assert set(reliability.scenarios(60)) == set(shown) - {"fault"}
