"""Silver pages to train on, from collections that know the article's text and no labels.

    python benchmarks/silver.py CORPUS... --render RENDER_PY --out FOLDER [--without GOLD] [--model FILE]
                                [--folds 1,2,3]

Each page is rendered by two of the renderers in RENDER_PY, `lynx` and `w3m`, its body lines are told by the known text
and the others by the model (`copytaster.training.silver`). Pages that were labelled by reading are left out, and so are
those whose known text does not fit.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import zlib
from collections import Counter
from pathlib import Path

from corpora import CorpusPage, load_corpora
from renderings import TEXT_BROWSERS, Renderer, load_module, text_browser

from copytaster.labels import LabelledPage, Page, write_tsv
from copytaster.labels.page import clean_row
from copytaster.model.classifier import Classifier, load
from copytaster.training.silver import KnownText, silver

WEIGHT = 0.3
"""What a silver rendering counts in training beside a page that was labelled by reading."""
RENDERINGS = 2
KINDS = frozenset({"article", "documentation", "forum", "service", "?"})
"""Kinds of pages whose known text is what the labels call body; of listings and products it is more, or less."""


def chosen(page: CorpusPage, names: list[str]) -> list[str]:
    """Two of the renderers, the same ones in every run, evenly over the pages."""
    start = zlib.crc32(page.id.encode()) % len(names)
    step = 1 + zlib.crc32(page.id.encode(), 1) % (len(names) - 1)
    return [names[(start + k * step) % len(names)] for k in range(RENDERINGS)]


def rendering(page: CorpusPage, name: str, render: Renderer, html: str) -> Page:
    rows = [clean_row(row.replace("\n", " ").replace("\r", " ")) for row in render(html)]
    while rows and not rows[-1]:
        rows.pop()
    meta = {"site": page.site, "kind": page.kind, "lang": page.lang, "source": page.corpus, "renderer": name}
    return Page(tuple(rows), f"silver-{page.id}--{name}", page.url, meta)


def label(page: CorpusPage, name: str, render: Renderer, html: str, classifier: Classifier) -> LabelledPage | None:
    known = KnownText((page.text or "").split("\n"), page.title)
    try:
        labelled = silver(rendering(page, name, render, html), known, classifier)
    except (subprocess.SubprocessError, RecursionError, ValueError):
        return None
    return labelled and dataclasses.replace(labelled, weight=WEIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--render", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", type=Path, help="labelled pages, which are not labelled again")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--folds", default="0,1,2,3,4", help="the sites to take, by crc32(site) %% 5")
    options = parser.parse_args()
    module = load_module(options.render)
    renderers = {**module.RENDERERS, **{name: text_browser(name) for name in TEXT_BROWSERS}}
    classifier = load(options.model)
    folds = {int(fold) for fold in options.folds.split(",")}
    folders = [*options.corpora, *([options.without] if options.without else [])]
    options.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[tuple[str, str]] = Counter()
    for page in load_corpora(folders):
        if page.gold or not page.text or page.kind not in KINDS or page.fold not in folds:
            continue
        html = page.html(module.decode)
        for name in chosen(page, list(renderers)):
            labelled = label(page, name, renderers[name], html, classifier) if html else None
            counts[name, "labelled" if labelled else "left out"] += 1
            if labelled:
                file = options.out / (labelled.page.id.replace("/", "-") + ".tsv")
                with file.open("wb") as out:
                    write_tsv(labelled, out)
    print("renderer      labelled  left out")
    for name in renderers:
        print(f"{name:12}{counts[name, 'labelled']:10d}{counts[name, 'left out']:10d}")


if __name__ == "__main__":
    main()
