"""Silver pages to train on, from collections that know the article's text and no labels.

    python benchmarks/silver.py CORPUS... --out FOLDER [--without GOLD] [--folds 1,2,3] [--model FILE] [--roles]
    python benchmarks/silver.py CORPUS... --out FOLDER [--without GOLD] [--folds 1,2,3] --kinds-only

Each page is rendered by two of the five renderers, its body lines are told by the known text
and the others by the model (`copytaster.training.silver`); with `--roles` also by the roles in
the page's HTML, and a line on which the two disagree is undecided. Pages that were labelled by
reading are left out. Pages whose known text does not fit, or is not what the labels call body,
keep every line undecided: they teach what kind of page they are, by which `has_article` is
fitted, and nothing of lines. With `--kinds-only` all pages do: so the shipped model's are made,
which did no better with the lines (docs/experiments.md).
"""

from __future__ import annotations

import argparse
import dataclasses
import zlib
from collections import Counter
from pathlib import Path

from corpora import CorpusPage, load_corpora

from copytaster.dumps.renderers import RENDERERS, RenderingError, render
from copytaster.labels import LabelledPage, Page, write_tsv
from copytaster.model.classifier import Classifier, load
from copytaster.training.roles import roles
from copytaster.training.silver import KnownText, silver

WEIGHT = 0.3
"""What a silver rendering counts in training beside a page that was labelled by reading."""
RENDERINGS = 2
UNKNOWN = "?"
"""A kind that the collection does not tell."""
KINDS = frozenset({"article", "documentation", "forum", "service", UNKNOWN})
"""Kinds of pages whose known text is what the labels call body; of listings and products it is more, or less."""


def chosen(page: CorpusPage, names: list[str]) -> list[str]:
    """Two of the renderers, the same ones in every run, evenly over the pages."""
    start = zlib.crc32(page.id.encode()) % len(names)
    step = 1 + zlib.crc32(page.id.encode(), 1) % (len(names) - 1)
    return [names[(start + k * step) % len(names)] for k in range(RENDERINGS)]


def rendering(page: CorpusPage, name: str, html: str) -> Page:
    meta = {"site": page.site, "kind": page.kind, "lang": page.lang, "source": page.corpus, "renderer": name}
    return Page(tuple(render(html, name)), f"silver-{page.id}--{name}", page.url, meta)


def label(
    page: CorpusPage, name: str, html: str, classifier: Classifier | None, *, with_roles: bool = False
) -> LabelledPage | None:
    """A rendering of a page, its lines labelled if there is a classifier; None if neither lines nor kind are known."""
    known = KnownText((page.text or "").split("\n"), page.title)
    try:
        dump = rendering(page, name, html)
        labelled = None
        if classifier and page.text and page.kind in KINDS:
            labelled = silver(dump, known, classifier, roles(html, dump.rows) if with_roles else None)
    except RenderingError:
        return None
    if labelled is None and page.kind != UNKNOWN and any(dump.rows):
        labelled = LabelledPage(dump, (None,) * len(dump.rows))
    return labelled and dataclasses.replace(labelled, weight=WEIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", type=Path, help="labelled pages, which are not labelled again")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--folds", default="0,1,2,3,4", help="the sites to take, by crc32(site) %% 5")
    parser.add_argument("--roles", action="store_true", help="label by the roles in the HTML, too")
    parser.add_argument("--kinds-only", action="store_true", help="leave all lines undecided")
    options = parser.parse_args()
    classifier = None if options.kinds_only else load(options.model)
    folds = {int(fold) for fold in options.folds.split(",")}
    folders = [*options.corpora, *([options.without] if options.without else [])]
    options.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[tuple[str, str]] = Counter()
    for page in load_corpora(folders):
        if page.gold or page.fold not in folds:
            continue
        html = page.html()
        for name in chosen(page, list(RENDERERS)):
            labelled = label(page, name, html, classifier, with_roles=options.roles) if html else None
            counts[name, _sort(labelled)] += 1
            if labelled:
                file = options.out / (labelled.page.id.replace("/", "-") + ".tsv")
                with file.open("wb") as out:
                    write_tsv(labelled, out)
    sorts = ("labelled", "kind only", "left out")
    print("renderer    " + "".join(f"{sort:>10}" for sort in sorts))
    for name in RENDERERS:
        print(f"{name:12}" + "".join(f"{counts[name, sort]:10d}" for sort in sorts))


def _sort(labelled: LabelledPage | None) -> str:
    if labelled is None:
        return "left out"
    return "labelled" if any(labelled.labels) else "kind only"


if __name__ == "__main__":
    main()
