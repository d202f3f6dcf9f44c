"""What labelled pages hold, and whether that is enough to train on.

The limits are rules of thumb, in the manner of spaCy's `debug data`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.training.findings import Finding, Severity, counted

FEW_PAGES = 20
"""Pages from which a model of one's own can be worth its while ..."""
FEW_SITES = 5
"""... and sites, since a site's furniture repeats on all its pages."""
FEW_LINES = {Label.HEADLINE: 20, Label.BODY: 200, Label.TEASER: 100, Label.NAV: 200}
"""Lines of each label below which it is hardly learned."""
MANY_UNDECIDED = 0.5
"""Share of undecided lines from which a page teaches little."""
GROUPINGS = ("kind", "lang", "renderer")
"""What is known of pages by which they are counted."""
LIST_KINDS = ("listing", "collection")
"""Kinds of page whose text is other pages' titles, so that it need not have a body."""

_NO_HEADLINE = "label its title headline wherever it is printed, or, if it is no article, say so with its '# kind:'"
_NO_BODY = "label its text body, or, if it is no article, say so with its '# kind:'"
_NOTHING = "nothing, if the page really has none"


@dataclass(frozen=True)
class Inventory:
    """What labelled pages hold.

    Attributes:
        pages: How many pages.
        sites: Of how many sites.
        lines: Lines that are not blank.
        labels: Lines of each label.
        undecided: Lines that have none.
        groups: For each of `GROUPINGS` the pages of each group, the largest first; "unknown" where it is not said.
    """

    pages: int
    sites: int
    lines: int
    labels: dict[Label, int]
    undecided: int
    groups: dict[str, dict[str, int]]

    @classmethod
    def of(cls, pages: Sequence[LabelledPage]) -> Inventory:
        """Count."""
        labels = Counter(label for page in pages for label in page.labels if label is not None)
        lines = sum(len(page.page.numbers) for page in pages)
        groups = {
            key: dict(Counter(page.page.meta.get(key) or "unknown" for page in pages).most_common())
            for key in GROUPINGS
        }
        sites = len({page.page.site for page in pages})
        return cls(len(pages), sites, lines, {label: labels[label] for label in LABELS}, lines - labels.total(), groups)

    def record(self) -> dict[str, Any]:
        """The counts as JSON has them."""
        return {
            "pages": self.pages, "sites": self.sites, "lines": self.lines,
            "labels": {str(label): count for label, count in self.labels.items()},
            "undecided": self.undecided, **self.groups,
        }  # fmt: skip

    def __str__(self) -> str:
        pages, sites, lines = counted(self.pages, "page"), counted(self.sites, "site"), counted(self.lines, "line")
        rows = [f"{pages} of {sites}, {lines}"]
        for name, count in [*self.labels.items(), ("undecided", self.undecided)]:
            rows.append(f"  {name:10}{count:>10,} lines {count / max(1, self.lines):6.1%}")
        rows += [
            f"  {key + ':':10}{_listed(counts)}" for key, counts in self.groups.items() if set(counts) != {"unknown"}
        ]
        return "\n".join(rows)


def _listed(counts: dict[str, int], most: int = 8) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:most]]
    more = len(counts) - most
    return ", ".join(shown) + (f" and {more} others" if more > 0 else "")


def check_size(inventory: Inventory) -> Iterator[Finding]:
    """Say what there is too little of to train on."""
    for label, count in inventory.labels.items():
        if count == 0:
            yield Finding(
                Severity.ERROR, "no lines of a label", f"no line is labelled {label}, and training needs every label",
                f"label pages that have {label} lines; `copytaster guide` tells what they are",
            )  # fmt: skip
        elif count < FEW_LINES[label]:
            yield Finding(
                Severity.WARNING, "few lines of a label",
                f"{label} has only {counted(count, 'line')}; fewer than {FEW_LINES[label]} hardly teach it",
                "label more pages that have such lines",
            )  # fmt: skip
    if inventory.pages < FEW_PAGES:
        yield Finding(
            Severity.WARNING, "few pages",
            f"only {counted(inventory.pages, 'page')}; fewer than {FEW_PAGES} teach little",
            "label more pages, from as many sites as you can",
        )  # fmt: skip
    if inventory.sites < FEW_SITES:
        one = inventory.sites == 1
        yield Finding(
            Severity.WARNING, "few sites",
            f"all pages are of {'one site' if one else f'{inventory.sites} sites'}"
            + ("; scores by held-out page say nothing of other sites" if one else ""),
            "give pages their '# url:' or '# site:' if they are of more, or label pages of other sites",
        )  # fmt: skip


def check_contents(pages: Sequence[LabelledPage]) -> Iterator[Finding]:
    """Say which pages have no headline, no body, or hardly a label."""
    for page in pages:
        lines = len(page.page.numbers)
        found = Counter(label for label in page.labels if label is not None)
        undecided = 1 - found.total() / max(1, lines)
        kind = page.page.meta.get("kind") or "article"
        severity = Severity.WARNING if kind == "article" else Severity.INFO
        headline, body = (_NO_HEADLINE, _NO_BODY) if kind == "article" else (_NOTHING, _NOTHING)
        if undecided >= MANY_UNDECIDED:
            yield Finding.on(
                page, Severity.INFO, "undecided", f"{undecided:.0%} of its {lines:,} lines are undecided",
                "label them if the page is to teach much",
            )  # fmt: skip
            continue
        if not found[Label.HEADLINE]:
            yield Finding.on(page, severity, "no headline", f"no line of this {kind} is a headline", headline)
        if not found[Label.BODY] and kind not in LIST_KINDS:
            yield Finding.on(page, severity, "no body", f"no line of this {kind} is body", body)
