"""What the roles in a page's HTML say of its blocks: rules, and how far each can be trusted.

The first rule that applies to a block counts, so a rule that is not precise enough to be believed still keeps those
below it off the blocks that it applies to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from copytaster.labels.label import Label
from copytaster.model.wording import columns, ends_like_sentence, says_something
from copytaster.training.blocks import MAX_LINKED, Block

SHORT = 25
"""Columns up to which a line is too short to be a story's title."""
LONG = 40
"""Columns from which a link is a story's title and hardly the name of a thing."""
MIN_BLURB = 50
"""Columns of the shortest blurb."""


@dataclass(frozen=True)
class Setting:
    """A block and where it stands on its page.

    Attributes:
        block: The block.
        in_main: Whether it is in the element that holds most of the prose.
        place: -1 before the first paragraph there, 1 behind the last, 0 between these.
        is_below_title: Whether it comes after the page's main heading.
        is_title: Whether its text is the page's title.
    """

    block: Block
    in_main: bool
    place: int
    is_below_title: bool
    is_title: bool

    def within(self, *regions: str) -> bool:
        """Whether it is in one of the regions."""
        return not self.block.regions.isdisjoint(regions)

    @property
    def width(self) -> int:
        """Columns of its text."""
        return columns(self.block.text)

    @property
    def is_in_text(self) -> bool:
        """Whether it is between the first and the last paragraph and not made of links."""
        return self.in_main and self.place == 0 and self.block.linked <= MAX_LINKED

    @property
    def is_story_title(self) -> bool:
        """Whether it is nothing but a link, as long as a story's title."""
        return self.block.is_linked_title

    @property
    def is_blurb(self) -> bool:
        """Whether it can be the text under a story's title."""
        return self.width >= MIN_BLURB and not self.is_in_text and not self.within("byline", "form", "nav", "footer")


@dataclass(frozen=True)
class Rule:
    """What a role in the HTML says of a block.

    Attributes:
        name: As the reports name it.
        label: The label of the blocks to which it applies.
        applies: Whether it does.
        precision: The share of lines it labels as readers do, measured on the tuning sites.
    """

    name: str
    label: Label
    applies: Callable[[Setting], bool]
    precision: float


_MENU = ("nav", "header", "footer", "form")
_FURNITURE = ("nav", "header", "footer", "aside", "form", "promo", "share", "breadcrumb", "tags")

