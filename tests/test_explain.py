"""`copytaster explain`: the lines of a page with their labels, and why a line has its label."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from copytaster import cli
from copytaster.commands import status
from copytaster.labels import LABELS, Page
from copytaster.model.classifier import load
from copytaster.model.explanation import LineError, explain

Run = Callable[..., Result]
DUMPS = Path(__file__).resolve().parent.parent / "examples" / "dumps"
BRIDGE = DUMPS / "news-cracked-bridge.txt"
WRAPPED = DUMPS / "news-school-buses-80-columns.txt"


def number_of(path: Path, beginning: str) -> int:
    rows = path.read_text("utf-8").splitlines()
    return next(number for number, row in enumerate(rows, 1) if row.strip().startswith(beginning))


def test_every_line_that_is_not_blank_is_shown_with_its_label_and_probability(run: Run) -> None:
    result = run("explain", str(BRIDGE))
    assert result.exit_code == 0
    shown = [row for row in result.stdout.splitlines() if row]
    rows = [(n, row.strip()) for n, row in enumerate(BRIDGE.read_text("utf-8").splitlines(), 1) if row.strip()]
    assert len(shown) == len(rows)
    for text, (number, row) in zip(shown, rows, strict=True):
        found = re.fullmatch(r" *(\d+)  (\w+) +(0\.\d\d|1\.00)[? ]  (.*)", text)
        assert found
        assert int(found[1]) == number
        assert found[2] in LABELS
        assert row.startswith(found[4].rstrip("…"))


def test_the_reasons_for_a_label_sum_to_the_log_odds_that_the_forests_give() -> None:
    page = Page.from_text(BRIDGE.read_text("utf-8"), id="bridge")
    (explanation,) = explain(page, [number_of(BRIDGE, "Tern Bridge to close")], load())
    line = explanation.line
    assert line.label == "headline"
    odds = line.probabilities[line.label] / line.probabilities[explanation.rival]
    assert explanation.in_place.log_odds == pytest.approx(math.log(odds))
    weights = [abs(reason.weight) for reason in explanation.in_place.reasons]
    assert weights == sorted(weights, reverse=True)
    assert explanation.by_itself.log_odds > 0


def test_for_and_against_are_told_in_words_for_both_stages(run: Run) -> None:
    number = number_of(BRIDGE, "Tern Bridge to close")
    result = run("explain", str(BRIDGE), "--line", str(number), "--top", "2")
    assert result.exit_code == 0
    assert f"Line {number}: headline" in result.stdout
    for stage in ("second stage, which decides", "first stage"):
        assert stage in result.stdout
    assert re.search(r"  for headline +\+\d\.\d\d  .+ = .+", result.stdout)
    assert len(re.findall(r"before anything is known of the line", result.stdout)) == 2


def test_lines_wrapped_by_a_renderer_are_explained_as_the_one_they_are(run: Run) -> None:
    page = Page.from_text(WRAPPED.read_text("utf-8"))
    classifier = load()
    (reading,) = classifier.read([page])
    wrapped = next(line for line in reading.logical if line.last > line.first)
    first, last = explain(page, [wrapped.first, wrapped.last], classifier)
    assert first.rows == last.rows == tuple(range(wrapped.first, wrapped.last + 1))
    assert first.in_place == last.in_place
    shown = run("explain", str(WRAPPED), "-l", str(wrapped.first)).stdout
    assert f"Lines {wrapped.first} to {wrapped.last} are one" in shown


@pytest.mark.parametrize(("number", "message"), [(2, "line 2 is blank"), (4000, "line 4,000 is none of its")])
def test_a_line_that_is_not_there_is_a_usage_error(run: Run, number: int, message: str) -> None:
    result = run("explain", str(BRIDGE), "--line", str(number))
    assert result.exit_code == status.USAGE
    assert message in result.stderr
    assert not result.stdout
    with pytest.raises(LineError, match=message):
        explain(Page.from_text(BRIDGE.read_text("utf-8")), [1, number], load())


def test_of_several_pages_one_is_to_be_chosen(run: Run, tmp_path: Path) -> None:
    crawl = tmp_path / "crawl.jsonl"
    crawl.write_text("".join(json.dumps({"id": name, "text": f"Page {name}"}) + "\n" for name in "abc"), "utf-8")
    result = run("explain", str(crawl))
    assert result.exit_code == status.USAGE
    assert "choose one with --page" in result.stderr
    assert "Page b" in run("explain", str(crawl), "--page", "b").stdout
    missing = run("explain", str(crawl), "--page", "z")
    assert missing.exit_code == status.USAGE
    assert "no page z" in missing.stderr


def test_a_page_that_cannot_be_read_is_named_with_the_reason(run: Run, tmp_path: Path) -> None:
    binary = tmp_path / "page.txt"
    binary.write_bytes(b"%PDF-1.7 and so on")
    result = run("explain", str(binary))
    assert result.exit_code == status.SOME_FAILED
    assert "page.txt" in result.stderr
    assert "PDF" in result.stderr


def test_an_empty_page_says_so(run: Run) -> None:
    assert run("explain", "-", stdin=b"\n\n").stdout == "the page has no line with text\n"


def test_json_holds_the_lines_and_the_reasons(run: Run) -> None:
    number = number_of(BRIDGE, "Tern Bridge to close")
    record = json.loads(run("explain", str(BRIDGE), "-l", str(number), "--json", "--top", "3").stdout)
    (explanation,) = record["explanations"]
    assert explanation["number"] == number
    assert explanation["label"] == "headline"
    assert len(explanation["second_stage"]["reasons"]) == 6
    assert set(explanation["second_stage"]["reasons"][0]) == {"feature", "description", "value", "weight"}
    assert record["lines"][0]["number"] == 1


def test_colours_are_for_terminals_and_not_where_they_are_unwanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_terminal() -> str:
        return CliRunner().invoke(cli.app, ["explain", str(BRIDGE)], color=True).stdout

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in run("explain", str(BRIDGE)).stdout
    assert "\x1b[" in on_terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal()


def test_what_controls_terminals_is_not_passed_on(run: Run) -> None:
    shown = run("explain", "-", stdin=("A title \x1b[31mred\x07\n" + "مرحبا بالعالم\n" * 20).encode()).stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "مرحبا بالعالم" in shown


def test_on_a_narrow_terminal_lines_are_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    for arguments in ((), ("-l", "30")):
        assert max(map(len, run("explain", str(BRIDGE), *arguments).stdout.splitlines())) <= 80
    assert max(map(len, run("explain", str(BRIDGE)).stdout.splitlines())) <= 50
