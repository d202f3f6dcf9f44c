"""How fast, beside trafilatura on the HTML of the same pages, in the same run on one core.

    OMP_NUM_THREADS=1 python benchmarks/speed.py FOLDER_OF_HTML [--pages 200]
    OMP_NUM_THREADS=1 python benchmarks/speed.py FOLDER_OF_HTML --save before.json
    OMP_NUM_THREADS=1 python benchmarks/speed.py FOLDER_OF_HTML --before before.json -o docs/performance.md

FOLDER_OF_HTML holds `*.html` or `*.html.gz`. Each page is rendered to text by resiliparse beforehand and written to one
WET file; what is timed is from that file to JSON Lines, and from the HTML to JSON Lines, as `predict` does it with one
worker. Its start is left out: it counts what so many pages more take. CPU time of all processes, so that a busy machine
does not distort the ratios. `--save` keeps the times of a version, to be set beside those of a later one. Linux only.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import stages
import trafilatura
from fastwarc.warc import ArchiveIterator

from copytaster.dumps import PageError
from copytaster.dumps.errors import Tally
from copytaster.dumps.html import read_html
from copytaster.dumps.renderers import render
from copytaster.dumps.run import Request, run
from copytaster.model.classifier import load

REPEATS = 3
MORE = 4
"""How many times more pages a run gets than the one that is subtracted from it."""
_TICKS = os.sysconf("SC_CLK_TCK")


def read_pages_of(folder: Path, most: int) -> list[str]:
    files = sorted([*folder.rglob("*.html.gz"), *folder.rglob("*.html")])
    step = max(1, len(files) // most)
    return [read_html(file) for file in files[::step][:most]]


def write_wet(texts: list[str], path: Path) -> None:
    with path.open("wb") as file:
        for number, text in enumerate(texts):
            body = text.encode("utf-8", "replace")
            head = (
                f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://page{number}.example/\r\n"
                "WARC-Date: 2026-01-01T00:00:00Z\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
                f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + body + b"\r\n\r\n", mtime=0))


def write_html(pages: list[str], folder: Path) -> None:
    folder.mkdir()
    for number, page in enumerate(pages):
        (folder / f"page{number}.html").write_text(page, encoding="utf-8", errors="replace")


class Silent:
    """A report of a run that only counts."""

    def __init__(self) -> None:
        self.tally = Tally()

    def advance(self, amount: int) -> None:
        """See `Report`; nobody asks how far it is."""

    def count(self, *, empty: bool) -> None:
        """See `Report`."""
        self.tally.count(empty=empty)

    def fail(self, error: PageError) -> None:
        """See `Report`."""
        self.tally.fail(error)
        print(error)

    def note(self, text: str) -> None:
        """See `Report`."""
        print(text)


def cpu(work: Callable[[], object]) -> float:
    """The least CPU time of some repeats, in seconds, that of worker processes included."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time() + cpu_of_children()
        work()
        times.append(time.process_time() + cpu_of_children() - start)
    return min(times)


def cpu_of_children() -> float:
    """CPU seconds of this process's children, such as a fork server, and of theirs that have ended."""
    ticks = 0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        # Behind the name, which may hold spaces: user and system time, and those of children that were waited for.
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def run_copytaster(source: Path, out: Path, pages: int) -> None:
    """Do what `copytaster predict SOURCE -o OUT --workers 1` does."""
    report = Silent()
    run(Request([str(source)], str(out), workers=1), load(), report)
    if report.tally.done != pages:
        sys.exit(f"{source}: {report.tally} of {pages}")


def cpu_of_more(few: Path, many: Path, out: Path, pages: int) -> float:
    """CPU seconds of the pages that one input has more than the other, for as many as the other has."""
    start = cpu(lambda: run_copytaster(few, out, pages))
    return (cpu(lambda: run_copytaster(many, out, pages * (1 + MORE))) - start) / MORE


def read_records(wet: Path) -> None:
    with wet.open("rb") as file:
        for record in ArchiveIterator(file):
            record.reader.read()


