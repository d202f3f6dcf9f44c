import re
from html.parser import HTMLParser

import pytest

from copytaster.dumps.markup import DOUBTFUL, MOST_SHOWN, STYLE, lines_markup, percent
from copytaster.labels.label import LABELS, Label
from copytaster.model.article import LabelledLine

# From https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
_CONTRAST_AA = 4.5


def line(number: int, text: str, label: Label = Label.BODY, probability: float = 0.97) -> LabelledLine:
    rest = (1 - probability) / (len(LABELS) - 1)
    return LabelledLine(
        number, text, label, probability, {one: probability if one == label else rest for one in LABELS}
    )


class Texts(HTMLParser):
    """The texts of a document by the class of their element, and all tags."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._class = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._class = dict(attrs).get("class") or ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self._class.split(" ")[0], []).append(data)


def test_a_line_comes_with_its_number_label_and_probability() -> None:
    texts = Texts(lines_markup([line(3, "Old bridge closed", Label.HEADLINE), line(5, "Buses")])).texts
    assert texts == {
        "number": ["3", "5"],
        "label": ["headline", "body"],
        "probability": ["97 %", "97 %"],
        "text": ["Old bridge closed", "Buses"],
    }


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a & b &amp; <!-- c"])
def test_a_line_is_text_whatever_it_looks_like(text: str) -> None:
    shown = Texts(lines_markup([line(1, text)]))
    assert "".join(shown.texts["text"]) == text
    assert set(shown.tags) == {"ol", "li", "span"}


def test_what_html_has_no_place_for_is_replaced() -> None:
    markup = lines_markup([line(1, "a\ud800b\x00c\x1b[31md\x85\uffff")])
    assert Texts(markup).texts["text"] == ["a\ufffdb\ufffdc\ufffd[31md\ufffd\ufffd"]
    markup.encode("utf-8")


def test_a_very_long_line_is_cut_and_says_so() -> None:
    shown = Texts(lines_markup([line(1, "x" * 100_000)])).texts
    assert shown["text"] == ["x" * MOST_SHOWN]
    assert shown["cut"] == [" … 96,000 more characters"]


def test_each_line_finds_its_own_direction() -> None:
    assert '<span class="text" dir="auto">أغلق الجسر القديم</span>' in lines_markup([line(1, "أغلق الجسر القديم")])


def test_doubt_is_told_in_words_with_the_runner_up() -> None:
    sure, doubtful = line(1, "Sure", probability=DOUBTFUL), line(2, "Unsure", probability=DOUBTFUL - 0.01)
    texts = Texts(lines_markup([sure, doubtful])).texts
    assert texts["remark"] == ["doubtful: headline 9\u00a0%"]


def test_doubtful_lines_lead_to_the_next_where_there_are_anchors() -> None:
    lines = [line(1, "a", probability=0.5), line(2, "b"), line(7, "c", probability=0.5)]
    markup = lines_markup(lines, anchor="page-1")
    assert re.findall(r'id="([^"]*)"', markup) == ["page-1-1", "page-1-2", "page-1-7"]
    assert re.findall(r'href="([^"]*)"', markup) == ["#page-1-7"]
    assert "id=" not in lines_markup(lines)


def test_where_reading_says_otherwise_the_line_tells() -> None:
    lines = [line(1, "a"), line(2, "b"), line(3, "c")]
    markup = lines_markup(lines, [Label.NAV, Label.BODY, None])
    assert Texts(markup).texts["remark"] == ["reading says nav"]
    assert markup.count("wrong") == 1


def test_a_truth_for_each_line_is_asked_for() -> None:
    with pytest.raises(ValueError, match="shorter"):
        lines_markup([line(1, "a")], [])


def test_blank_lines_leave_a_gap() -> None:
    assert lines_markup([line(1, "a"), line(2, "b"), line(4, "c")]).count("after-blank") == 1


def test_certainty_is_never_rounded_to() -> None:
    shown = [percent(p) for p in (1.0, 0.9999, 0.994, 0.5, 0.0049, 0.0)]
    assert shown == ["100 %", "> 99 %", "99 %", "50 %", "< 1 %", "0 %"]


def test_the_style_needs_nothing_from_outside() -> None:
    assert not re.search(r"url\(|@import|https?:|//", STYLE)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["paper", "raised", "wrong-paper"])
@pytest.mark.parametrize("ink", ["ink", "faint", *LABELS, "wrong"])
def test_every_colour_has_the_contrast_of_wcag_aa(theme: int, paper: str, ink: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", STYLE.split(":root {")[theme + 1]))
    light, dark = sorted((luminance(colours[paper]), luminance(colours[ink])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= _CONTRAST_AA
