"""Pages on which a body line may repeat another."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.labels import LABELS, Label, Page
from copytaster.model.echoes import may_repeat
from copytaster.model.lines import pack
from copytaster.model.paragraphs import paragraphs

BODY, NAV = LABELS.index(Label.BODY), LABELS.index(Label.NAV)
LONG = "The bridge over the river stays closed until its engineers have looked at every one of the arches."
PULLED = "until its engineers have looked at every one of the arches."
OTHER = "The ferry takes people and bicycles across instead, four times an hour and without a charge."


def found(*pages, labels=None):
    lines = dataclasses.replace(pack([Page(tuple(rows)) for rows in pages]), compile=True)
    labels = np.full(len(lines), BODY, dtype=np.int8) if labels is None else np.array(labels, dtype=np.int8)
    return may_repeat(lines, labels).tolist()


def test_only_pages_that_print_something_twice_are_marked():
    assert found([LONG, OTHER], [LONG, OTHER, LONG], [PULLED, OTHER, LONG], [OTHER]) == [False, True, True, False]


def test_only_body_lines_count():
    assert found([LONG, OTHER, LONG], labels=[BODY, BODY, NAV]) == [False]


def test_short_lines_may_stand_twice():
    assert found(["Advertisement", LONG, "Advertisement"]) == [False]


def test_what_is_not_compiled_rules_nothing_out():
    lines = dataclasses.replace(pack([Page((LONG, OTHER))]), compile=False)
    assert may_repeat(lines, np.full(2, BODY, dtype=np.int8)).tolist() == [True]


def test_lines_of_one_word_over_and_over_take_no_time():
    assert found(["word " * 200_000 + "end.", "word " * 400_000, OTHER]) == [False]


WORDS = st.sampled_from(
    ["rain", "Rain", "the", "x", "7", "42", "a-b", "it's", "雨が降る", "雨", "비가", "—", "“", ".", "…"]
)
ROWS = st.lists(st.lists(WORDS, min_size=5, max_size=16).map(" ".join), min_size=2, max_size=4)


@settings(max_examples=300, deadline=None)
@given(ROWS, st.data())
def test_no_page_is_ruled_out_that_leaves_a_line_out(rows, data):
    source = data.draw(st.sampled_from(rows))
    start = data.draw(st.integers(0, len(source) - 1))
    rows = [*rows, (source[start : data.draw(st.integers(start + 1, len(source)))] + ".").strip()]
    lines = dataclasses.replace(pack([Page(tuple(rows))]), compile=True)
    body = range(len(lines))
    left_out = len(paragraphs(lines.pages[0], body)[1]) < len(lines)
    assert may_repeat(lines, np.full(len(lines), BODY, dtype=np.int8)).tolist() == [True] or not left_out
