"""Labels that contradict each other: furniture labelled one way here and another there, sites on both sides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from copytaster.labels.label import Label
from copytaster.labels.page import LabelledPage
from copytaster.training.findings import Finding, Severity, place_of, shown

OWN_TITLE = frozenset({Label.HEADLINE, Label.TEASER})
"""Labels that a line may have on different pages with good reason: a story's title is its page's headline and a teaser
on every other page."""
CLEAR = 2 / 3
"""Share of the pages of a site on which a line has its usual label, from which the other pages are thought wrong."""

_ADVICE = "label the line alike on all pages of the site, unless it does another thing here"


def check_furniture(pages: Sequence[LabelledPage]) -> Iterator[Finding]:
    """Say which lines are labelled differently on pages of one site."""
    by_site: dict[str, list[LabelledPage]] = defaultdict(list)
    for page in pages:
        by_site[page.page.site].append(page)
    for site, of_site in by_site.items():
        if len(of_site) > 1:
            yield from _inconsistent(site, of_site)


def _inconsistent(site: str, pages: Sequence[LabelledPage]) -> Iterator[Finding]:
    uses: dict[str, dict[int, tuple[int, Label]]] = defaultdict(dict)
    for index, page in enumerate(pages):
        for text, (number, label) in _plain_lines(page).items():
            uses[text][index] = (number, label)
    for text, on in uses.items():
        counts = Counter(label for _, label in on.values())
        if len(counts) < 2 or set(counts) <= OWN_TITLE:
            continue
        (usual, count), *_ = counts.most_common()
        example = next(index for index, (_, label) in on.items() if label is usual)
        for index, (number, label) in on.items():
            if label is usual or {usual, label} <= OWN_TITLE:
                continue
            clear = count >= CLEAR * len(on)
            yield Finding.on(
                pages[index], Severity.WARNING if clear else Severity.INFO, "inconsistent furniture",
                f"{shown(text)} is {label} here and {usual} on {count} other page{'s' * (count != 1)} of {site}, "
                f"as at {place_of(pages[example], on[example][0])}",
                _ADVICE, line=number, details={"label": str(label), "usual": str(usual)},
            )  # fmt: skip


def _plain_lines(page: LabelledPage) -> dict[str, tuple[int, Label]]:
    """The lines with letters that have one label wherever they occur on the page, with their first number."""
    found: dict[str, tuple[int, Label]] = {}
    mixed = set()
    for number in page.page.numbers:
        label = page.labels[number - 1]
        text = page.page.rows[number - 1].strip()
        if label is None or not any(map(str.isalpha, text)):
            continue
        if text in found and found[text][1] is not label:
            mixed.add(text)
        found.setdefault(text, (number, label))
    return {text: value for text, value in found.items() if text not in mixed}


def check_split(pages: Sequence[LabelledPage], against: Sequence[LabelledPage]) -> Iterator[Finding]:
    """Say which sites have pages on both sides of a split."""
    there: dict[str, LabelledPage] = {}
    for page in against:
        there.setdefault(page.page.site, page)
    counts = Counter(page.page.site for page in pages)
    seen = set()
    for page in pages:
        site = page.page.site
        if site in there and site not in seen:
            seen.add(site)
            yield Finding.on(
                page, Severity.ERROR, "site on both sides",
                f"{site} has {counts[site]} page{'s' * (counts[site] != 1)} here and others on the other side of the "
                f"split, as {place_of(there[site])}: a score there is too good",
                "move all pages of the site to one side", details={"site": site},
            )  # fmt: skip
