"""Labels from the roles in the HTML: what a page's markup says each line was for.

1. `copytaster.training.blocks` cuts the HTML into blocks of text, each with the regions it stands in.
2. The first of the `RULES` that applies to a block gives it a label. Each rule has a name and a precision, which
   `benchmarks/roles.py` measured on pages labelled by reading.
3. The blocks' words are aligned with those of the dump, whatever renderer made it, and each of its lines takes the
   rule of the block that most of its letters come from.

Lines to which no rule applies, or only one that is less precise than asked for, are undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from copytaster.labels.label import Label
from copytaster.model.wording import columns, says_something, words
from copytaster.training.alignment import carry_marks
from copytaster.training.blocks import MAX_LINKED, Block, Document, same_title

MIN_PRECISION = 0.85
"""Precision from which a rule is believed."""
SHORT = 25
"""Columns up to which a line is too short to be a story's title."""
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
    def is_list_text(self) -> bool:
        """Whether it is in the running text and not made of links."""
        return self.in_main and self.place == 0 and self.block.linked <= MAX_LINKED


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


_FURNITURE = ("nav", "header", "footer", "aside", "form", "promo", "share", "breadcrumb", "tags")

RULES: tuple[Rule, ...] = (
    Rule("page title", Label.HEADLINE, lambda s: s.block.is_title, 0),
    Rule("no letters", Label.NAV, lambda s: not says_something(s.block.text) and not s.within("code"), 0),
    Rule("comments", Label.NAV, lambda s: s.within("comments") and not s.block.is_linked_title, 0),
    Rule("breadcrumb", Label.NAV, lambda s: s.within("breadcrumb"), 0),
    Rule("main heading", Label.HEADLINE, lambda s: s.block.heading == 1 and s.is_title, 0),
    Rule("headline property", Label.HEADLINE, lambda s: s.within("headline") and s.is_title, 0),
    Rule(
        "title in other heading",
        Label.HEADLINE,
        lambda s: s.is_title and s.block.heading > 1 and not s.within("related", "card"),
        0,
    ),
    Rule("only main heading", Label.HEADLINE, lambda s: s.block.heading == 1 and not s.within(*_FURNITURE, "card"), 0),
    Rule("title in list", Label.TEASER, lambda s: s.is_title and s.within("related", "card", "li"), 0),
    Rule("title elsewhere", Label.HEADLINE, lambda s: s.is_title, 0),
    # Stories
    Rule("card title in related", Label.TEASER, lambda s: s.within("card") and s.within("related") and s.block.is_linked_title, 0),
    Rule("card title in furniture", Label.TEASER, lambda s: s.within("card") and s.within(*_FURNITURE) and s.block.is_linked_title, 0),
    Rule("card title in the text", Label.TEASER, lambda s: s.within("card") and s.is_list_text and s.block.is_linked_title, 0),
    Rule("card title", Label.TEASER, lambda s: s.within("card") and s.block.is_linked_title, 0),
    Rule("title in related", Label.TEASER, lambda s: s.within("related") and s.block.is_linked_title, 0),
    Rule("linked heading", Label.TEASER, lambda s: s.block.heading > 1 and s.block.is_linked_title, 0),
    Rule("card blurb", Label.TEASER, lambda s: s.within("card") and not s.is_list_text and not s.within("byline","form","nav") and s.width >= MIN_BLURB, 0),
    Rule("blurb in related", Label.TEASER, lambda s: s.within("related") and not s.in_main and not s.within("byline","form","nav") and s.width >= MIN_BLURB, 0),
    Rule("card furniture", Label.NAV, lambda s: s.within("card") and not s.is_list_text and s.width <= SHORT, 0),
    Rule("furniture in related", Label.NAV, lambda s: s.within("related") and not s.is_list_text and s.width <= SHORT, 0),
    # Furniture
    Rule("link title in nav", Label.TEASER, lambda s: s.within("nav", "header") and s.block.is_linked_title and s.width>=40, 0),
    Rule("link title in aside", Label.TEASER, lambda s: s.within("aside") and s.block.is_linked_title, 0),
    Rule("form", Label.NAV, lambda s: s.within("form") and not s.is_list_text, 0),
    Rule("menu", Label.NAV, lambda s: s.within("nav") and not s.block.is_prose, 0),
    Rule("footer", Label.NAV, lambda s: s.within("footer") and not s.is_list_text, 0),
    Rule("share", Label.NAV, lambda s: s.within("share") and not s.block.is_prose, 0),
    Rule("promo", Label.NAV, lambda s: s.within("promo") and not s.is_list_text, 0),
    Rule("figure", Label.NAV, lambda s: s.within("figure"), 0),
    Rule("byline", Label.NAV, lambda s: s.within("byline") and not (s.block.is_prose and s.is_list_text), 0),
    Rule("tags", Label.NAV, lambda s: s.within("tags") and not s.block.is_prose, 0),
    Rule("aside", Label.NAV, lambda s: s.within("aside") and not s.in_main and not s.block.is_prose, 0),
    Rule("prose in aside", Label.NAV, lambda s: s.within("aside") and not s.in_main, 0),
    Rule("header", Label.NAV, lambda s: s.within("header") and not s.in_main and not s.within("standfirst"), 0),
    # The article
    Rule("standfirst", Label.TEASER, lambda s: s.within("standfirst") and s.is_below_title and s.place < 0 and s.width >= MIN_BLURB, 0),
    Rule("prose in article body", Label.BODY, lambda s: s.within("article body") and s.in_main and s.block.is_prose, 0),
    Rule("paragraph between", Label.BODY, lambda s: s.is_list_text and s.block.is_prose and s.within("p"), 0),
    Rule("prose between", Label.BODY, lambda s: s.is_list_text and s.block.is_prose, 0),
    Rule("heading between", Label.BODY, lambda s: s.is_list_text and s.block.heading > 1, 0),
    Rule("quote or code", Label.BODY, lambda s: s.is_list_text and s.within("quote", "code"), 0),
    Rule("list between", Label.BODY, lambda s: s.is_list_text and s.within("li"), 0),
    Rule("cell between", Label.BODY, lambda s: s.is_list_text and s.within("cell"), 0),
    Rule("short paragraph between", Label.BODY, lambda s: s.is_list_text and s.within("p"), 0),
    Rule("link alone between", Label.TEASER, lambda s: s.in_main and s.place == 0 and s.block.is_linked_title, 0),
    Rule("links between", Label.NAV, lambda s: s.in_main and s.place == 0 and s.block.linked > 0.9, 0),
    # The rest
    Rule("list of linked titles", Label.TEASER, lambda s: s.block.is_linked_title and s.within("li"), 0),
    Rule("linked title", Label.TEASER, lambda s: s.block.is_linked_title, 0),
    Rule("links", Label.NAV, lambda s: s.block.linked > 0.6, 0),
    Rule("below the title", Label.NAV, lambda s: s.is_below_title and s.place < 0 and s.width <= SHORT, 0),
    Rule("prose below title", Label.TEASER, lambda s: s.is_below_title and s.place < 0 and s.block.is_prose, 0),
    Rule("short before", Label.NAV, lambda s: s.place < 0 and s.width <= SHORT, 0),
    Rule("short behind", Label.NAV, lambda s: s.place > 0 and s.width <= SHORT, 0),
    Rule("short outside", Label.NAV, lambda s: not s.in_main and s.width <= SHORT, 0),
    Rule("main prose behind", Label.BODY, lambda s: s.in_main and s.block.is_prose, 0),
    Rule("prose outside", Label.NAV, lambda s: s.block.is_prose, 0),
    Rule("before", Label.NAV, lambda s: s.place < 0, 0),
    Rule("behind", Label.NAV, lambda s: s.place > 0, 0),
    Rule("rest", Label.BODY, lambda s: True, 0),
)
_BY_NAME = {rule.name: rule for rule in RULES}


