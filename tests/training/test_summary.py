"""What training says of the pages it was given."""

from copytaster.labels import Label, LabelledPage, Page
from copytaster.training.summary import summary


def test_pages_sites_and_the_lines_of_every_label_are_counted_without_blank_rows() -> None:
    rows, labels = ("Home", "", "A mill", "It opened."), (Label.NAV, None, Label.HEADLINE, Label.BODY)
    pages = [
        LabelledPage(Page(rows, f"{n}", f"https://www.{site}.example/{n}"), labels) for n, site in enumerate("aab")
    ]
    assert summary(pages).splitlines() == [
        "trained on 3 pages of 2 sites, 9 lines",
        "  headline           3 lines",
        "  body               3 lines",
        "  teaser             0 lines",
        "  nav                3 lines",
    ]
    assert summary(pages[:1], "0123").startswith("trained on 1 page of 1 site, 3 lines, on top of model 0123\n")
