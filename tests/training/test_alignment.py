"""Labels carried over to another rendering: by the words, whatever became of the lines."""

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.labels import Label, LabelledPage, Page
from copytaster.training.alignment import carry

H, B, T, N = Label.HEADLINE, Label.BODY, Label.TEASER, Label.NAV

HARBOUR = [
    (N, "Home"),
    (N, "Local"),
    (N, "Sport"),
    (H, "Harbour ferry returns after a decade ashore"),
    (T, "The Aurora will cross the bay four times a day from June."),
    (N, "By Maren Holt"),
    (B, "The ferry Aurora left the dry dock on Tuesday morning, cheered by some two hundred people on the quay."),
    (B, "Her owners spent three winters on the hull, and another on the engine, before the inspectors were content."),
    (N, "The Aurora under tow in 2016. Photo: Town archive"),
    (B, "Tickets cost four crowns; children and bicycles travel free until the end of August."),
    (N, "Related stories"),
    (T, "Bridge toll to rise next spring"),
    (T, "Fishermen welcome a new ice house"),
    (N, "About us"),
    (N, "Privacy"),
]

MARKET = [
    (N, "ホーム"),
    (N, "地域"),
    (H, "港町の朝市、十年ぶりに再開"),
    (B, "港の広場で日曜日、朝市が十年ぶりに開かれ、近くの村から三十軒ほどの農家が野菜や果物を並べた。"),
    (B, "主催者は「来月からは毎週続けたい」と話し、駐車場を増やすよう町に求めている。"),
    (N, "関連記事"),
    (T, "橋の通行料、来春から値上げへ"),
    (N, "会社概要"),
]


def labelled(lines):
    return LabelledPage(Page(tuple(text for _, text in lines)), tuple(label for label, _ in lines))


def page(*rows):
    return Page(tuple(rows))


def wrapped(text, width):
    rows, row = [], ""
    for word in text.split():
        if row and len(row) + 1 + len(word) > width:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}".strip()
    return [*rows, row]


@pytest.mark.parametrize("lines", [HARBOUR, MARKET], ids=["spaced", "unspaced"])
def test_the_same_rendering_gets_the_same_labels(lines):
    carried = carry(labelled(lines), labelled(lines).page)
    assert carried.labels == tuple(label for label, _ in lines)
    assert carried.known == carried.known_text == 1


@pytest.mark.parametrize("lines", [HARBOUR, MARKET], ids=["spaced", "unspaced"])
def test_bullets_indentation_blank_rows_and_case_do_not_matter(lines):
    rows = list(itertools.chain.from_iterable((f"     • {text.upper()}", "") for _, text in lines))
    carried = carry(labelled(lines), page(*rows))
    assert carried.labels == tuple(itertools.chain.from_iterable((label, None) for label, _ in lines))
    assert carried.known == 1


def test_every_row_of_a_wrapped_line_gets_the_label_of_the_line_and_back():
    rows, expected = [], []
    for label, text in HARBOUR:
        pieces = wrapped(text, 44)
        rows += [*pieces, ""]
        expected += [label] * len(pieces) + [None]
    there = carry(labelled(HARBOUR), page(*rows))
    assert there.labels == tuple(expected)
    back = carry(there.complete(), labelled(HARBOUR).page)
    assert back.labels == tuple(label for label, _ in HARBOUR)


def test_lines_that_another_renderer_joined_take_the_label_of_most_of_the_text():
    rows = ["Home Local Sport", f"{HARBOUR[5][1]} {HARBOUR[6][1]}", f"{HARBOUR[12][1]} About us"]
    assert carry(labelled(HARBOUR), page(*rows)).labels == (N, B, T)


def test_cells_printed_beside_each_other_are_found_out_of_order():
    left, right = wrapped(HARBOUR[6][1], 60), wrapped(HARBOUR[7][1], 60)
    rows = [f"{one:62s}{other}" for one, other in zip(left, right, strict=True)]
    assert set(carry(labelled(HARBOUR), page("Home", *rows, "Privacy")).labels[1:-1]) == {B}


def test_a_block_that_moved_takes_its_labels_along():
    moved = HARBOUR[10:] + HARBOUR[:10]
    assert carry(labelled(HARBOUR), labelled(moved).page).labels == tuple(label for label, _ in moved)


