"""How far a command is: a bar on a terminal only, problems always, and the same for machines."""

import io
import json

from copytaster.dumps import PageError
from copytaster.dumps.progress import JsonLog, Progress

ERROR = PageError("a.txt", None, "unreadable", "[bold]not text; no")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_than_on_a_terminal_only_problems_are_shown() -> None:
    stream = io.StringIO()
    with Progress(stream, total=10) as progress:
        progress.say("reading")
        progress.advance(5)
        progress.count()
        progress.fail(ERROR)
    assert stream.getvalue() == "a.txt: [bold]not text; no\n"


def test_a_terminal_shows_the_share_that_is_done_and_problems_as_they_are() -> None:
    stream = Terminal()
    with Progress(stream, total=10) as progress:
        progress.advance(5)
        progress._clock._last = 0  # long ago: it is time to show the count
        progress.count()
        progress.fail(ERROR)
    assert "50%" in stream.getvalue()
    assert "1 pages" in stream.getvalue()
    assert "a.txt: [bold]not text" in stream.getvalue()


def test_a_terminal_shows_a_counter_where_the_total_is_unknown() -> None:
    stream = Terminal()
    with Progress(stream) as progress:
        progress.say("fitting")
    assert "fitting" in stream.getvalue()
    assert "%" not in stream.getvalue()


def test_an_unwanted_bar_is_not_shown_on_a_terminal() -> None:
    stream = Terminal()
    with Progress(stream, False) as progress:
        progress.count()
    progress.end()
    assert stream.getvalue() == ""


def test_the_end_sums_up_where_pages_failed_or_it_is_wanted() -> None:
    for wanted in (False, True):
        stream = io.StringIO()
        progress = Progress(stream, sums_up=wanted, names_failures=False)
        progress.count()
        progress.end()
        assert stream.getvalue().startswith("1 page, in ") is wanted
        progress.fail(ERROR)
        progress.end("stopped")
        problem, summary = stream.getvalue().splitlines()[-2:]
        assert problem == "copytaster: stopped"
        assert summary.startswith("1 page, 1 failed (1 [bold]not text), in ")


def test_a_log_for_machines_has_an_object_a_line() -> None:
    stream = io.StringIO()
    with JsonLog(stream, total=100, about={"output": "a.jsonl"}) as log:
        log.advance(50)
        log.count(empty=False)
        log._clock._last = 0  # long ago
        log.count(empty=True)
        log.fail(ERROR)
        log.note("going on")
    log.end("stopped")
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["start", "progress", "error", "note", "end"]
    start, progress, error, _, end = events
    assert (start["output"], start["bytes_total"]) == ("a.jsonl", 100)
    assert (progress["pages"], progress["bytes"], progress["empty"]) == (2, 50, 1)
    assert progress["seconds_left"] >= 0
    assert (error["id"], error["kind"]) == ("a.txt", "unreadable")
    assert (end["problem"], end["failed"], end["reasons"]) == ("stopped", 1, {"[bold]not text": 1})
