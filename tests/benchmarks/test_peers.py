"""What is compared with keeps to its rules, and its failures stay its own."""

import shutil
import time
from pathlib import Path

import pytest
from peers import Extraction, Tool, c4_lines, extraction, justext_lines, keep_every_line, renderers, tools


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("The wall kept the tide out.", True),
        ('"The wall kept the tide."', True),
        ("Did the wall hold up?  ", True),
        ("The wall kept the tide out", False),
        ("The wall held up.", False),  # four words
        ("Please enable JavaScript to read this.", False),
        ("Lorem Ipsum is simply dummy text.", False),
        ("function f() { return 1; } ends here.", False),
    ],
)
def test_c4_keeps_lines_that_read_like_sentences(line: str, kept: bool) -> None:
    assert c4_lines(["Home", line]) == (line if kept else "")


def test_every_line_is_kept_in_order() -> None:
    assert keep_every_line(["Home", "Rain."]) == "Home\nRain."


def test_justext_is_given_each_line_as_a_paragraph() -> None:
    sentence = (
        "The wall that was built in the spring kept the tide out of the harbour, and so it was that all of it held. "
    )
    assert justext_lines(["Home", "A < B & C", sentence * 3, "Login"], "en") == (sentence * 3).strip()
    assert justext_lines([sentence * 3], "?") == (sentence * 3).strip()


def failing(html: str, lang: str) -> Extraction:
    raise RecursionError(html + lang)


def test_a_tool_that_raises_has_failed_on_that_page_alone() -> None:
    assert extraction(Tool("t", "1", failing), "x", "en") == Extraction(failed="RecursionError")


def test_a_tool_is_stopped_at_the_time_limit_even_if_it_catches_everything() -> None:
    def slow(html: str, lang: str) -> Extraction:
        try:
            time.sleep(20)
        except Exception:
            time.sleep(20)
        return Extraction("too late")

    start = time.monotonic()
    assert extraction(Tool("t", "1", slow), "x", "en", limit=0.05) == Extraction(failed="time limit")
    assert time.monotonic() - start < 10


def test_outputs_are_cached_by_tool_version_page_and_language(tmp_path: Path) -> None:
    calls = []

    def count(html: str, lang: str) -> Extraction:
        calls.append(html)
        return Extraction(html.upper(), title="Räin")

    tool = Tool("a tool", "1/2", count)
    first = extraction(tool, "x", "en", tmp_path)
    assert extraction(tool, "x", "en", tmp_path) == first == Extraction("X", title="Räin")
    assert calls == ["x"]
    extraction(Tool("a tool", "2", count), "x", "en", tmp_path)
    extraction(tool, "y", "en", tmp_path)
    extraction(tool, "x", "de", tmp_path)
    assert calls == ["x", "x", "y", "x"]


def test_errors_are_cached_but_time_outs_are_not(tmp_path: Path) -> None:
    extraction(Tool("t", "1", failing), "x", "en", tmp_path)
    assert extraction(Tool("t", "1", lambda *_: Extraction("fine")), "x", "en", tmp_path).failed == "RecursionError"

    def slow(html: str, lang: str) -> Extraction:
        time.sleep(20)
        return Extraction()

    extraction(Tool("t", "2", slow), "x", "en", tmp_path, limit=0.05)
    assert extraction(Tool("t", "2", lambda *_: Extraction("fine")), "x", "en", tmp_path) == Extraction("fine")


def test_renderers_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "render.py"
    file.write_text("RENDERERS = {'halves': lambda html: [html[:2], html[2:]]}\n")
    (tool,) = renderers(file, ("halves",))
    # a line with a line break in it stays one line
    assert extraction(tool, "abc\nd", "").text == "ab\nc d"
    with pytest.raises(ValueError, match="no such renderer: quarters"):
        renderers(file, ("quarters",))


@pytest.mark.parametrize("name", ["lynx", "w3m"])
def test_text_browsers_render_where_installed(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (tool,) = renderers(None, (name,))
    lines = extraction(tool, "<ul><li>Täglich<li>新聞</ul><p>Rain.", "").text.split("\n")
    assert [line.strip(" *•") for line in lines if line.strip()] == ["Täglich", "新聞", "Rain."]


def test_an_unknown_peer_is_named() -> None:
    with pytest.raises(ValueError, match="no such peer: boilerpipe"):
        tools(["boilerpipe"])
    assert tools([]) == []