def test_of_lines_that_read_alike_each_gets_the_label_of_its_place():
    lines = [*HARBOUR[:7], (N, "Aurora"), *HARBOUR[7:10], (B, "Aurora"), *HARBOUR[10:]]
    lines += [(T, HARBOUR[3][1])]  # the own headline among the most read
    assert carry(labelled(lines), labelled(lines).page).labels == tuple(label for label, _ in lines)


@pytest.mark.parametrize(
    "line",
    [
        "Harbour ferry returns after a decade ashore | The Bay Courier",
        "The Bay Courier: Harbour ferry returns after a decade ashore",
        "After a decade ashore, the harbour ferry Aurora returns - The Bay Courier",
    ],
)
def test_a_page_title_is_a_headline(line):
    assert carry(labelled(HARBOUR), page(line, *labelled(HARBOUR).page.rows)).labels == (
        H,
        *(label for label, _ in HARBOUR),
    )


def test_a_title_that_nothing_but_the_html_tells_is_a_headline():
    rows = ["Ahoy again! – The Bay Courier", *labelled(HARBOUR).page.rows]
    assert carry(labelled(HARBOUR), page(*rows)).labels[0] is None
    assert carry(labelled(HARBOUR), page(*rows), title=rows[0]).labels[0] is H


def test_a_caption_that_goes_on_after_the_headline_is_no_headline():
    caption = HARBOUR[3][1] + " and nobody in the whole town was more content about it than the baker, who sold out"
    rows = [text for _, text in HARBOUR[:9]] + [caption] + [text for _, text in HARBOUR[9:]]
    assert carry(labelled(HARBOUR), page(*rows)).labels[9] is not H


def test_a_line_without_words_has_the_label_it_usually_has_and_is_else_a_separator():
    source = labelled([(N, "Home"), (N, "|"), (B, "if (ferry) {"), (B, "  sail();"), (B, "}"), (N, "Privacy")])
    assert carry(source, page("|", "if (ferry) {", "sail();", "   }", "___", "Privacy")).labels == (N, B, B, B, N, N)


def test_what_the_labelled_rendering_did_not_print_is_unknown_and_then_nav():
    rows = ["Accept all cookies", HARBOUR[6][1], "", "***", "IMG_2041.jpg"]
    carried = carry(labelled(HARBOUR), page(*rows))
    assert carried.labels == (None, B, None, N, None)
    assert carried.known == 0.5
    assert 0.7 < carried.known_text < 1
    assert carried.complete() == LabelledPage(carried.page, (N, B, None, N, N))
    assert carried.complete(Label.TEASER).labels == (T, B, None, N, T)


@pytest.mark.parametrize("empty", [(), ("",), ("", "")])
def test_a_page_without_text_has_nothing_unknown(empty):
    assert carry(labelled(HARBOUR), page(*empty)).known == 1
    source = LabelledPage(Page(empty), tuple(None for _ in empty))
    assert carry(source, labelled(HARBOUR).page).known == 0


WORDS = st.sampled_from(["ferry", "bay", "the", "of", "港", "朝市", "—", "_", "2041", "Aurora", "\u200bquay"])
LINES = st.lists(st.tuples(st.sampled_from(list(Label)), st.lists(WORDS, min_size=1, max_size=6).map(" ".join)))


@settings(max_examples=60, deadline=None)
@given(LINES, LINES)
def test_any_two_pages_align_to_a_label_or_none_for_printed_rows_alone(one, other):
    target = labelled(other).page
    carried = carry(labelled(one), target)
    assert len(carried.labels) == len(target.rows)
    assert carried == carry(labelled(one), target)
    assert [label is None for label in carried.complete().labels] == [not row for row in target.rows]
    told = {label for label, _ in one} | {N, H}
    assert {label for label in carried.labels if label} <= told


@pytest.mark.parametrize(
    ("vocabulary", "seconds"),
    [(3000, 15), (40, 15), (2, 15)],
    ids=["usual", "monotonous", "two words"],
)
def test_very_long_pages_take_bounded_time(vocabulary, seconds):
    rng = random.Random(5)
    lines = [
        (rng.choice([B, N]), " ".join(f"w{rng.randrange(vocabulary)}" for _ in range(rng.randrange(1, 12))))
        for _ in range(20_000)
    ]
    other = [f"{one} {two}" for (_, one), (_, two) in itertools.pairwise(rng.sample(lines, 200) + lines[300:])]
    start = time.process_time()
    carried = carry(labelled(lines), page(*other))
    assert time.process_time() - start < seconds
    assert len(carried.labels) == len(other)
