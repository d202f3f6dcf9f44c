"""How far labels from the roles in the HTML, and silver labels made with them, agree with labels made by reading.

    python benchmarks/roles.py GOLD CORPORA [--model FILE] [--note TEXT] [-o docs/silver.md]

GOLD is a folder of labelled pages, CORPORA the folder with the collections that they come from, by the names in their
key `source`. Rules were tuned on the sites whose crc32 modulo 5 is 1 to 4; the others are reported apart.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpora import CorpusPage, load_corpora, sample
from sklearn.metrics import cohen_kappa_score
from tables import MIN_GROUP

from copytaster.dumps.renderers import RenderingError, installed, render
from copytaster.labels import LABELS, Label, LabelledPage, Page
from copytaster.model.classifier import Classifier, load
from copytaster.training.alignment import carry
from copytaster.training.roles import MIN_PRECISION, roles, rules_of
from copytaster.training.rules import RULES
from copytaster.training.silver import KnownText, silver

COLLECTIONS = ("wcxb", "fundus")
"""Collections that know the text of their pages."""
RENDERED = 100
"""Pages that are rendered anew by every renderer."""
SETS = {"tuning": range(1, 5), "reserved": range(1)}
Pair = tuple[Label, Label | None]  # as read, as derived


@dataclass
class Agreement:
    """Lines labelled both ways.

    Attributes:
        pages: How many pages they are from.
        pairs: How many lines have each pair of labels.
    """

    pages: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter)

    def add(self, gold: Sequence[Label | None], derived: Sequence[Label | None]) -> None:
        """Count the lines of one more page; those that were not labelled by reading do not count."""
        self.pages += 1
        self.pairs.update((true, given) for true, given in zip(gold, derived, strict=True) if true is not None)

    def cells(self) -> list[str]:
        """Pages, lines, coverage, agreement, kappa, and precision and recall of each label."""
        decided = {pair: count for pair, count in self.pairs.items() if pair[1] is not None}
        lines, known = self.pairs.total(), sum(decided.values())
        right = sum(count for (true, given), count in decided.items() if true is given)
        cells = [f"{self.pages}", f"{lines}", _share(known, lines), _share(right, known), f"{_kappa(decided):.3f}"]
        for label in LABELS:
            hit = self.pairs[label, label]
            given = sum(count for (_, other), count in decided.items() if other is label)
            true = sum(count for (other, _), count in self.pairs.items() if other is label)
            cells.append(f"{_share(hit, given)} / {_share(hit, true)}")
        return cells


HEAD = ["pages", "lines", "coverage", "agreement", "kappa", *LABELS]


def _kappa(pairs: dict[Pair, int]) -> float:
    """Cohen's kappa of weighted pairs of labels."""
    if not pairs:
        return float("nan")
    true, given = zip(*pairs, strict=True)
    return float(cohen_kappa_score(true, given, labels=list(LABELS), sample_weight=list(pairs.values())))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def by_rule(pages: Iterable[tuple[CorpusPage, LabelledPage, str]]) -> str:
    """How often each rule gives the label that reading gave, as a table in Markdown."""
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    sites: dict[str, set[str]] = defaultdict(set)
    for page, gold, html in pages:
        name = "reserved" if page.fold in SETS["reserved"] else "tuning"
        for true, rule in zip(gold.labels, rules_of(html, gold.page.rows), strict=True):
            if true is not None and rule is not None:
                lines[name][rule.name] += 1
                hits[name][rule.name] += rule.label is true
                sites[rule.name].add(page.site)
    rows = [
        [
            rule.name,
            str(rule.label),
            "yes" if rule.precision >= MIN_PRECISION else "",
            str(len(sites[rule.name])),
            *(
                cell
                for name in SETS
                for cell in (str(lines[name][rule.name]), _share(hits[name][rule.name], lines[name][rule.name]))
            ),
        ]
        for rule in RULES
    ]
    return table(["rule", "label", "believed", "sites", "lines", "precision", "reserved lines", "precision"], rows, 3)


def by_set(pages: Sequence[tuple[CorpusPage, LabelledPage, str]]) -> str:
    """The agreement of the roles with reading, on tuning and reserved sites and by kind, as a table in Markdown."""
    found: dict[str, Agreement] = defaultdict(Agreement)
    kinds = Counter(page.kind for page, _, _ in pages)
    for page, gold, html in pages:
        derived = roles(html, gold.page.rows)
        name = next(name for name, folds in SETS.items() if page.fold in folds)
        found[f"{name} sites"].add(gold.labels, derived)
        found[f"kind: {page.kind if kinds[page.kind] >= MIN_GROUP else 'other'}"].add(gold.labels, derived)
    return table(["", *HEAD], [[name, *found[name].cells()] for name in sorted(found, key=_tuning_first)])