def child_cpu(command: list[str]) -> float:
    """User and system time of a command, in seconds, the least of some repeats."""
    import resource

    times = []
    for _ in range(REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def compare(html: list[str], folder: Path) -> dict[str, Any]:
    """Time everything; seconds for all pages."""
    texts = ["\n".join(render(page, "resiliparse")) for page in html]
    wet, wet_of_many = folder / "pages.warc.wet.gz", folder / "many.warc.wet.gz"
    files, files_of_many = folder / "html", folder / "many-html"
    out, one = folder / "out.jsonl", folder / "page.txt"
    write_wet(texts, wet)
    write_wet(texts * (1 + MORE), wet_of_many)
    write_html(html, files)
    write_html(html * (1 + MORE), files_of_many)
    one.write_text(sorted(texts, key=len)[len(texts) // 2], encoding="utf-8", errors="replace")
    run_copytaster(wet, out, len(html))  # compiles the kernels, if nobody did before
    profiles = [stages.profile(load(), wet, out) for _ in range(REPEATS)]
    return {
        "pages": len(html),
        "rows": sum(text.count("\n") + 1 for text in texts),
        "ours": cpu_of_more(wet, wet_of_many, out, len(html)),
        "trafilatura": cpu(lambda: [trafilatura.extract(page, fast=True) for page in html]),
        "from html": cpu_of_more(files, files_of_many, out, len(html)),
        "fastwarc": cpu(lambda: read_records(wet)),
        "cold": child_cpu([sys.executable, "-m", "copytaster", "predict", str(one)]),
        "sklearn": child_cpu([sys.executable, "-c", "import sklearn.ensemble"]),
        "numpy": child_cpu([sys.executable, "-c", "import numpy"]),
        "stages": {name: min(profile[name] for profile in profiles) for name in stages.STAGES},
    }


def summary(found: dict[str, Any]) -> list[tuple[str, float]]:
    """The ratios, which depend little on the machine."""
    return [
        (
            "WET to JSONL beside trafilatura (`fast=True`) on the HTML: times as fast",
            found["trafilatura"] / found["ours"],
        ),
        ("HTML to JSONL (rendered by resiliparse) beside the same", found["trafilatura"] / found["from html"]),
        ("records that fastwarc alone reads in the time of one page", found["ours"] / found["fastwarc"]),
        ("CPU time of one page from a cold start beside `import numpy`", found["cold"] / found["numpy"]),
        ("the same beside `import sklearn.ensemble`", found["cold"] / found["sklearn"]),
    ]


def report(found: dict[str, Any], before: dict[str, Any] | None) -> str:
    """The page `docs/performance.md`."""
    columns = [before, found] if before else [found]
    titles = ["before", "after"] if before else ["now"]
    head = "|".join(f" {title} " for title in titles)
    rule = "---|" * len(titles)
    lines = [
        "# Performance",
        "",
        f"Made by `benchmarks/speed.py` on one core, from {found['pages']} pages of "
        f"{found['rows'] / found['pages']:.0f} rows each on average: what `predict --workers 1` takes for each page, "
        "its start left out.",
        "Ratios of CPU times in the same run, since times alone say more about a machine than about a program.",
        "",
        f"| ratio |{head}|",
        f"|---|{rule}",
    ]
    for rows in zip(*map(summary, columns), strict=True):
        lines.append(f"| {rows[0][0]} | {' | '.join(f'{value:.1f}' for _, value in rows)} |")
    lines += [
        "",
        "## Where the time goes",
        "",
        "Thousandths of the time that trafilatura takes for the same pages in the same run.",
        "",
        f"| stage | what |{head}|",
        f"|---|---|{rule}",
    ]
    for name, what in stages.STAGES.items():
        parts = [1000 * column["stages"][name] / column["trafilatura"] for column in columns]
        lines.append(f"| {name} | {what} | {' | '.join(f'{part:.1f}' for part in parts)} |")
    totals = [1000 * sum(column["stages"].values()) / column["trafilatura"] for column in columns]
    lines.append(f"| all | | {' | '.join(f'{total:.1f}' for total in totals)} |")
    lines += [
        "",
        "## Long pages and long lines",
        "",
        "The cost of a line on a page of so many lines, beside that on the shortest;",
        "below, the cost of a character in a line of so many.",
        "A cost that grew faster than the page would show as a number well above 1.",
        "",
        f"| page | {' | '.join(f'{n:,}' for n in stages.GROWTH)} |",
        "|---|" + "---|" * len(stages.GROWTH),
    ]
    for name, costs in found["growth"]:
        if name == stages.FIRST_LONG_LINE:
            lines += ["", f"| line | {' | '.join(f'{n:,}' for n in stages.LONG_LINES)} |", "|---|---|---|---|"]
        lines.append(f"| {name} | {' | '.join(f'{cost / costs[0]:.2f}' for cost in costs)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--save", type=Path, help="keep what was measured")
    parser.add_argument("--before", type=Path, help="what an earlier version kept")
    parser.add_argument("-o", "--output", type=Path, help="write the report there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compare(read_pages_of(options.folder, options.pages), Path(folder))
    print(f"{found['pages']} pages, {found['rows'] / found['pages']:.0f} rows a page, CPU time")
    for name, key in (("copytaster, WET to JSONL", "ours"), ("trafilatura fast, HTML", "trafilatura"),
                      ("copytaster, HTML to JSONL", "from html"), ("fastwarc, records", "fastwarc")):  # fmt: skip
        print(f"{name:28}{found['pages'] / found[key]:8.0f} a second")
    for name, ratio in summary(found):
        print(f"{ratio:6.2f}  {name}")
    if options.save:
        options.save.write_text(json.dumps(found), encoding="utf-8")
    if options.output:
        found["growth"] = list(stages.growth(load()))
        before = json.loads(options.before.read_text("utf-8")) if options.before else None
        options.output.write_text(report(found, before), encoding="utf-8")


if __name__ == "__main__":
    main()
