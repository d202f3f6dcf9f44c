"""Byline and date as printed."""

import pytest

from copytaster.model.byline import byline
from copytaster.model.months import MONTHS
from copytaster.model.published import Furniture, find_date, published

NONE = Furniture([])


@pytest.mark.parametrize(
    ("line", "printed", "day"),
    [
        ("Published March 3, 2024 10:15", "March 3, 2024 10:15", (2024, 3, 3)),
        ("3. Mai 2024, 17:47", "3. Mai 2024, 17:47", (2024, 5, 3)),
        ("Stand: 26.04.2024, 20:44 Uhr", "26.04.2024, 20:44 Uhr", (2024, 4, 26)),
        ("2024年5月3日", "2024年5月3日", (2024, 5, 3)),
        ("2019年4月19日（金） 09時39分", "2019年4月19日（金） 09時39分", (2019, 4, 19)),
        ("입력 2026.07.12 22:09", "2026.07.12 22:09", (2026, 7, 12)),
        ("2025년 6월 4일", "2025년 6월 4일", (2025, 6, 4)),
        ("2024-05-03", "2024-05-03", (2024, 5, 3)),
        ("15 de mayo de 2025", "15 de mayo de 2025", (2025, 5, 15)),
        ("Publié le 1er août 2023", "1er août 2023", (2023, 8, 1)),
        ("14 мая 2025", "14 мая 2025", (2025, 5, 14)),
        ("١٢ مايو ٢٠٢٤", "١٢ مايو ٢٠٢٤", (2024, 5, 12)),
        ("Jan. 5th, 2021 at 1:06 PM ET", "Jan. 5th, 2021 at 1:06 PM ET", (2021, 1, 5)),
        ("12/31/23", "12/31/23", (2023, 31, 12)),
        ("by The TimesNovember 21, 2025", "November 21, 2025", (2025, 11, 21)),
        ("3 Ekim", "3 Ekim", (None, 10, 3)),
        ("2024•05•03", "2024•05•03", (2024, 5, 3)),
    ],
)
def test_dates_of_many_notations_are_found_as_printed(line, printed, day):
    date = find_date(line)
    assert line[date.start : date.end] == printed
    assert (date.year, *sorted((date.month, date.day))) == (day[0], *sorted(day[1:]))


@pytest.mark.parametrize(
    "line", ["", "5 min read", "10:15", "Page 3 of 12", "1.5.2", "45/77/2024", "may 99", "12 stories", "x" * 999]
)
def test_other_numbers_are_no_dates(line):
    assert find_date(line) is None


def test_every_month_has_names_and_no_name_is_capitalised():
    assert set(MONTHS.values()) == set(range(1, 13))
    assert all(name == name.lower() for name in MONTHS)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Updated 5 May 2024", "Published 3 May 2024"], "3 May 2024"),
        (["Last updated:", "5 May 2024", "3 May 2024"], "3 May 2024"),
        (["Share", "5 May", "3 May 2024"], "3 May 2024"),
        (["A procession on the river bank of the old town on 1 May 2020", "3 May 2024"], "3 May 2024"),
        (["Updated 5 May 2024"], "5 May 2024"),
        (["Share", "Print"], None),
        (
            ["By JD, in Harbour, Ferries, Timetables, Weather reports · 3 May 2024, 20:02 · 0 Comments"],
            "3 May 2024, 20:02",
        ),
        (["Posted together with all of its pictures and tables on 3 May 2024", "Read on", "4 May"], "3 May 2024"),
    ],
)
def test_the_first_publication_is_preferred(lines, expected):
    assert published(Furniture(lines)) == expected


def test_places_are_searched_in_order():
    assert published(Furniture(["3 May 2024"]), Furniture(["1 May 2024"])) == "3 May 2024"
    assert published(Furniture(["3 May"]), Furniture(["1 May 2024"])) == "1 May 2024"


