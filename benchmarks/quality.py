"""How right Copytaster's articles are, beside those of its peers on the same pages.

    python benchmarks/quality.py CORPUS... [--fold 0] [--by renderer,lang,kind] [-o docs/benchmarks.md]

CORPUS is a folder in the layout its authors publish, see `corpora.load_corpus`. Labelled pages among the corpora lend
their labels to the same pages of the others. One run prints one table. Progress, and what failed, goes to standard
error. `metrics.py` defines the figures, `peers.py` what is compared.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from corpora import CorpusPage, load_corpora, sample
from metrics import (
    Pair,
    headline_right,
    label_sums,
    names_author,
    same_date,
    snippet_share,
    text_sums,
)
from peers import (
    FACTS,
    TOOLS,
    Extraction,
    Tool,
    c4_lines,
    extraction,
    justext_lines,
    keep_every_line,
    renderers,
    tools,
)
from renderings import title_of
from tables import Measured, Results, report

from copytaster.labels import LABELS, Label, Page
from copytaster.labels.page import clean_row
from copytaster.model.assembly import assemble
from copytaster.model.classifier import Classifier, load
from copytaster.model.wrap import logical_lines
from copytaster.training.alignment import Carried, carry

MIN_KNOWN = 0.8
"""Labels are carried over to another rendering only if this share of its text finds its label."""
PROGRESS_SECONDS = 5.0
OURS, PERFECT = "Copytaster", "perfect labels"
LINE_RULES: Mapping[str, Callable[[Sequence[str], str], str]] = {
    "keep every line": lambda lines, _: keep_every_line(lines),
    "C4 line rules": lambda lines, _: c4_lines(lines),
    "jusText fed with lines": justext_lines,
}


@dataclass(frozen=True)
class Settings:
    """What every page is measured with.

    Attributes:
        render: A file with renderers, see `peers.renderers`.
        renderers: The names of those used; None for all.
        peers: The names of the tools that read HTML; None for all installed.
        model: The model file; None for the shipped model.
        prefer: Precision, recall, or neither.
        cache: Folder of the tools' earlier outputs.
    """

    render: Path | None = None
    renderers: tuple[str, ...] | None = None
    peers: tuple[str, ...] | None = None
    model: Path | None = None
    prefer: str = "balanced"
    cache: Path | None = None

    def html_tools(self) -> list[Tool]:
        """The tools that read the HTML."""
        return _tools(self.peers)

    def dumpers(self) -> list[Tool]:
        """The renderers."""
        return _renderers(self.render, self.renderers)

    def classifier(self) -> Classifier:
        """The model."""
        return _classifier(self.model, self.prefer)


# What is costly to make is made once a process.
_tools = functools.cache(tools)
_renderers = functools.cache(renderers)


@functools.cache
def _classifier(model: Path | None, prefer: str) -> Classifier:
    return load(model).preferring(prefer)


def measure(page: CorpusPage, settings: Settings) -> list[Measured]:
    """The scores of every row on one page."""
    html = page.html()
    dumps = {}
    if html is not None:
        dumps = {tool.name: extraction(tool, html, "", settings.cache) for tool in settings.dumpers()}
    if page.gold is not None and (settings.renderers is None or _gold_renderer(page) in settings.renderers):
        dumps[_gold_renderer(page)] = Extraction("\n".join(page.gold.page.rows))
    found = list(_on_dumps(page, html, dumps, settings))
    if html is None:
        return found
    for tool in settings.html_tools():
        output = extraction(tool, html, page.lang, settings.cache)
        found.append(Measured(tool.name, "", sums_of(page, output, tool.facts), output.failed))
    return found


def _on_dumps(
    page: CorpusPage, html: str | None, dumps: Mapping[str, Extraction], settings: Settings
) -> Iterator[Measured]:
    for renderer, dump in dumps.items():
        rows = tuple(clean_row(line) for line in dump.text.split("\n"))
        dumped = Page(rows, page.id, page.url)
        true = true_labels(page, html, renderer, dumped)
        yield _ours(page, dump, renderer, dumped, true, settings)
        lines = [line.text for line in logical_lines(rows)]
        for name, rule in LINE_RULES.items():
            yield Measured(name, renderer, sums_of(page, Extraction(rule(lines, page.lang)), ()), dump.failed)
        if true is not None:
            complete = true.complete().labels
            logical = logical_lines(rows)
            labels = [LABELS.index(complete[line.first - 1] or Label.NAV) for line in logical]
            article = assemble(rows, logical, labels)
            output = Extraction(article.text, article.headline, article.byline, article.published)
            yield Measured(PERFECT, renderer, sums_of(page, output))


def _ours(
    page: CorpusPage, dump: Extraction, renderer: str, dumped: Page, true: Carried | None, settings: Settings
) -> Measured:
    try:
        reading = settings.classifier().read([dumped])[0]
    except (ValueError, RecursionError, MemoryError) as error:
        return Measured(OURS, renderer, sums_of(page, Extraction()), type(error).__name__)
    article = reading.article
    sums = sums_of(page, Extraction(article.text, article.headline, article.byline, article.published))
    if true is not None:
        pairs = [(line.label, label) for line in reading.lines if (label := true.labels[line.number - 1]) is not None]
        sums |= label_sums([given for given, _ in pairs], [label for _, label in pairs])
    return Measured(OURS, renderer, sums, dump.failed)


def _gold_renderer(page: CorpusPage) -> str:
    return page.gold.page.meta.get("renderer", "as labelled") if page.gold else ""


def true_labels(page: CorpusPage, html: str | None, renderer: str, dumped: Page) -> Carried | None:
    """The labels of a rendering: as read, if they are its own, else carried over; None if too few are known."""
    if page.gold is None:
        return None
    if renderer == _gold_renderer(page):
        return Carried(dumped, page.gold.labels) if len(dumped.rows) == len(page.gold.labels) else None
    carried = carry(page.gold, dumped, title=title_of(html or ""))
    return carried if carried.known_text >= MIN_KNOWN else None


def sums_of(page: CorpusPage, output: Extraction, facts: Collection[str] = FACTS) -> dict[str, Pair]:
    """What the output is worth by everything the corpus knows of the page; of the facts, those the method gives."""
    sums: dict[str, Pair] = text_sums(output.text, page.text) if page.text else {}
    sums["leaked"] = snippet_share(page.left_out, output.text)
    sums["kept"] = snippet_share(page.kept, output.text)
    sums["kept loosely"] = snippet_share(page.kept, output.text, typography=False)
    if page.title and "headline" in facts:
        sums["headline"] = (float(headline_right(output.title, page.title, page.site)), 1.0)
    if page.authors and "byline" in facts:
        sums["byline"] = (float(names_author(output.byline, page.authors)), 1.0)
    if page.date and "date" in facts:
        sums["date"] = (float(same_date(output.date, page.date)), 1.0)
    return sums


def run(pages: Sequence[CorpusPage], settings: Settings, jobs: int = 1) -> Results:
    """Measure every page, in so many processes."""
    methods = [OURS, *LINE_RULES, PERFECT, *TOOLS]
    results = Results(methods, frozenset({OURS, PERFECT}))
    said = time.monotonic()
    if jobs > 1:
        pool = ProcessPoolExecutor(jobs)
        all_measured: Iterable[list[Measured]] = pool.map(measure, pages, itertools.repeat(settings))
    else:
        pool = None
        all_measured = (measure(page, settings) for page in pages)
    for page, measured in zip(pages, all_measured, strict=True):
        results.add(page, measured)
        if time.monotonic() - said > PROGRESS_SECONDS or len(results.pages) == len(pages):
            said = time.monotonic()
            print(f"{len(results.pages)} of {len(pages)} pages", file=sys.stderr)
    if pool is not None:
        pool.shutdown()
    for (row, renderer), scores in results.scores.items():
        reasons = Counter(one.failed for one in scores.values() if one.failed)
        for reason, count in reasons.items():
            print(f"{row} {renderer}: {reason} on {count} pages", file=sys.stderr)
    return results


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("corpora", nargs="+", type=Path, metavar="CORPUS")
    add("--html", type=Path, help="for labelled pages: the folder of the corpora they come from")
    add(
        "--render",
        type=Path,
        help="a Python file with RENDERERS, functions from HTML to lines, to use instead of the built-in ones",
    )
    add("--renderers", help="names of the renderers to use, between commas")
    add("--peers", help=f"names of the tools to compare with, between commas, or none: {', '.join(TOOLS)}")
    add("--pages", type=int, help="only so many pages, of as many sites as possible")
    add("--fold", type=int, choices=range(5), help="only sites of this fold; 0 is the reserved one")
    add("--corpus", help="only pages of these corpora (wcxb, fundus, gold, ...), between commas; labels are lent first")
    add("--kind", help="only pages of this kind, such as article")
    add("--model", type=Path, help="a model file (default: the shipped model)")
    add("--prefer", default="balanced", help="precision, balanced or recall")
    add("--by", default="", help="break down by any of renderer, lang, kind, between commas")
    add("--note", default="", help="a sentence for the report, such as what the model was trained on")
    add("--jobs", type=int, default=1, help="processes")
    add("--cache", type=Path, help="folder for the outputs of tools and renderers")
    add("-o", "--output", type=Path, help="write the report there too")
    return parser.parse_args(given)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(name.strip() for name in text.split(",") if name.strip() not in ("", "none"))


def chosen_pages(options: argparse.Namespace) -> list[CorpusPage]:
    """The pages the options ask for."""
    pages = load_corpora(options.corpora, options.html)
    pages = [
        page
        for page in pages
        if (options.fold is None or page.fold == options.fold)
        and (options.kind is None or page.kind == options.kind)
        and (options.corpus is None or page.corpus in (_names(options.corpus) or ()))
    ]
    return pages if options.pages is None else sample(pages, options.pages)


def main(given: Sequence[str] | None = None) -> None:
    options = arguments(given)
    by = _names(options.by) or ()
    settings = Settings(
        options.render,
        _names(options.renderers),
        _names(options.peers),
        options.model,
        options.prefer,
        options.cache,
    )
    try:
        settings.html_tools(), settings.dumpers()
        pages = chosen_pages(options)
    except ValueError as error:
        sys.exit(str(error))
    if not pages:
        sys.exit("no page is left; try other --fold or --kind")
    # folders by their names alone, since the report is published
    shown = [_bare(word) for word in given or sys.argv[1:] if word not in ("--note", options.note)]
    command = shlex.join(["python", "benchmarks/quality.py", *shown])
    about = [f"Made by `{command}`; do not edit.", *([options.note] if options.note else []), _versions(settings)]
    text = report(run(pages, settings, options.jobs), by, about)
    print(text)
    if options.output:
        options.output.write_text(text, "utf-8")


def _versions(settings: Settings) -> str:
    names = ", ".join(f"{tool.name} {tool.version}" for tool in settings.html_tools()) or "none"
    dumps = ", ".join(tool.name for tool in settings.dumpers())
    return f"Model {settings.classifier().fingerprint[:12]}. Renderers: {dumps}. Tools that read the HTML: {names}."


def _bare(word: str) -> str:
    return Path(word).name if "/" in word else word


if __name__ == "__main__":
    main()
