"""Peak memory of `copytaster predict` on WET files of growing length.

    python benchmarks/memory.py [FOLDER_OF_DUMPS] [--pages 500 2000 8000]

The pages of a WET file are the folder's text dumps (`*.txt`, by default the examples), over and over. Each file is read
by a process of its own, which writes JSON Lines; its peak is what the operating system says. Exits with status 1 if a
peak is over the limit, or grows with the file.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MOST_MB = 400
MOST_GROWTH = 1.1  # from the last file but one to the last; the allocator's noise is within it
# Linux counts in kilobytes, macOS in bytes.
_TO_MB = 2**20 if sys.platform == "darwin" else 2**10
_EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "dumps"


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


def peak_mb(wet: Path, output: Path) -> float:
    """Peak resident memory of one run, in MB."""
    process = subprocess.Popen([sys.executable, "-m", "copytaster", "predict", str(wet), "-o", str(output)])
    # wait4 gives the usage of this child alone, where getrusage gives the greatest of all so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"copytaster predict ended with status {process.returncode}")
    return usage.ru_maxrss / _TO_MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=_EXAMPLES)
    parser.add_argument("--pages", type=int, nargs="+", default=[500, 2000, 8000])
    options = parser.parse_args()
    texts = [path.read_bytes() for path in sorted(options.folder.rglob("*.txt"))]
    if not texts:
        parser.error(f"{options.folder}: no *.txt files in it")
    peaks = []
    print(f"{'pages':>8}{'WET MB':>10}{'JSONL MB':>10}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        wet, output = Path(folder) / "pages.warc.wet.gz", Path(folder) / "pages.jsonl"
        for pages in options.pages:
            write_wet(texts, pages, wet)
            peaks.append(peak_mb(wet, output))
            sizes = "".join(f"{path.stat().st_size / 1e6:10.1f}" for path in (wet, output))
            print(f"{pages:8,}{sizes}{peaks[-1]:10.0f}", flush=True)
    if max(peaks) > MOST_MB or peaks[-1] > MOST_GROWTH * peaks[-2:][0]:
        sys.exit(f"over {MOST_MB} MB, or more than {MOST_GROWTH} times as much as for the file before")


if __name__ == "__main__":
    main()