def test_an_update_under_the_headline_comes_before_dates_of_other_places():
    assert published(Furniture(["Last Modified: 3 May 2024"]), Furniture(["1 May 2024"])) == "3 May 2024"
    caption = Furniture(["The ferries that were taken out of service in the harbour of the old town, 3 May 2024"])
    assert published(caption, Furniture(["1 May 2024"])) == "1 May 2024"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["By Jane Doe"], "By Jane Doe"),
        (["By Jane Doe, Staff writer"], "By Jane Doe, Staff writer"),
        (["By Korin MillPublished: Jan 29, 2025"], "By Korin Mill"),
        (["Von Max Muster, Zürich"], "Von Max Muster, Zürich"),
        (["Par Anne Petit"], "Par Anne Petit"),
        (["Share", "Von", "Anne Petit", "Max Muster", "Drucken"], "Von Anne Petit, Max Muster"),
        (["Author of the article:", "Joseph Brown"], "Joseph Brown"),
        (["Written By", "Jane Doe", "3 May 2024"], "Jane Doe"),
        (["September 10, 2011 at 1:06 PM ET by Kate Sabo"], "by Kate Sabo"),
        (["BySarah Lane"], "BySarah Lane"),
        (["Written byJane Doe"], "Written byJane Doe"),
        (["Kommentar von Jana Muster"], "Kommentar von Jana Muster"),
        (["Guide by Jane Doe Former Deputy Editor"], "Guide by Jane Doe Former Deputy Editor"),
        (["Posted by Jane Doe on 2025-12-18 in travel. Tags: trains, slow travel, night"], "Posted by Jane Doe"),
        (["December 20, 2025 by Jane Doe - 5 Comments on Do you need it?"], "by Jane Doe"),
        (["Bypass opened"], None),
        (["By Jane Doe, local democracy reporter"], "By Jane Doe, local democracy reporter"),
        (["By the Sea, local democracy is a word that nobody uses in the long summer months any more"], None),
        (["Colour: Green", "3 May 2024"], None),
        (["Jane Doe", "3 May 2024"], "Jane Doe"),
        (["Jane Doe | John Roe", "2 hours ago"], "Jane Doe | John Roe"),
        (["Jane Doe · Valley News · Posted: Aug 08, 2024"], "Jane Doe · Valley News"),
        (["文＝小暮ひさ"], "文＝小暮ひさ"),
        (["김철수 기자"], "김철수 기자"),
        (["Photograph by Jane Doe"], None),
        (["Share On Facebook", "3 May 2024"], None),
        (["by far the best of all the gardens"], None),
        (["John Smith", "3 May 2024"], None),  # the man the article is about
        (["Read more", "Print", ""], None),
        (["By", "The Harbour Team", "Full Bio"], "By The Harbour Team"),
        (["By Valleypost with Agencies"], "By Valleypost"),
        (["Harbour, Top Story | Published: 5 hours ago | Written by Jane Doe"], "by Jane Doe"),
        (["Author Posted by Harbour on December 20, 2024"], "by Harbour"),
        (["AFP", "28.04.2023 | 17:52 Uhr"], "AFP"),
        (["Von dpa 30.04.2024, 18:58"], "Von dpa"),
        (["Published on 3 May 2024, 14:26, Jane Doe"], "Jane Doe"),
        (["May 1, 2024May 3, 2024Jane Doe"], "Jane Doe"),
        (["May 3, 2024 · 30 min · 6279 words · Jane Doe"], "Jane Doe"),
        (["Jane Doe, Ana Ruiz (Enviada especial)"], "Jane Doe, Ana Ruiz (Enviada especial)"),
        (["山田 花子", "2025/1/21 20:50"], "山田 花子"),
        (["Race Results"], None),  # words of the text
        (["Colour Chart 2"], None),
        (["(BUTTON) Abonnieren", "3 May 2024"], None),  # as `lynx` prints buttons
        (["Author of the article:", "Joseph Brown", "(BUTTON) Abonnieren"], "Joseph Brown"),
    ],
)
def test_the_author_is_found_as_printed(lines, expected):
    assert byline(Furniture(lines), NONE, NONE, ["John Smith won the race; all results."]) == expected


def test_a_name_alone_counts_only_near_the_headline():
    names = Furniture(["Jane Doe"])
    assert byline(names, NONE, NONE, []) == "Jane Doe"
    assert byline(NONE, names, NONE, []) is None
    assert byline(NONE, NONE, Furniture(["Share", "Jane Doe"]), []) is None
    assert byline(NONE, NONE, Furniture(["By Jane Doe"]), []) == "By Jane Doe"


def test_times_and_minutes_of_reading_stand_beside_names_as_dates_do():
    page = ["Share", "Print", "Mail", "Save", "Listen", "Follow", "Menu", "Jane Doe"]
    assert byline(Furniture(page), NONE, NONE, []) is None
    assert byline(Furniture([*page, "9 min read"]), NONE, NONE, []) == "Jane Doe"
    assert byline(Furniture([*page, "9:51"]), NONE, NONE, []) == "Jane Doe"


def test_the_signature_under_the_text_counts_where_nothing_else_tells():
    signature = Furniture(["Jane Doe", "Ann Oak"])
    assert byline(NONE, NONE, signature, []) == "Jane Doe"
    assert byline(NONE, NONE, signature, ["Jane Doe won the race."]) is None
    assert byline(Furniture(["By Max Roe"]), NONE, signature, []) == "By Max Roe"


def test_the_text_itself_may_begin_or_end_with_a_line_that_says_by():
    assert (
        byline(NONE, NONE, NONE, [], Furniture(["Von Jana Muster, Radio Beispiel"]))
        == "Von Jana Muster, Radio Beispiel"
    )
    assert byline(NONE, NONE, NONE, [], Furniture(["Jana Muster"])) is None
    assert byline(NONE, NONE, NONE, [], Furniture(["By the river, all is quiet."])) is None


def test_bullets_before_a_byline_are_the_renderers_not_the_authors():
    under = Furniture(["* by Marian Oakes ●", "* 31 May, 2023"])
    assert byline(under, NONE, NONE, []) == "by Marian Oakes"
    assert published(under) == "31 May, 2023"