def rules_of(html: str, rows: Sequence[str]) -> list[Rule | None]:
    """The rule that applies to each row of a page's dump.

    Args:
        html: The page.
        rows: The rows of its dump by any renderer, hard-wrapped or not.

    Returns:
        One rule a row; None for a blank row and one of which the HTML says nothing.

    Raises:
        RendererMissingError: If lxml is not installed.
    """
    document = Document.of(html)
    found = [_rule(setting) for setting in settings(document)]
    names = [rule and rule.name for rule in found]
    headlines = [rule.name for rule in RULES if rule.label is Label.HEADLINE]
    carried = carry_marks([block.text for block in document.blocks], names, rows, whole_lines=headlines)
    return [name and _BY_NAME[name] for name in carried]  # type: ignore


def roles(html: str, rows: Sequence[str], *, min_precision: float = MIN_PRECISION) -> list[Label | None]:
    """Label the rows of a page's dump by the roles in its HTML.

    Args:
        html: The page.
        rows: The rows of its dump by any renderer, hard-wrapped or not.
        min_precision: Rules whose measured precision is below leave a row undecided.

    Returns:
        One label a row; None for a blank row and one that is undecided.

    Raises:
        RendererMissingError: If lxml is not installed.
    """
    return [rule.label if rule and rule.precision >= min_precision else None for rule in rules_of(html, rows)]


def settings(document: Document) -> list[Setting]:
    """The blocks of a page with where they stand on it."""
    first, last = document.span
    heading = next((i for i, block in enumerate(document.blocks) if _is_main_heading(block, document)), None)
    found = []
    for index, block in enumerate(document.blocks):
        place = -1 if index < first else 1 if index > last else 0
        is_title = any(same_title(block.text, title) for title in document.titles)
        is_below = heading is not None and index > heading
        found.append(Setting(block, document.in_main[index], place, is_below, is_title))
    return found


def _is_main_heading(block: Block, document: Document) -> bool:
    if block.is_title or block.regions & {"related", "card"}:
        return False
    is_titled = any(same_title(block.text, title) for title in document.titles)
    return (block.heading > 0 and is_titled) or (block.heading == 1 and len(words(block.text)) > 1)


def _rule(setting: Setting) -> Rule | None:
    return next((rule for rule in RULES if rule.applies(setting)), None)
