"""Labels from the roles in the HTML, on pages written for these tests, in every renderer."""

import pytest

from copytaster.dumps.renderers import installed, render
from copytaster.labels import Label
from copytaster.training.blocks import Document, same_title
from copytaster.training.roles import roles, rules_of
from copytaster.training.rules import RULES

HEADLINE = "The ferry that nobody wanted to sell"
PARAGRAPHS = [
    "When the harbour board met on Tuesday evening, the old ferry was not on the agenda, and yet three of the seven"
    " members had brought photographs of it in their coat pockets.",
    "She was built for a crossing of nine minutes, and has made it more than four hundred thousand times, in fog, in"
    " ice, and once with a circus elephant whose name the logbook spells in two ways.",
    "A buyer from the south offered twice what the accountants had expected. The board asked for a week to think, and"
    " after that for another, until the buyer found a ship elsewhere.",
]
STORIES = [
    "Council votes to plant lime trees along the canal",
    "How a retired baker repaired the town hall clock",
    "Swimmers return to the river after eleven years",
]
MENU = ["Harbour", "Council", "Weather desk"]
PAGE = f"""
<html><head><title>{HEADLINE} - The Quay Gazette</title><meta property="og:title" content="{HEADLINE}"></head>
<body class="has-sidebar with-comments">
<header><nav class="main"><ul>{"".join(f'<li><a href="/{name}">{name}</a></li>' for name in MENU)}</ul></nav></header>
<div id="page" class="promo-layout"><main><article>
<h1>{HEADLINE}</h1>
<div class="byline">By Odile Farrow</div>
<div class="article-body">
<p>{PARAGRAPHS[0]}</p>
<figure><div>picture</div><figcaption>The ferry at her berth last winter</figcaption></figure>
<p>{PARAGRAPHS[1]}</p>
<h2>Nine minutes across</h2>
<p>{PARAGRAPHS[2]}</p>
</div></article></main>
<section class="related"><h3>Related</h3><ul>
{"".join(f'<li class="item"><a href="/{n}">{story}</a><span> 3 May</span></li>' for n, story in enumerate(STORIES))}
</ul></section>
<section id="comments"><p>{PARAGRAPHS[0].replace("harbour", "village").replace("ferry", "steamer")}</p></section>
</div>
<footer><p>All rights reserved by the Quay Gazette of the northern shore</p></footer>
</body></html>
"""


def labels_of(html, rows, **options):
    return dict(zip((row.strip() for row in rows), roles(html, rows, **options), strict=True))


@pytest.mark.parametrize("renderer", installed())
def test_every_part_of_a_page_gets_the_label_of_its_role(renderer):
    rows = render(PAGE, renderer)
    labels = roles(PAGE, rows)
    text = {label: " ".join(row for row, one in zip(rows, labels, strict=True) if one is label) for label in Label}
    folded = {label: " ".join(found.split()) for label, found in text.items()}
    for paragraph in PARAGRAPHS:
        assert paragraph in folded[Label.BODY]
    assert "Nine minutes across" in folded[Label.BODY]
    assert HEADLINE in folded[Label.HEADLINE]
    for story in STORIES:
        assert story in folded[Label.TEASER]
    for furniture in (*MENU, "By Odile Farrow", "All rights reserved", "the old steamer"):
        assert furniture in folded[Label.NAV]
    caption = "The ferry at her berth last winter"  # which resiliparse leaves out
    assert caption in folded[Label.NAV] or caption not in " ".join(rows)


def test_blank_rows_have_no_label_and_every_row_has_a_place():
    rows = ["", *PARAGRAPHS, ""]
    labels = roles(PAGE, rows)
    assert labels == [None, Label.BODY, Label.BODY, Label.BODY, None]


def test_rules_that_are_not_precise_enough_leave_rows_undecided():
    rows = render(PAGE, "wet")
    assert not any(roles(PAGE, rows, min_precision=1.01))
    every = roles(PAGE, rows, min_precision=0.0)
    assert sum(label is None for label in every) <= sum(label is None for label in roles(PAGE, rows))


def test_a_wrapper_does_not_make_furniture_of_the_page_inside_it():
    for name in ("promo", "sidebar", "comments", "menu"):
        wrapped = PAGE.replace('class="promo-layout"', f'class="{name}"')
        assert roles(wrapped, PARAGRAPHS) == [Label.BODY] * 3


def test_an_aside_with_the_same_paragraphs_is_not_the_article():
    aside = f"<aside class='promo'><p>{PARAGRAPHS[2].replace('buyer', 'sponsor')}</p></aside>"
    html = PAGE.replace("</main>", f"</main>{aside}")
    row = PARAGRAPHS[2].replace("buyer", "sponsor")
    assert labels_of(html, [*PARAGRAPHS, row])[row] is not Label.BODY


def test_short_linked_names_in_a_menu_are_no_teasers():
    names = ["Ships and boats for hire", "Rules of the old harbour", "Maps of the northern shore"]
    menu = "".join(f'<li><a href="/{n}">{name}</a></li>' for n, name in enumerate(names))
    html = PAGE.replace("<footer>", f"<footer><ul>{menu}</ul>")
    assert set(labels_of(html, names).values()) == {Label.NAV}


def test_a_rule_is_named_once_and_has_a_precision():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(0 < rule.precision <= 1 for rule in RULES)


@pytest.mark.parametrize(
    "html", ["", "<p>", "plain words", "<!-- only a comment -->", "<?xml version='1.0' encoding='utf-8'?><p>x"]
)
def test_pages_that_say_nothing_leave_rows_undecided(html):
    rows = ["A line that is nowhere in the page", ""]
    assert roles(html, rows) == [None, None]


def test_a_row_that_the_html_does_not_have_has_no_rule():
    row = "Words that were only ever in another dump altogether"
    assert rules_of(PAGE, [row]) == [None]


def test_elements_nested_far_too_deep_are_no_error():
    assert len(roles("<div>" * 3000 + PARAGRAPHS[0], [PARAGRAPHS[0]])) == 1


def test_text_behind_comments_and_within_links_belongs_to_its_block():
    html = '<p>One <!-- no --> two <a href="/x">three four</a> five<script>never()</script> six</p>'
    (block,) = Document.of(html).blocks
    assert block.text == "One two three four five six"
    assert block.links == 1
    assert block.linked == pytest.approx(9 / 22)


def test_titles_are_read_from_the_metadata():
    data = '<script type="application/ld+json">[{"headline": "Le quai \\"d\\u00e9sert\\""}]</script>'
    html = (
        f'<meta name="twitter:title" content=" Quay ">{data}<title>Quay | Gazette</title><svg><title>icon</title></svg>'
    )
    assert Document.of(html).titles == ["Quay", 'Le quai "désert"', "Quay | Gazette"]


@pytest.mark.parametrize(
    ("text", "title", "same"),
    [
        (HEADLINE, f"{HEADLINE} | The Quay Gazette", True),
        (HEADLINE, f"The Quay Gazette: {HEADLINE.upper()}", True),
        ("The Quay Gazette", f"{HEADLINE} | The Quay Gazette", False),
        ("ferry", "ferry", False),
        (PARAGRAPHS[0], HEADLINE, False),
    ],
)
def test_a_title_is_the_same_without_the_name_of_the_site(text, title, same):
    assert same_title(text, title) is same
