"""Runs that are stopped, that cannot write, or that get in each other's way."""

from __future__ import annotations

import gzip
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults.scenario import (
    MOST_MB,
    SOME_FAILED,
    FaultError,
    NotAvailableError,
    Outcome,
    Ran,
    Running,
    left_over,
    lines_of,
    need,
    predict,
    records,
    same,
)

import copytaster

PAGES = 8000
KILLS = 20
_SEED = 1
_SMALL = 256 << 10  # bytes of a disk that is soon full
# Mounts two folders read-only, for this process and its children, and becomes the command that follows.
_READ_ONLY = """
for folder in "$1" "$2"; do
  mount --bind "$folder" "$folder"
  mount -o remount,bind,ro "$folder"
  if touch "$folder/written" 2> /dev/null; then exit 1; fi
done
shift 2
exec "$@"
"""
_EARLIER = b'{"id": "of an earlier run"}\n'


def _wet(folder: Path, pages: int = PAGES) -> Path:
    path = folder / "crawl.warc.wet.gz"
    path.write_bytes(b"".join(gzip.compress(part, 1, mtime=0) for part in records(pages)))
    return path


def _kept(folder: Path, output: Path) -> str:
    """Check that an output of an earlier run is untouched; what is left beside it."""
    same(output.read_bytes(), _EARLIER, "the earlier output")
    sizes = sum((folder / name).stat().st_size for name in left_over(folder))
    return f"a hidden part file of {sizes / 1e6:.1f} MB stays" if left_over(folder) else "no part file stays"


def stopped(folder: Path) -> Outcome:
    """A run is asked to end, and another is killed."""
    wet, output = _wet(folder), folder / "articles.jsonl"
    output.write_bytes(_EARLIER)
    ended = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        running = Running(wet, "-o", output)
        time.sleep(4)
        running.kill(number)
        begin = time.monotonic()
        ran = running.wait()
        if ran.status == 0 or "Traceback" in ran.said:
            raise FaultError(f"{number.name}: status {ran.status}: {ran.said[-500:]}")
        ended.append(f"{number.name} in {time.monotonic() - begin:.1f} s with status {ran.status}")
    state = _kept(folder, output)
    again = predict(wet, "-o", output).expect(0)
    same(len(lines_of(output)), PAGES, "pages")
    same(left_over(folder), [], "what is left over")
    return Outcome(
        f"it ends at {', at '.join(ended)}; {state}",
        "nothing of an earlier output of that name, which stays as it was",
        f"{again.seconds:.1f} s: the run again from the beginning ({PAGES:,} pages)",
    )


def kills(folder: Path) -> Outcome:
    """A run with workers is killed again and again at random moments and goes on each time."""
    need("--resume", "--workers", "--errors")
    wet = _wet(folder)
    with wet.open("ab") as file:  # a page that fails, for the file of errors
        file.write(gzip.compress(next(iter(records(1))).replace(b"Content-Length: ", b"Content-Length: 9"), mtime=0))
    options = ("--workers", "2")
    calm, calm_errors = folder / "calm.jsonl", folder / "calm-errors.jsonl"
    alone = (wet, "-o", calm, "--errors", calm_errors, *options)
    predict(*alone).expect(SOME_FAILED)  # the first run after an installation compiles
    undisturbed = predict(*alone).expect(SOME_FAILED)
    output, errors = folder / "articles.jsonl", folder / "errors.jsonl"
    chance = random.Random(_SEED)
    command = (wet, "-o", output, "--errors", errors, *options, "--resume")
    killed = rounds = 0
    seconds = 0.0
    while not (killed == KILLS and output.exists()):
        running = Running(*command)
        moment = running.begin + chance.uniform(0.1, undisturbed.seconds)
        while time.monotonic() < moment and not output.exists():
            time.sleep(0.01)
        if killed < KILLS and not output.exists():
            running.kill()
            seconds += running.wait().seconds
            killed += 1
            continue
        seconds += running.wait().expect(SOME_FAILED).seconds
        same(output.read_bytes(), calm.read_bytes(), "the output")
        same(errors.read_bytes(), calm_errors.read_bytes(), "the errors")
        same(left_over(folder), [], "what is left over")
        rounds += 1
        if killed < KILLS:
            output.unlink()
            errors.unlink()
    each = (seconds - rounds * undisturbed.seconds) / KILLS
    return Outcome(
        f"killed {killed} times with its workers, each time the same command with `--resume`, until the output was "
        f"whole {rounds} times; output and errors are byte for byte those of an undisturbed run",
        "nothing",
        f"{each:.1f} s for each kill, beside the {undisturbed.seconds:.1f} s of an undisturbed run ({PAGES:,} pages)",
    )


