"""The scores of many methods on many pages, as tables in Markdown."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from corpora import CorpusPage
from metrics import Pair, intervals

from copytaster.labels import LABELS

MIN_GROUP = 15
"""Pages from which a language is reported by itself; the others are pooled by script."""
SHOWN = {  # columns of the table, and whether they come with an interval
    **{"word F1": True, "precision": False, "recall": False, "shingle F1": True, "ROUGE-LSum": True, "leaked": True},
    **{"kept": True, "kept loosely": True, "headline": False, "byline": False, "date": False},
}
# Japanese mixes three.
_MIXED = dict.fromkeys(("Cjk", "Hiragana", "Katakana", "Katakana-hiragana"), "Han and kana")
LINES_SHOWN = {"line macro": True, **{f"line {label}": False for label in LABELS}}
NOTES = """\
Means over pages, with 95 % intervals from drawing sites, not pages, with replacement.

- *word F1, precision, recall*: multisets of lower-cased words; in scripts without spaces each character is a word.
- *shingle F1*: shingles of four words as in article-extraction-benchmark, the harmonic mean of mean precision and mean
  recall.
- *ROUGE-LSum*: F-measure with paragraphs as sentences, as in Fundus' evaluation.
- *leaked*, *kept*: of all snippets that must not and that must appear in the text, the share that do, white space
  folded. *kept loosely*: the same with all sorts of quotation marks and dashes taken for one, since the snippets often
  have others than their pages.