def _tuning_first(name: str) -> tuple[bool, bool, str]:
    return name.startswith("kind"), name.startswith("reserved"), name


def by_renderer(pages: Sequence[tuple[CorpusPage, LabelledPage, str]]) -> str:
    """The agreement on some pages in each rendering, as a table in Markdown."""
    chosen = {page.id for page in sample([page for page, _, _ in pages], RENDERED)}
    found: dict[str, Agreement] = {name: Agreement() for name in installed()}
    for page, gold, html in pages:
        if page.id not in chosen:
            continue
        for name, agreement in found.items():
            try:
                dump = Page(tuple(render(html, name)))
            except RenderingError:
                continue
            agreement.add(carry(gold, dump).labels, roles(html, dump.rows))
    return table(["renderer", *HEAD], [[name, *agreement.cells()] for name, agreement in found.items()])


def with_known_text(pages: Iterable[tuple[CorpusPage, LabelledPage, str]], classifier: Classifier) -> str:
    """The agreement of silver labels with reading, with and without the roles, as a table in Markdown."""
    found: dict[tuple[str, str], Agreement] = defaultdict(Agreement)
    for page, gold, html in pages:
        if page.corpus not in COLLECTIONS or not page.text:
            continue
        known = KnownText(page.text.split("\n"), page.title)
        told = roles(html, gold.page.rows)
        name = next(name for name, folds in SETS.items() if page.fold in folds)
        ways = {
            "known text": silver(gold.page, known),
            "known text and model": silver(gold.page, known, classifier),
            "known text and roles": silver(gold.page, known, roles=told),
            "known text, roles and model": silver(gold.page, known, classifier, told),
        }
        for way, labelled in ways.items():
            if labelled is not None:
                found[way, name].add(gold.labels, labelled.labels)
    rows = [
        [way, name, *agreement.cells()]
        for (way, name), agreement in sorted(found.items(), key=lambda i: i[0][1] == "reserved")
    ]
    return table(["labels from", "sites", *HEAD], rows, 2)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """A table in Markdown whose columns after the first few hold figures."""
    ruler = "|" + "---|" * texts + "---:|" * (len(head) - texts)
    return "\n".join(["| " + " | ".join(head) + " |", ruler, *("| " + " | ".join(row) + " |" for row in rows)])


def labelled_pages(gold: Path, corpora: Path) -> Iterator[tuple[CorpusPage, LabelledPage, str]]:
    """The pages labelled by reading whose HTML is at hand."""
    folders = [corpora / name for name in COLLECTIONS if (corpora / name).is_dir()]
    for page in load_corpora([*folders, gold], corpora):
        html = page.html()
        if page.gold and html:
            yield page, page.gold, html


def report(pages: Sequence[tuple[CorpusPage, LabelledPage, str]], classifier: Classifier, note: str | None) -> str:
    """The whole report as Markdown."""
    parts = [
        "# Silver labels",
        "Labels that no one read a line for, held against those made by reading. Made by `benchmarks/roles.py`.",
        *([note] if note else []),
        "*Coverage* is the share of the lines that got a label, *agreement* the share of these that got the one given"
        " by reading, *kappa* Cohen's. Each label has precision / recall; an undecided line counts as missed.",
        "## Labels from the roles in the HTML",
        f"A rule is believed if it is at least {MIN_PRECISION} precise on tuning sites; lines that another applies to"
        " are undecided.",
        by_set(pages),
        f"On {RENDERED} pages rendered anew, labels carried over from the rendering that was read:",
        by_renderer(pages),
        "## With the known text",
        "Pages whose text the collection knows and that fit it. The shipped model was trained on these very pages, so"
        " its rows are better than they would be on pages it has not seen. Pages on which it contradicts the text are"
        " not used, so these rows are of fewer pages.",
        with_known_text(pages, classifier),
        "## Rules",
        "The first that applies to a block of the HTML counts.",
        by_rule(pages),
    ]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--model", type=Path, help="the model of the rows that say so; the shipped one by default")
    parser.add_argument("--note", help="a paragraph on how the report was made")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    text = report(list(labelled_pages(options.gold, options.corpora)), load(options.model), options.note)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
