"""Other renderings of the gold pages, labelled like these: silver pages to train on.

    python benchmarks/renderings.py GOLD_FOLDER CORPORA_FOLDER OUT_FOLDER [--back]

GOLD_FOLDER holds labelled pages whose ``renderer`` and ``file`` say how they came from the HTML in CORPORA_FOLDER. Each
page is rendered by the other renderers, and its labels are carried over. A rendering of which too much could not be
labelled, or which has clearly more or less body than the gold page, is left out: some renderers print what others hide.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from copytaster.dumps.html import read_html
from copytaster.dumps.renderers import RENDERERS, RenderingError, render
from copytaster.dumps.restore import HtmlFiles
from copytaster.labels import Label, LabelledPage, Page, read_labelled, write_tsv
from copytaster.labels.corpus import LabelRecord
from copytaster.training.alignment import Carried, carry

MIN_KNOWN = 0.9
MIN_KNOWN_WITH_IMAGES = 0.8  # lynx and w3m print the names or descriptions of images, which no gold page has
MAX_BODY_CHANGE = 0.15
TEXT_BROWSERS = ("lynx", "w3m")
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
KEPT_KEYS = ("site", "kind", "lang", "source")


def renderings(page: Page, html: str) -> Iterator[tuple[str, Page]]:
    for name in RENDERERS:
        if name == page.meta.get("renderer"):
            continue
        try:
            rows = render(html, name)
        except RenderingError as error:
            print(f"{page.id}: {error}", file=sys.stderr)
            continue
        meta = {key: page.meta[key] for key in KEPT_KEYS if key in page.meta}
        meta["site"], meta["renderer"] = page.site, name
        yield name, Page(tuple(rows), f"{page.id}--{name}", page.url, meta)


def title_of(html: str) -> str | None:
    found = TITLE.search(html)
    return " ".join(unescape(found[1]).split()) if found else None


WEIGHT = 0.25
"""What a rendering counts in training beside the page that was labelled by reading."""


def noted(carried: Carried) -> LabelledPage:
    """The page with every row labelled, and under the key ``known`` what share of its text the alignment labelled."""
    page = carried.complete()
    meta = {**page.page.meta, "known": f"{carried.known_text:.3f}"}
    return dataclasses.replace(page, page=dataclasses.replace(page.page, meta=meta), weight=WEIGHT)


def body_length(page: LabelledPage) -> int:
    rows = zip(page.page.rows, page.labels, strict=True)
    return sum(len("".join(row.split())) for row, label in rows if label is Label.BODY)


def is_faithful(gold: LabelledPage, carried: Carried, least: float) -> bool:
    length = body_length(gold)
    change = abs(body_length(carried.complete()) - length)
    return carried.known_text >= least and change <= MAX_BODY_CHANGE * length


def row_agreement(gold: LabelledPage, carried: Carried) -> tuple[int, int]:
    """Carry the labels back: rows whose label is what it was, and rows that got one."""
    back = carry(carried.complete(), gold.page)
    pairs = [pair for pair in zip(gold.labels, back.labels, strict=True) if None not in pair]
    return sum(one is other for one, other in pairs), len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("gold", "corpora", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--back", action="store_true", help="also carry the labels back and compare")
    parser.add_argument("--every", type=int, default=1, help="take each n-th page only")
    options = parser.parse_args()
    files = HtmlFiles([options.corpora])
    options.out.mkdir(parents=True, exist_ok=True)
    known: dict[str, list[float]] = defaultdict(list)
    skipped: dict[str, int] = defaultdict(int)
    same: dict[str, int] = defaultdict(int)
    compared: dict[str, int] = defaultdict(int)
    slowest = 0.0
    for gold in list(read_labelled(options.gold))[:: options.every]:
        file = files.find(LabelRecord.of(gold))
        if file is None:
            print(f"{gold.page.id}: no HTML", file=sys.stderr)
            continue
        html = read_html(file)
        for name, page in renderings(gold.page, html):
            start = time.process_time()
            carried = carry(gold, page, title=title_of(html))
            slowest = max(slowest, time.process_time() - start)
            least = MIN_KNOWN_WITH_IMAGES if name in TEXT_BROWSERS else MIN_KNOWN
            if not is_faithful(gold, carried, least):
                skipped[name] += 1
                continue
            known[name].append(carried.known_text)
            with (options.out / f"{page.id}.tsv").open("wb") as out:
                write_tsv(noted(carried), out)
            if options.back:
                agreeing, all_rows = row_agreement(gold, carried)
                same[name] += agreeing
                compared[name] += all_rows
    print("renderer      pages  known  skipped" + ("  same when carried back" if options.back else ""))
    for name in RENDERERS:
        mean = sum(known[name]) / max(1, len(known[name]))
        back = f"  {same[name] / max(1, compared[name]):.4f} of {compared[name]}" if options.back else ""
        print(f"{name:12s}{len(known[name]):7d}{mean:7.3f}{skipped[name]:9d}{back}")
    print(f"slowest alignment: {slowest:.2f} s")


if __name__ == "__main__":
    main()