RULES: tuple[Rule, ...] = (
    Rule("page title", Label.HEADLINE, lambda s: s.block.is_title, 0.98),
    Rule("comments", Label.NAV, lambda s: s.within("comments") and not s.block.is_linked_title, 0.89),
    Rule("breadcrumb", Label.NAV, lambda s: s.within("breadcrumb"), 0.99),
    Rule("main heading", Label.HEADLINE, lambda s: s.is_title and s.block.heading == 1, 0.95),
    Rule("title in menu", Label.NAV, lambda s: s.is_title and s.within("nav", "footer"), 0.69),
    Rule("title in list", Label.TEASER, lambda s: s.is_title and s.within("related", "card", "li"), 0.57),
    Rule("title in lower heading", Label.HEADLINE, lambda s: s.is_title and s.block.heading > 1, 0.78),
    Rule("title elsewhere", Label.HEADLINE, lambda s: s.is_title, 0.64),
    Rule(
        "other main heading",
        Label.HEADLINE,
        lambda s: s.block.heading == 1 and not s.within(*_FURNITURE, "card") and s.place < 0,
        0.80,
    ),
    # stories
    Rule(
        "long card title in related",
        Label.TEASER,
        lambda s: (
            s.within("card")
            and s.within("related")
            and s.is_story_title
            and s.width >= LONG
            and not s.within("nav", "footer")
        ),
        0.94,
    ),
    Rule(
        "card title in related",
        Label.TEASER,
        lambda s: s.within("card") and s.within("related") and s.is_story_title and not s.within("nav", "footer"),
        0.47,
    ),
    Rule("linked title in menu", Label.NAV, lambda s: s.within(*_MENU) and s.is_story_title and s.width < LONG, 0.95),
    Rule(
        "long linked title in menu",
        Label.NAV,
        lambda s: s.within(*_MENU) and s.is_story_title and not s.within("card"),
        0.75,
    ),
    Rule(
        "long card title in menu",
        Label.TEASER,
        lambda s: s.within(*_MENU) and s.is_story_title and s.within("card"),
        0.49,
    ),
    Rule(
        "long card title in aside",
        Label.TEASER,
        lambda s: s.within("card") and s.within("aside", "promo") and s.is_story_title and s.width >= LONG,
        0.91,
    ),
    Rule(
        "card title in aside",
        Label.TEASER,
        lambda s: s.within("card") and s.within("aside", "promo") and s.is_story_title,
        0.44,
    ),
    Rule(
        "card title in the text",
        Label.TEASER,
        lambda s: s.within("card") and s.in_main and s.place == 0 and s.is_story_title,
        0.27,
    ),
    Rule("long card title", Label.TEASER, lambda s: s.within("card") and s.is_story_title and s.width >= LONG, 0.86),
    Rule("card title", Label.TEASER, lambda s: s.within("card") and s.is_story_title, 0.43),
    Rule(
        "long title in related",
        Label.TEASER,
        lambda s: s.within("related") and s.is_story_title and s.width >= LONG,
        0.87,
    ),
    Rule("title in related", Label.TEASER, lambda s: s.within("related") and s.is_story_title, 0.40),
    Rule(
        "linked heading in the text",
        Label.BODY,
        lambda s: s.block.heading > 1 and s.is_story_title and s.in_main and s.place == 0,
        0.63,
    ),
    Rule("linked heading", Label.TEASER, lambda s: s.block.heading > 1 and s.is_story_title, 0.58),
    Rule(
        "card blurb in related", Label.TEASER, lambda s: s.within("card") and s.within("related") and s.is_blurb, 0.91
    ),
    Rule("card blurb", Label.TEASER, lambda s: s.within("card") and s.is_blurb and not s.in_main, 0.53),
    Rule("blurb in related", Label.TEASER, lambda s: s.within("related") and not s.in_main and s.is_blurb, 0.60),
    Rule("card furniture", Label.NAV, lambda s: s.within("card") and not s.is_in_text and s.width <= SHORT, 0.97),
    Rule(
        "furniture in related", Label.NAV, lambda s: s.within("related") and not s.is_in_text and s.width <= SHORT, 0.92
    ),
    # furniture
    Rule("linked title in aside", Label.NAV, lambda s: s.within("aside") and s.is_story_title, 0.68),
    Rule("form", Label.NAV, lambda s: s.within("form") and not s.is_in_text, 0.99),
    Rule("menu", Label.NAV, lambda s: s.within("nav") and not s.is_in_text, 0.99),
    Rule("footer", Label.NAV, lambda s: s.within("footer") and not s.is_in_text, 0.99),
    Rule("share", Label.NAV, lambda s: s.within("share") and not s.block.is_prose, 0.95),
    Rule("byline", Label.NAV, lambda s: s.within("byline") and not (s.block.is_prose and s.is_in_text), 0.95),
    Rule(
        "figure",
        Label.NAV,
        lambda s: s.within("figure") and not s.within("li", "cell", "code") and not s.block.heading,
        0.89,
    ),
    Rule("promo", Label.NAV, lambda s: s.within("promo"), 0.94),
    Rule("tags", Label.NAV, lambda s: s.within("tags") and not s.block.is_prose and not s.block.heading, 0.84),
    Rule("aside", Label.NAV, lambda s: s.within("aside") and not s.in_main and not s.block.is_prose, 0.82),
    Rule("prose in aside", Label.NAV, lambda s: s.within("aside") and not s.in_main, 0.26),
    Rule(
        "header",
        Label.NAV,
        lambda s: s.within("header") and not s.within("standfirst") and not s.block.is_prose and not s.block.heading,
        0.94,
    ),
    # the article
    Rule(
        "standfirst",
        Label.TEASER,
        lambda s: s.within("standfirst") and s.is_below_title and s.place < 0 and s.width >= MIN_BLURB,
        0.73,
    ),
    Rule(
        "prose in article body", Label.BODY, lambda s: s.within("article body") and s.in_main and s.block.is_prose, 0.97
    ),
    Rule("paragraph between", Label.BODY, lambda s: s.is_in_text and s.block.is_prose and s.within("p"), 0.94),
    Rule("prose between", Label.BODY, lambda s: s.is_in_text and s.block.is_prose, 0.89),
    Rule("heading between", Label.BODY, lambda s: s.is_in_text and s.block.heading > 1, 0.94),
    Rule("quote or code between", Label.BODY, lambda s: s.is_in_text and s.within("quote", "code"), 0.97),
    Rule("list between", Label.BODY, lambda s: s.is_in_text and s.within("li"), 0.92),
    Rule("cell between", Label.BODY, lambda s: s.is_in_text and s.within("cell"), 1.00),
    Rule(
        "sentence between",
        Label.BODY,
        lambda s: s.is_in_text and s.within("p") and ends_like_sentence(s.block.text),
        0.89,
    ),
    Rule("short paragraph between", Label.BODY, lambda s: s.is_in_text and s.within("p"), 0.83),
    Rule(
        "short paragraph behind",
        Label.BODY,
        lambda s: s.in_main and s.within("p") and s.place > 0 and s.block.linked <= MAX_LINKED,
        0.74,
    ),
    # the rest
    Rule("link behind", Label.NAV, lambda s: s.place > 0 and s.block.linked > 0.9, 0.82),
    Rule("link before", Label.NAV, lambda s: s.place < 0 and s.block.linked > 0.9, 0.92),
    Rule("short before", Label.NAV, lambda s: s.place < 0 and s.width <= SHORT, 0.60),
    Rule("short behind", Label.NAV, lambda s: s.place > 0 and s.width <= SHORT and not s.in_main, 0.82),
    Rule("no letters", Label.NAV, lambda s: not says_something(s.block.text), 0.82),
)
"""In the order in which they are tried. `benchmarks/roles.py` measures their precision."""
