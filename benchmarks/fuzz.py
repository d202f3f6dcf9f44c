"""Coverage-guided fuzzing of `copytaster.extract` and of the readers of dumps, with atheris (libFuzzer).

    python benchmarks/fuzz.py [--target extract readers] [--seconds 3600] [--folder FOLDER]

Any bytes must do: `extract` raises nothing but `PageTooLarge`, the readers nothing at all; the time an input takes is
bounded by its length, and so is memory. The seconds are shared out between the targets. What coverage makes interesting
is kept in the folder, so that the next run goes on from there; the log, the slowest input and, should there be one, the
input that failed are in it too. Prints a row of figures for each target and exits with status 1 if one failed.

Some inputs are repeated up to a thousand times before they are handed over: what is harmless once may take time or
memory that grows faster than the page. The compiled loops run interpreted here, which is slower, but measures their
coverage and checks every index.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("extract", "readers")
MAX_BYTES = 4096
"""Of an input, before it is repeated."""
RSS_LIMIT_MB = 1024
HANG_SECONDS = 60
# Interpreted and instrumented loops take a hundred times what compiled ones do. What is left out of account is growth:
# a thousand repetitions of one input may take no more for each character than this.
_SECONDS_FREE, _SECONDS_A_CHARACTER = 2.0, 2e-4
# How often the rest of an input is repeated, by its first byte.
_REPEATS = (*[1] * 12, 4, 16, 128, 1024)
_MOST_REPEATED = 50_000
_NAMES = ("page.txt", "page.wet", "pages.jsonl", "page.wet.gz", "page.txt.zst", "page")
# Seeds: texts cut at a length that leaves room for mutations.
_SEED_BYTES = 1500
_WET = (
    b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://a.example/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
)
_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)$", re.MULTILINE)
_COVERAGE = re.compile(r"^#\d+\s.*\bcov: (\d+) ft: (\d+)", re.MULTILINE)


class TooSlowError(AssertionError):
    """An input takes longer than one of its length may."""


@dataclass(frozen=True)
class Figures:
    """What a run of the fuzzer found.

    Attributes:
        target: One of `TARGETS`.
        executions: Inputs tried.
        coverage: Edges of Copytaster's own code reached.
        kept: Inputs kept because each reaches something that the others do not.
        slowest: CPU seconds of the slowest input.
        peak_mb: Peak resident memory, in MB.
        failure: The last lines of the log if an input failed, else "".
    """

    target: str
    executions: int
    coverage: int
    kept: int
    slowest: float
    peak_mb: int
    failure: str = ""

    def __str__(self) -> str:
        figures = (
            f"{self.target}: {self.executions:,} executions, {self.coverage:,} edges, {self.kept:,} inputs kept, "
            f"slowest {self.slowest:.2f} s, peak {self.peak_mb} MB"
        )
        return f"{figures}\n{self.failure}" if self.failure else figures


def fuzz(target: str, seconds: int, folder: Path) -> Figures:
    """Fuzz one target in a process of its own.

    Args:
        target: One of `TARGETS`.
        seconds: How long.
        folder: Where log, corpus and findings go.
    """
    corpus, log = folder / target / "corpus", folder / target / "log.txt"
    if not corpus.is_dir():
        corpus.mkdir(parents=True)
        for number, seed in enumerate(_seeds(target)):
            (corpus / f"seed-{number:02d}").write_bytes(seed)
    options = {
        **{"max_total_time": seconds, "max_len": MAX_BYTES, "timeout": HANG_SECONDS, "rss_limit_mb": RSS_LIMIT_MB},
        **{"print_final_stats": 1, "report_slow_units": HANG_SECONDS, "artifact_prefix": f"{folder / target}/"},
    }
    command = [sys.executable, __file__, "--inside", target, *(f"-{name}={value}" for name, value in options.items())]
    with log.open("w") as file:
        done = subprocess.run(
            [*command, str(corpus)],
            stdout=file, stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    text = log.read_text(errors="replace")
    statistics = {name: int(value) for name, value in _STATISTIC.findall(text)}
    coverage = max((int(edges) for edges, _ in _COVERAGE.findall(text)), default=0)
    slowest = folder / target / "slowest.json"
    return Figures(
        target,
        executions=statistics.get("number_of_executed_units", 0),
        coverage=coverage,
        kept=len(list(corpus.iterdir())),
        slowest=json.loads(slowest.read_text())["seconds"] if slowest.exists() else 0.0,
        peak_mb=statistics.get("peak_rss_mb", 0),
        failure="" if done.returncode == 0 else f"status {done.returncode}, {log}:\n{_end_of(text)}",
    )


def _end_of(log: str) -> str:
    """The traceback in a log, or its last lines."""
    lines = [line for line in log.splitlines() if not line.startswith(("#", "stat::"))]
    begin = next((number for number, line in enumerate(lines) if "Uncaught Python exception" in line), len(lines) - 20)
    return "\n".join(lines[max(begin, 0) :][:60])


def _seeds(target: str) -> list[bytes]:
    texts = [path.read_bytes()[:_SEED_BYTES] for path in sorted((ROOT / "examples" / "dumps").glob("*.txt"))]
    if target == "extract":
        return [bytes((0, number % 2)) + text for number, text in enumerate(texts)]
    import gzip

    import zstandard

    wet = b"".join(_WET % (len(text[:300]), text[:300]) for text in texts[:3])
    jsonl = b"".join(
        json.dumps({"text": text[:300].decode(errors="replace"), "id": 1}).encode() + b"\n" for text in texts[:3]
    )
    plain = [texts[0], wet, jsonl, gzip.compress(wet, mtime=0), zstandard.compress(texts[1]), texts[2]]
    encoded = [texts[3].decode(errors="replace").encode(codec, "replace") for codec in ("utf-16", "cp1251", "gb18030")]
    return [bytes((0, number)) + data for number, data in enumerate(plain)] + [b"\0\0" + data for data in encoded]


def _run_inside(target: str, arguments: list[str]) -> None:
    """Be the process that libFuzzer drives."""
    import atheris
    from atheris.import_hook import HookManager

    # Comparisons are traced for the readers only: of two arrays, atheris never gives the result back to the allocator.
    with HookManager({"copytaster"}, set(), enable_loader_override=False, trace_dataflow=target == "readers"):
        from copytaster.dumps import read_pages  # noqa: F401 - the targets use them; here they are instrumented
        from copytaster.model.classifier import extract, load  # noqa: F401
    load()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="copytaster-fuzz-")))
        call = _reader_target(folder) if target == "readers" else _extract_target()
        atheris.Setup([sys.argv[0], *arguments], _watched(call, Path(f"{target}")))
        atheris.Fuzz()


def _watched(call: Callable[[bytes], int], folder: Path) -> Callable[[bytes], None]:
    """The target, timed: the slowest input is kept, and one that is too slow for its length is a failure."""
    slowest = 0.0

    def run(data: bytes) -> None:
        nonlocal slowest
        begin = time.process_time()
        size = call(data)
        seconds = time.process_time() - begin
        if seconds > slowest:
            slowest = seconds
            (folder / "slowest.bin").write_bytes(data)
            (folder / "slowest.json").write_text(json.dumps({"seconds": seconds, "characters": size}))
        if seconds > _SECONDS_FREE + _SECONDS_A_CHARACTER * size:
            raise TooSlowError(f"{seconds:.1f} s for {size:,} characters")

    return run


def _repeated(data: bytes) -> bytes:
    """What follows the first byte, as often as that says."""
    rest = data[1:]
    times = min(_REPEATS[data[0] % len(_REPEATS)], max(1, _MOST_REPEATED // max(1, len(rest))))
    return rest * times


def _extract_target() -> Callable[[bytes], int]:
    from copytaster.model.classifier import extract
    from copytaster.model.limits import PageTooLarge

    def call(data: bytes) -> int:
        if len(data) < 2:
            return 0
        errors = "surrogateescape" if data[1] % 2 else "replace"
        text = _repeated(data[:1] + data[2:]).decode("utf-8", errors)
        try:
            article = extract(text)
        except PageTooLarge:
            return len(text)
        if not (0 <= article.confidence <= 1 and 0 <= article.has_article <= 1):
            raise AssertionError(f"confidence {article.confidence}, has_article {article.has_article}")
        return len(text)

    return call


def _reader_target(folder: Path) -> Callable[[bytes], int]:
    from copytaster.dumps import read_pages

    def call(data: bytes) -> int:
        if len(data) < 2:
            return 0
        content = _repeated(data[:1] + data[2:])
        path = folder / _NAMES[data[1] % len(_NAMES)]
        path.write_bytes(content)
        size = len(content)
        for page in read_pages([str(path)]):
            size += sum(map(len, getattr(page, "rows", ())))
        return size

    return call


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        _run_inside(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", nargs="+", choices=TARGETS, default=TARGETS)
    parser.add_argument("--seconds", type=int, default=60, help="of all targets together")
    parser.add_argument("--folder", type=Path, help="by default a temporary one, deleted in the end")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        results = []
        for target in options.target:
            results.append(fuzz(target, max(1, options.seconds // len(options.target)), folder.resolve()))
            print(results[-1], flush=True)
    if any(result.failure for result in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
