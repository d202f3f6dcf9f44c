"""Other renderings of the gold pages, labelled like these: silver pages to train on.

    python benchmarks/renderings.py GOLD_FOLDER CORPORA_FOLDER RENDER_PY OUT_FOLDER [--back]

GOLD_FOLDER holds labelled pages whose ``renderer``, ``source`` and ``file`` say how they came from the HTML in
CORPORA_FOLDER. RENDER_PY is a module with ``decode`` and ``RENDERERS``. Each page is rendered by the other renderers
there and by lynx and w3m, which wrap at 80 columns, and its labels are carried over. A rendering of which too much
could not be labelled, or which has clearly more or less body than the gold page, is left out: some renderers print
what others hide.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import importlib.util
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from types import ModuleType

from copytaster.labels import Label, LabelledPage, Page, read_labelled, write_tsv
from copytaster.labels.page import clean_row
from copytaster.training.alignment import Carried, carry

MIN_KNOWN = 0.9
MIN_KNOWN_WITH_IMAGES = 0.8  # lynx and w3m print the names or descriptions of images, which no gold page has
MAX_BODY_CHANGE = 0.15
TIMEOUT = 20
TEXT_BROWSERS = {
    "lynx": "lynx -dump -nolist -display_charset=utf-8 -assume_charset=utf-8 -width=80 -force_html",
    "w3m": "w3m -dump -T text/html -I utf-8 -O utf-8 -cols 80",
}
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
KEPT_KEYS = ("site", "kind", "lang", "source")

Renderer = Callable[[str], list[str]]


def load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("render", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path}: not a Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_browser(name: str) -> Renderer:
    command = TEXT_BROWSERS[name].split()
    # lynx reads standard input only if told so; both take the first charset the page declares
    command += ["-stdin"] if name == "lynx" else []

    def render(html: str) -> list[str]:
        page = '<meta charset="utf-8">' + html
        done = subprocess.run(
            command, input=page.encode("utf-8", "replace"), capture_output=True, timeout=TIMEOUT, check=True
        )
        return done.stdout.decode("utf-8", "replace").split("\n")

    return render


def html_file(page: Page, corpora: Path) -> Path:
    source, file = page.meta.get("source", ""), page.meta.get("file", "")
    if source in {"fundus", "wcxb"}:
        return corpora / source / file
    return corpora / "fixtures" / f"{page.id}.html.gz"


def renderings(page: Page, html: str, renderers: dict[str, Renderer]) -> Iterator[tuple[str, Page]]:
    for name, render in renderers.items():
        if name == page.meta.get("renderer"):
            continue
        try:
            lines = render(html)
        except (subprocess.SubprocessError, RecursionError, ValueError) as error:
            print(f"{page.id}: {name}: {type(error).__name__}", file=sys.stderr)
            continue
        rows = [clean_row(line.replace("\n", " ").replace("\r", " ")) for line in lines]
        while rows and not rows[-1]:
            rows.pop()
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
    for name in ("gold", "corpora", "render", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--back", action="store_true", help="also carry the labels back and compare")
    parser.add_argument("--every", type=int, default=1, help="take each n-th page only")
    options = parser.parse_args()
    module = load_module(options.render)
    renderers: dict[str, Renderer] = dict(module.RENDERERS) | {name: text_browser(name) for name in TEXT_BROWSERS}
    options.out.mkdir(parents=True, exist_ok=True)
    known: dict[str, list[float]] = defaultdict(list)
    skipped: dict[str, int] = defaultdict(int)
    same: dict[str, int] = defaultdict(int)
    compared: dict[str, int] = defaultdict(int)
    slowest = 0.0
    for gold in list(read_labelled(options.gold))[:: options.every]:
        html: str = module.decode(gzip.decompress(html_file(gold.page, options.corpora).read_bytes()))
        for name, page in renderings(gold.page, html, renderers):
            start = time.process_time()
            carried = carry(gold, page, title=title_of(html))
            slowest = max(slowest, time.process_time() - start)
            least = MIN_KNOWN_WITH_IMAGES if name in TEXT_BROWSERS else MIN_KNOWN
            if not is_faithful(gold, carried, least):
                skipped[name] += 1
                continue
            known[name].append(carried.known_text)
            with (options.out / f"{page.id}.tsv").open("wb") as file:
                write_tsv(noted(carried), file)
            if options.back:
                agreeing, all_rows = row_agreement(gold, carried)
                same[name] += agreeing
                compared[name] += all_rows
    print("renderer      pages  known  skipped" + ("  same when carried back" if options.back else ""))
    for name in renderers:
        mean = sum(known[name]) / max(1, len(known[name]))
        back = f"  {same[name] / max(1, compared[name]):.4f} of {compared[name]}" if options.back else ""
        print(f"{name:12s}{len(known[name]):7d}{mean:7.3f}{skipped[name]:9d}{back}")
    print(f"slowest alignment: {slowest:.2f} s")


if __name__ == "__main__":
    main()
