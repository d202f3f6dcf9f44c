"""Peak memory of `copytaster predict` on WET files of growing length.

    python benchmarks/memory.py [FOLDER_OF_DUMPS] [--pages 2000 6000 20000] [--workers 2] [--write]

The pages of a WET file are the folder's text dumps (`*.txt`, by default the examples), over and over. Each file is read
by a run of its own, which writes JSON Lines. Its memory is that of all its processes together, looked at ten times a
second: the proportional set size, in which memory that several share counts once. With `--write` the table goes into
`docs/scale.md`. Exits with status 1 if a peak is over the limit, or grows with the file. Linux only.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MOST_MB = 700
MOST_GROWTH = 1.1  # from the last file but one to the last; the allocator's noise is within it
_SECONDS_BETWEEN_LOOKS = 0.1
_ROOT = Path(__file__).resolve().parent.parent
_EXAMPLES = _ROOT / "examples" / "dumps"
_TARGET = _ROOT / "docs" / "scale.md"
# Where the table goes.
_BEGIN, _END = "<!-- memory: made by benchmarks/memory.py -->\n", "<!-- end of memory -->\n"
_pss = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE).search


def write_wet(texts: list[bytes], pages: int, path: Path) -> None:
    with path.open("wb") as file:
        for number, body in enumerate(itertools.islice(itertools.cycle(texts), pages)):
            head = (
                f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://page{number}.example/\r\n"
                "WARC-Date: 2026-01-01T00:00:00Z\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
                f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + body + b"\r\n\r\n", compresslevel=1, mtime=0))


def peak_mb(wet: Path, output: Path, workers: int) -> float:
    """Peak memory of all processes of one run together, in MB."""
    command = [sys.executable, "-m", "copytaster", "predict", str(wet), "-o", str(output), "--quiet"]
    process = subprocess.Popen([*command, "--workers", str(workers)])
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory_mb, _family(process.pid))))
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if process.returncode:
        sys.exit(f"copytaster predict ended with status {process.returncode}")
    return peak


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started, and they in turn."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return
    for child in children:
        yield from _family(int(child))


def _memory_mb(pid: int) -> float:
    try:
        found = _pss(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0.0
    return int(found.group(1)) / 1024 if found else 0.0


def table(peaks: dict[int, float], workers: int) -> str:
    """The rows for the documentation."""
    rows = "".join(f"| {pages:,} | {peak:.0f} MB |\n" for pages, peak in peaks.items())
    return f"| pages | peak of all processes, {workers} workers |\n|---|---|\n{rows}"


def insert(text: str, rows: str) -> str:
    """A page of documentation with the table in its place."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"there is no place for the table: {_BEGIN.strip()} ... {_END.strip()}")
    return f"{before}{begin}\n{rows}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=_EXAMPLES)
    parser.add_argument("--pages", type=int, nargs="+", default=[2000, 6000, 20000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"put the table into {_TARGET.relative_to(_ROOT)}")
    options = parser.parse_args()
    texts = [path.read_bytes() for path in sorted(options.folder.rglob("*.txt"))]
    if not texts:
        parser.error(f"{options.folder}: no *.txt files in it")
    peaks: dict[int, float] = {}
    print(f"{'pages':>8}{'WET MB':>10}{'JSONL MB':>10}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        wet, output = Path(folder) / "pages.warc.wet.gz", Path(folder) / "pages.jsonl"
        for pages in options.pages:
            write_wet(texts, pages, wet)
            peaks[pages] = peak_mb(wet, output, options.workers)
            sizes = "".join(f"{path.stat().st_size / 1e6:10.1f}" for path in (wet, output))
            print(f"{pages:8,}{sizes}{peaks[pages]:10.0f}", flush=True)
    found = list(peaks.values())
    if options.write:
        _TARGET.write_text(insert(_TARGET.read_text("utf-8"), table(peaks, options.workers)), "utf-8")
    if max(found) > MOST_MB or found[-1] > MOST_GROWTH * found[-2:][0]:
        sys.exit(f"over {MOST_MB} MB, or more than {MOST_GROWTH} times as much as for the file before")


if __name__ == "__main__":
    main()
