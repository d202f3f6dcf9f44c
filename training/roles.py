"""Labels from the roles in the HTML: what a page's markup says each line was for.

1. `copytaster.training.blocks` cuts the HTML into blocks of text, each with the regions it stands in.
2. The first of the rules in `copytaster.training.rules` that applies to a block gives it a label. Each has a name and
   a precision, measured on pages labelled by reading.
3. The blocks' words are aligned with those of the dump, whatever renderer made it, and each of its lines takes the
   rule of the block that most of its letters come from.

Lines to which no rule applies, or only one that is less precise than asked for, are undecided.
"""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.labels.label import Label
from copytaster.model.wording import says_something, words
from copytaster.training.alignment import carry_marks
from copytaster.training.blocks import Block, Document, same_title
from copytaster.training.rules import RULES, Rule, Setting

MIN_PRECISION = 0.85
"""Precision from which a rule is believed."""
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
    names = [rule.name if rule else None for rule in found]
    headlines = [rule.name for rule in RULES if rule.label is Label.HEADLINE]
    carried = carry_marks([block.text for block in document.blocks], names, rows, whole_lines=headlines)
    return [
        _BY_NAME[name] if name else _BY_NAME["no letters"] if row and not says_something(row) else None
        for name, row in zip(carried, rows, strict=True)
    ]


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