def worker_killed(folder: Path) -> Outcome:
    """A worker process is killed, as the kernel does where memory is short."""
    need("--workers")
    wet, calm, output = _wet(folder), folder / "calm.jsonl", folder / "articles.jsonl"
    predict(wet, "-o", calm, "--workers", "2").expect(0)  # the first run after an installation compiles
    undisturbed = predict(wet, "-o", calm, "--workers", "2").expect(0)
    running = Running(wet, "-o", output, "--workers", "2")
    deaths = 0
    for _ in range(3):
        time.sleep(undisturbed.seconds / 5)
        workers = running.workers()
        if len(workers) != 2:
            raise FaultError(f"it has {len(workers)} workers, not 2, when one is to be killed")
        victim = max(workers)
        os.kill(victim, signal.SIGKILL)
        deaths += 1
        time.sleep(0.5)
        if victim in running.workers() or len(running.workers()) != 2:
            raise FaultError(f"worker {victim} was killed and not replaced")
    ran = running.wait().expect(0)
    same(output.read_bytes(), calm.read_bytes(), "the output")
    return Outcome(
        f"{deaths} workers killed in one run; each is replaced and its batch tried again, status 0, output byte for "
        "byte that of an undisturbed run",
        "nothing",
        f"{ran.seconds:.1f} s for the run, {undisturbed.seconds:.1f} s for an undisturbed one ({PAGES:,} pages)",
    )


def _disk_full(folder: Path, fails: Callable[[Path, Path], Ran]) -> Outcome:
    wet, output = _wet(folder), folder / "disk" / "articles.jsonl"
    output.parent.mkdir(exist_ok=True)
    output.write_bytes(_EARLIER)
    ran = fails(wet, output).expect(SOME_FAILED, "articles.jsonl", "cannot be written")
    state = _kept(output.parent, output)
    said = next(line for line in ran.said.splitlines() if "cannot be written" in line)
    reason = said[said.index("cannot be written") :].replace("|", "/")
    again = predict(wet, "-o", folder / "elsewhere.jsonl").expect(0)
    same(len(lines_of(folder / "elsewhere.jsonl")), PAGES, "pages")
    return Outcome(
        f"the run ends after {ran.seconds:.1f} s with status 1 and “{reason}”; {state}",
        "nothing of an earlier output of that name, which stays as it was",
        f"{again.seconds:.1f} s: the run again where there is room ({PAGES:,} pages)",
    )


def file_limit(folder: Path) -> Outcome:
    """A file may not grow any more (RLIMIT_FSIZE)."""

    def fails(wet: Path, output: Path) -> Ran:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, _SMALL))

        return predict(wet, "-o", output, before=limit)

    return _disk_full(folder, fails)


def disk_full(folder: Path) -> Outcome:
    """The disk is full (a small tmpfs)."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", disk], capture_output=True, text=True
    )
    if mounted.returncode:
        raise NotAvailableError(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        return _disk_full(folder, lambda wet, output: predict(wet, "-o", output))
    finally:
        subprocess.run(["umount", disk], check=True)


def read_only_home(folder: Path) -> Outcome:
    """Neither home nor the package's own folder can be written, where numba keeps what it compiled."""
    wet, usual, output = _wet(folder), folder / "usual.jsonl", folder / "articles.jsonl"
    home = folder / "home"
    home.mkdir()
    package = Path(copytaster.__file__).resolve().parent
    locked = ("unshare", "--mount", "sh", "-ec", _READ_ONLY, "sh", str(home), str(package))
    tried = subprocess.run([*locked, "true"], capture_output=True, text=True)
    if tried.returncode:
        raise NotAvailableError(f"folders cannot be mounted read-only here: {tried.stderr.strip()}")
    with_cache = predict(wet, "-o", usual).expect(0)
    ran = predict(wet, "-o", output, environment={"HOME": str(home), "XDG_CACHE_HOME": str(home)}, prefix=locked)
    ran.expect(0)
    same(output.read_bytes(), usual.read_bytes(), "the output")
    return Outcome(
        "the loops are compiled anew in each process; status 0, the same output",
        "nothing",
        f"none needed; {ran.seconds:.1f} s instead of {with_cache.seconds:.1f} s ({PAGES:,} pages)",
    )


def two_at_once(folder: Path) -> Outcome:
    """Two runs write to the same output."""
    wet, usual, output = _wet(folder), folder / "usual.jsonl", folder / "articles.jsonl"
    alone = predict(wet, "-o", usual).expect(0)
    first = Running(wet, "-o", output)
    time.sleep(1.5)
    second = Running(wet, "-o", output)
    with ThreadPoolExecutor() as waiting:
        ends = list(waiting.map(Running.wait, (first, second)))
    if any("Traceback" in ran.said or ran.peak_mb > MOST_MB for ran in ends) or ends[0].status:
        raise FaultError(f"{[(ran.status, ran.said[-300:]) for ran in ends]}")
    same(output.read_bytes(), usual.read_bytes(), "the output")
    same(left_over(folder), [], "what is left over")
    if ends[1].status:
        refusal = ends[1].said.strip().splitlines()[-1].replace(f"{folder}/", "").replace("|", "/")
        happens = f"the second ends after {ends[1].seconds:.1f} s with status {ends[1].status} and “{refusal}”"
    else:
        happens = "both end with status 0, and the output is that of the one that ends last"
    return Outcome(
        f"{happens}; the output is whole, byte for byte that of a run alone",
        "nothing",
        f"none needed ({alone.seconds:.1f} s for a run alone)",
    )


SCENARIOS = {
    f"{KILLS} kills, then `--resume`": kills,
    "worker killed": worker_killed,
    "stopped without `--resume`": stopped,
    "disk full (tmpfs)": disk_full,
    "disk full (RLIMIT_FSIZE)": file_limit,
    "read-only home": read_only_home,
    "two runs, one output": two_at_once,
}
