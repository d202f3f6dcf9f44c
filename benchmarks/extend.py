"""What some labelled pages of one's own are worth on top of what a model was trained on.

    python benchmarks/extend.py LABELLED... --hold kind=forum --hold lang=de --hold site=PUBLISHER
        [--pages 5 10 20 50] [--jobs 2] [--cache DIR] [--note TEXT] [-o docs/extending.md]

LABELLED are folders or files of labelled pages. A model and its base are trained without the pages of the groups held
out and without the sites of fold 0, by a quick recipe. The sites of a group are then cut in two: the model is extended
with some pages of one half and measured on all of the other; and on the pages of fold 0 that are in no group, which
shows what extending costs elsewhere. A group of one site is cut by page. The pages that extend are drawn one of each
site before a second of any, and more contain fewer.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import FOLDS

from copytaster.labels import LabelledPage, read_labelled
from copytaster.model.classifier import Classifier
from copytaster.training.base import Base, base_of
from copytaster.training.comparison import Comparison, compare
from copytaster.training.evaluate import scores_of
from copytaster.training.fit import fit, train
from copytaster.training.folds import fold_of
from copytaster.training.recipe import Recipe
from copytaster.training.scores import METRICS, PageScore

QUICK = Recipe(iterations=30, second_iterations=20, learning_rate=0.3, parts=2, most_lines=60_000)
"""Trains in a part of the time and scores a little lower; what extending adds does not depend on that."""
SHOWN = METRICS
KEYS = ("kind", "lang", "site")


@dataclass(frozen=True)
class Group:
    """Pages that the base does not know.

    Attributes:
        name: What they have in common, as given.
        extending: Those to extend with, the first ones first.
        testing: Those to measure on.
        by_site: Whether no site is in both.
    """

    name: str
    extending: Sequence[LabelledPage]
    testing: Sequence[LabelledPage]
    by_site: bool


def order(page: LabelledPage) -> tuple[int, str]:
    return zlib.crc32(f"order {page.page.id}".encode()), page.page.id


def one_of_each_site_first(pages: Sequence[LabelledPage]) -> list[LabelledPage]:
    seen: dict[str, int] = defaultdict(int)
    ranked = []
    for page in sorted(pages, key=order):
        ranked.append((seen[page.page.site], order(page), page))
        seen[page.page.site] += 1
    return [page for *_, page in sorted(ranked, key=lambda item: item[:2])]


def group_of(pages: Sequence[LabelledPage], name: str) -> Group:
    by_site = len({page.page.site for page in pages}) > 1
    ranked = one_of_each_site_first(pages)
    keys = list(dict.fromkeys(page.page.site if by_site else page.page.id for page in ranked))
    half = set(keys[::2])
    extending = [page for page in ranked if (page.page.site if by_site else page.page.id) in half]
    return Group(name, extending, [page for page in ranked if page not in extending], by_site)


def held(page: LabelledPage, name: str) -> bool:
    key, _, value = name.partition("=")
    return value == (page.page.site if key == "site" else page.page.meta.get(key))


def row(group: Group, count: int, where: str, comparison: Comparison) -> str:
    cells = []
    for name in SHOWN:
        change = comparison.changes[name]
        low, high = change.interval
        cells.append(f"{change.new:.3f} ({change.difference:+.3f}; {low:+.3f} to {high:+.3f})")
    return f"| {group.name} | {count} | {where} | {comparison.pages} | {' | '.join(cells)} |"


def measured(
    group: Group, count: int, classifier: Classifier, known: dict[str, list[PageScore]], elsewhere: list[LabelledPage]
) -> list[str]:
    rows = []
    for where, pages in ((group.name, group.testing), ("elsewhere", elsewhere)):
        scores = scores_of(pages, classifier)
        rows.append(row(group, count, where, compare(scores, known[where])))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--hold", action="append", required=True, metavar="KEY=VALUE", help=f"KEY: {', '.join(KEYS)}")
    parser.add_argument("--pages", nargs="+", type=int, default=[5, 10, 20, 50])
    parser.add_argument("--lines", type=int, default=60_000, help="lines of the base")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--note", default="")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    pages = [page for path in options.labelled for page in read_labelled(path)]
    groups = [group_of([page for page in pages if held(page, name)], name) for name in options.hold]
    outside = [page for page in pages if not any(held(page, name) for name in options.hold)]
    in_groups = {page.page.site for group in groups for page in (*group.extending, *group.testing)}
    outside = [page for page in outside if page.page.site not in in_groups]
    elsewhere = [page for page in outside if fold_of(page.page.site, FOLDS) == 0]
    start = time.process_time()
    training = train(
        [page for page in outside if fold_of(page.page.site, FOLDS) != 0],
        recipe=QUICK, jobs=options.jobs, cache=options.cache, progress=lambda text: print(text, file=sys.stderr),
    )  # fmt: skip
    base = base_of(training, QUICK, options.lines)
    print(f"base: {len(base.labels)} lines, {time.process_time() - start:.0f} s", file=sys.stderr)
    report(options, groups, elsewhere, training.classifier, base)


def report(
    options: argparse.Namespace,
    groups: Sequence[Group],
    elsewhere: list[LabelledPage],
    before: Classifier,
    base: Base,
) -> None:
    known = {group.name: scores_of(group.testing, before) for group in groups}
    known["elsewhere"] = scores_of(elsewhere, before)
    out = [
        "# What pages of your own are worth",
        "",
        "Made by `benchmarks/extend.py`, see there for how. " + options.note,
        "",
        f"The model that is extended was trained without the groups on {before.about['pages']} pages, of which the "
        f"base holds {len(base.labels):,} lines. Each cell: the score of the extended model, in brackets its distance "
        "from the model before with a 95 % interval from drawing sites with replacement (pages, where there is one "
        "site). Macro and the labels are line F1.",
        "",
        f"| group | pages added | measured on | pages | {' | '.join(SHOWN)} |",
        f"|---|---:|---|---:|{'---|' * len(SHOWN)}",
    ]
    print("\n".join(out))
    for group in groups:
        counts = sorted({min(count, len(group.extending)) for count in options.pages})
        for count in counts:
            start = time.process_time()
            classifier = fit(group.extending[:count], recipe=QUICK, jobs=options.jobs, cache=options.cache, base=base)
            rows = measured(group, count, classifier, known, elsewhere)
            print("\n".join(rows), flush=True)
            print(f"{group.name} {count}: {time.process_time() - start:.0f} s", file=sys.stderr)
            out += rows
    split = [f"`{group.name}` by {'site' if group.by_site else 'page, since it is one site'}" for group in groups]
    out += ["", f"Extending and measured pages are apart: {', '.join(split)}."]
    if options.output:
        options.output.write_text("\n".join(out) + "\n", "utf-8")


if __name__ == "__main__":
    main()
