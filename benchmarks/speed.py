"""How fast, beside trafilatura on the HTML of the same pages, in the same run on one core.

    OMP_NUM_THREADS=1 python benchmarks/speed.py FOLDER_OF_HTML [--pages 200]

FOLDER_OF_HTML holds `*.html` or `*.html.gz`. Each page is rendered to text by resiliparse beforehand and written to one
WET file; what is timed is from that file to JSON Lines. CPU time, so that a busy machine does not distort the ratio.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from copytaster.dumps import Result, open_writer, read_pages
from copytaster.dumps.html import read_html
from copytaster.dumps.renderers import render
from copytaster.dumps.run import read_all
from copytaster.model.classifier import load

REPEATS = 3


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


def cpu(work: Callable[[], None]) -> float:
    """The least CPU time of some repeats, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def run_copytaster(wet: Path, out: Path) -> None:
    classifier = load()
    with open_writer(out) as writer:
        for reading in read_all(read_pages([str(wet)]), classifier, print):
            writer.write(Result(reading, classifier.fingerprint))


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    options = parser.parse_args()
    pages = read_pages_of(options.folder, options.pages)
    texts = ["\n".join(render(page, "resiliparse")) for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        wet = Path(folder) / "pages.warc.wet.gz"
        write_wet(texts, wet)
        one = Path(folder) / "page.txt"
        one.write_text(sorted(texts, key=len)[len(texts) // 2], encoding="utf-8", errors="replace")
        run_copytaster(wet, Path(folder) / "warm.jsonl")
        ours = cpu(lambda: run_copytaster(wet, Path(folder) / "out.jsonl"))
        theirs = cpu(lambda: [trafilatura.extract(page, fast=True) for page in pages] and None)
        start = child_cpu([sys.executable, "-m", "copytaster", "predict", str(one)])
        sklearn = child_cpu([sys.executable, "-c", "import sklearn.ensemble"])
        numpy = child_cpu([sys.executable, "-c", "import numpy"])
    n = len(pages)
    lines = sum(text.count("\n") + 1 for text in texts)
    print(f"{n} pages, {lines / n:.0f} rows a page, CPU time")
    print(f"copytaster, WET to JSONL     {n / ours:8.0f} pages/s")
    print(f"trafilatura fast, HTML       {n / theirs:8.0f} pages/s")
    print(f"ratio                        {theirs / ours:8.1f}")
    print(f"one page from a cold start beside import sklearn.ensemble {start / sklearn:6.2f}")
    print(f"one page from a cold start beside import numpy            {start / numpy:6.2f}")


if __name__ == "__main__":
    main()
