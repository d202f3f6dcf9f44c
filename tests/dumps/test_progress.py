"""How far a command is: a bar on a terminal only, problems always."""

import io

from copytaster.dumps.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_than_on_a_terminal_only_problems_are_shown() -> None:
    stream = io.StringIO()
    with Progress(stream, total=10) as progress:
        progress.say("reading")
        progress.advance(5)
        progress.count()
        progress.fail("a.txt: [bold]not text")
    assert stream.getvalue() == "a.txt: [bold]not text\n"
    assert not progress.is_shown


def test_a_terminal_shows_the_share_that_is_done_and_problems_as_they_are() -> None:
    stream = Terminal()
    with Progress(stream, total=10) as progress:
        progress.advance(5)
        progress._last = 0  # long ago: it is time to show the count
        progress.count()
        progress.fail("a.txt: [bold]not text")
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
    assert stream.getvalue() == ""


def test_the_summary_counts_what_was_done_and_what_failed() -> None:
    progress = Progress(io.StringIO())
    progress.count()
    assert progress.summary().startswith("1 pages, in ")
    progress.fail("b.txt: not text")
    assert progress.summary().startswith("1 pages, 1 failed, in ")