- *headline, byline, date*: share of the pages whose title, authors or date the corpus knows for which the row gives the
  same title (the site's name aside), one of the authors, the same day. What a page does not print, a dump cannot tell;
  the HTML often does, in its metadata.
- The text scored is standfirst and paragraphs without the headline; of trafilatura, the text without comments.
- *failed*: pages on which a tool raised an error or took longer than 30 seconds; they count with an empty text.
- *perfect labels* is what labels made by reading give, carried over to the rendering where it is another than theirs;
  measured on the labelled pages alone.
"""


@dataclass(frozen=True)
class Measured:
    """The scores of one row on one page.

    Attributes:
        row: The name of the method.
        renderer: Which dump it was given; empty for those that read the HTML.
        sums: See `metrics.SUMS`.
        failed: Why there was no output, if so.
    """

    row: str
    renderer: str
    sums: Mapping[str, Pair]
    failed: str | None = None


@dataclass
class Results:
    """All scores, as rows of the table.

    Attributes:
        methods: The names of the rows in their order.
        everywhere: Those that are shown for each renderer, not just for one.
        pages: The pages measured.
        scores: By method and renderer the scores of the pages, by their index.
    """

    methods: Sequence[str]
    everywhere: frozenset[str]
    pages: list[CorpusPage] = field(default_factory=list)
    scores: dict[tuple[str, str], dict[int, Measured]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, page: CorpusPage, measured: Iterable[Measured]) -> None:
        """Take in the scores of one more page."""
        for one in measured:
            self.scores[one.row, one.renderer][len(self.pages)] = one
        self.pages.append(page)


def table(results: Results, columns: Mapping[str, bool], chosen: set[int], first: str) -> str:
    """The figures of every row on some of the pages, as Markdown.

    Args:
        results: The scores.
        columns: The figures shown, and whether with their intervals.
        chosen: The pages, by their index.
        first: The renderer whose dump the rules on lines are shown for.
    """
    title = {name: name.removeprefix("line ") for name in columns}
    lines = [
        "| | pages | failed | " + " | ".join(title.values()) + " |",
        "|---|---:|---:|" + "---:|" * len(columns),
    ]
    for (row, renderer), scores in ordered(results, first):
        here = [index for index in scores if index in chosen and _measures(scores[index], columns)]
        if not here:
            continue
        figures = _figures(results, scores, here)
        failed = sum(scores[index].failed is not None for index in here)
        cells = [_cell(figures[name], with_interval) for name, with_interval in columns.items()]
        name = f"{row}, {renderer}" if renderer else row
        lines.append(f"| {name} | {len(here)} | {failed} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ordered(results: Results, first: str) -> list[tuple[tuple[str, str], dict[int, Measured]]]:
    """The rows of the table: ours on each renderer, the rules on one renderer's lines, then those with the HTML."""
    rank = {name: number for number, name in enumerate(results.methods)}
    shown = [item for item in results.scores.items() if item[0][1] in ("", first) or item[0][0] in results.everywhere]
    return sorted(shown, key=lambda item: rank[item[0][0]])


def breakdown(results: Results, key: str, first: str) -> str:
    """Word F1 of every row in each group of pages, as Markdown; by renderer, of every method on each dump."""
    if key == "renderer":
        names = list(dict.fromkeys(renderer for _, renderer in results.scores if renderer))
        rows = [row for row in results.methods if any((row, name) in results.scores for name in names)]
        cells = {
            row: [
                _word_f1(results, results.scores.get((row, name), {}), set(range(len(results.pages)))) for name in names
            ]
            for row in rows
        }
    else:
        groups = grouped(results.pages, key)
        names = [f"{name} ({len(members)})" for name, members in groups.items()]
        cells = {
            f"{row}, {renderer}" if renderer else row: [
                _word_f1(results, scores, set(members)) for members in groups.values()
            ]
            for (row, renderer), scores in ordered(results, first)
        }
    head = ["| word F1 | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    return "\n".join(head + [f"| {row} | " + " | ".join(values) + " |" for row, values in cells.items()])


def grouped(pages: Sequence[CorpusPage], key: str) -> dict[str, list[int]]:
    """The indices of the pages of each group, the largest first; languages of few pages are pooled by script."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, page in enumerate(pages):
        groups[str(getattr(page, key))].append(index)
    if key == "lang":
        for name in [name for name, members in groups.items() if len(members) < MIN_GROUP or name == "?"]:
            for index in groups.pop(name):
                groups[f"other {script(pages[index].text or '')}"].append(index)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def script(text: str) -> str:
    """The script most letters of the text are in, by the first word of their Unicode names: "Latin", "Cyrillic", ..."""
    names = (unicodedata.name(letter, "").partition(" ")[0].capitalize() for letter in text[:2000] if letter.isalpha())
    most = Counter(_MIXED.get(name, name) for name in names).most_common(1)
    return most[0][0] if most else "script"


def _measures(one: Measured, columns: Iterable[str]) -> bool:
    return any(one.sums.get(name, (0.0, 0.0))[1] for name in columns)


def _figures(
    results: Results, scores: Mapping[int, Measured], here: Sequence[int]
) -> dict[str, tuple[float, float, float]]:
    return intervals([scores[index].sums for index in here], [results.pages[index].site for index in here])


def _word_f1(results: Results, scores: Mapping[int, Measured], chosen: set[int]) -> str:
    here = [index for index in scores if index in chosen]
    return _cell(_figures(results, scores, here)["word F1"], True) if here else "-"


def _cell(figure: tuple[float, float, float], with_interval: bool) -> str:
    value, low, high = figure
    if value != value:
        return "-"
    return f"{value:.3f} ({low:.3f}-{high:.3f})" if with_interval else f"{value:.3f}"


def report(results: Results, by: Sequence[str], about: Sequence[str]) -> str:
    """The whole report as Markdown.

    Args:
        results: The scores.
        by: Attributes of pages, or "renderer", by which to break down.
        about: Paragraphs on how the results were made.
    """
    pages, everything = results.pages, set(range(len(results.pages)))
    first = next((renderer for _, renderer in results.scores if renderer), "")
    corpora = grouped(pages, "corpus")
    parts = ["# Benchmarks", *about, f"{len(pages)} pages of {len({page.site for page in pages})} sites:"]
    parts.append("\n".join(_about(name, [pages[index] for index in members]) for name, members in corpora.items()))
    parts.append(table(results, SHOWN, everything, first))
    if any(page.gold for page in pages):
        parts += [
            "## Lines",
            "F1 over the lines of all labelled pages.",
            table(results, LINES_SHOWN, everything, first),
        ]
    if len(corpora) > 1:
        for name, members in corpora.items():
            parts += [f"## {name}", table(results, SHOWN, set(members), first)]
    for key in by:
        parts += [f"## By {key}", breakdown(results, key, first)]
    return "\n\n".join([*parts, "## What the figures mean", NOTES])


def _about(name: str, pages: Sequence[CorpusPage]) -> str:
    texts = [page for page in pages if page.text]
    titled = [page for page in texts if page.title]
    first = sum((page.text or "").strip().startswith((page.title or "").strip()) for page in titled)
    labelled = sum(page.gold is not None for page in pages)
    return (
        f"- {name}: {len(pages)} pages, {len(texts)} with a known text, {labelled} labelled line by line. The known"
        f" text begins with the title on {first} of {len(titled)} pages whose title is known."
    )
