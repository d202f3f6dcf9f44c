"""Inputs that are damaged, or made to exhaust who reads them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import zstandard
from faults.scenario import SOME_FAILED, FaultError, Outcome, lines_of, predict, record, records, same, texts

PAGES = 600
BOMB_BYTES = 4 << 30
_PIECE = b"All work and no play. " * 47662  # about a megabyte
_NOTHING_TO_DO = "none needed"


def members() -> list[bytes]:
    """A WET file as Common Crawl has it, each record a gzip member of its own."""
    return [gzip.compress(part, 1, mtime=0) for part in records(PAGES)]


def _undisturbed(folder: Path) -> tuple[list[bytes], float]:
    """The lines of the output for the sound file, and the seconds it takes."""
    path = folder / "sound.warc.wet.gz"
    path.write_bytes(b"".join(members()))
    ran = predict(path, "-o", folder / "sound.jsonl").expect(0)
    return lines_of(folder / "sound.jsonl"), ran.seconds


def _damaged_gzip(folder: Path, data: bytes, before: int) -> tuple[str, str, str]:
    sound, seconds = _undisturbed(folder)
    path, output = folder / "damaged.warc.wet.gz", folder / "damaged.jsonl"
    path.write_bytes(data)
    ran = predict(path, "-o", output).expect(SOME_FAILED, "damaged.warc.wet.gz")
    found = lines_of(output)
    # Record and line are the same in both but for the page's place in the file.
    same([_without_place(line) for line in found[:before]], [_without_place(line) for line in sound[:before]], "pages")
    told = next(line for line in ran.said.splitlines() if "gzip" in line).partition(".wet.gz: ")[2]
    lost = PAGES - len(found)
    return (
        f"{len(found)} of {PAGES} pages are written, status 1; the file is named with the reason “{told}”",
        f"{lost} page{'s' if lost != 1 else ''} in or behind the damage, until the file is downloaded again",
        f"{seconds:.1f} s: the run again with the sound file",
    )


def _without_place(line: bytes) -> dict[str, object]:
    return {key: value for key, value in json.loads(line).items() if key not in ("source", "offset")}


def truncated_gzip(folder: Path) -> Outcome:
    """The gzip file ends in the middle of a member."""
    parts = members()
    cut = PAGES * 2 // 3
    return Outcome(*_damaged_gzip(folder, b"".join(parts[:cut]) + parts[cut][: len(parts[cut]) // 2], cut))


def corrupt_gzip(folder: Path) -> Outcome:
    """Bytes in the middle of a gzip member are wrong."""
    parts = members()
    at = PAGES // 2
    parts[at] = parts[at][:60] + bytes(byte ^ 0x55 for byte in parts[at][60:90]) + parts[at][90:]
    return Outcome(*_damaged_gzip(folder, b"".join(parts), at))


def wrong_lengths(folder: Path) -> Outcome:
    """Records announce lengths that they do not have."""
    body = texts()[0]
    lengths: list[int | str] = [len(body) + 100, len(body) - 100, -1, 10**17, 10**30, "many", ""]
    sound = list(records(30))
    path, output = folder / "lengths.warc.wet", folder / "lengths.jsonl"
    # Two sound records between any two with a wrong length.
    parts = [part for number, part in enumerate(sound) if number < 2 * len(lengths) + 2]
    for number, length in enumerate(lengths):
        parts.insert(2 + 3 * number, record(1000 + number, body, length))
    path.write_bytes(b"".join(parts))
    ran = predict(path, "-o", output).expect(SOME_FAILED)
    written = {json.loads(line)["id"] for line in output.read_bytes().splitlines()}
    expected = {f"urn:uuid:00000000-0000-0000-0000-{number:012d}" for number in range(2 * len(lengths) + 2)}
    same(expected - written, set(), "the sound records")
    told = sum(line.startswith(("urn:uuid:", str(path))) for line in ran.said.splitlines())
    return Outcome(
        f"of {len(lengths)} records with a length that is too long, too short, negative, huge or no number, {told} are "
        f"named with the reason; reading goes on with the next record, status 1",
        f"nothing of the {len(expected)} sound records between them",
        _NOTHING_TO_DO,
    )


def _pack(kind: str, head: bytes, path: Path) -> int:
    """Write a file that unpacks to `BOMB_BYTES`; its own size."""
    packer: Callable[[bytes], bytes]
    if kind == "gzip":
        gzipped = zlib.compressobj(9, wbits=31)
        packer, end = gzipped.compress, gzipped.flush
    else:
        zstd = zstandard.ZstdCompressor(level=3).compressobj()
        packer, end = zstd.compress, zstd.flush
    with path.open("wb") as file:
        file.write(packer(head))
        for _ in range(BOMB_BYTES // len(_PIECE)):
            file.write(packer(_PIECE))
        file.write(end())
    return path.stat().st_size


def _bombs(folder: Path) -> Iterator[tuple[Path, int]]:
    announced = record(1, b"", BOMB_BYTES).removesuffix(b"\r\n\r\n")
    for kind, suffix in (("gzip", "gz"), ("zstd", "zst")):
        for head, name in ((b"", "page.txt"), (announced, "crawl.warc.wet"), (b'{"text": "', "pages.jsonl")):
            path = folder / f"{name}.{suffix}"
            yield path, _pack(kind, head, path)
            path.unlink()


def bombs(folder: Path) -> Outcome:
    """Files of some megabytes that unpack to gigabytes."""
    peak = slowest = 0.0
    sizes = []
    for path, size in _bombs(folder):
        ran = predict(path, "-o", folder / "bomb.jsonl").expect(SOME_FAILED, "more than the 1,500,000 characters")
        if (folder / "bomb.jsonl").read_bytes():
            raise FaultError(f"{path.name}: something was written")
        peak, slowest = max(peak, ran.peak_mb), max(slowest, ran.seconds)
        sizes.append(size / 1e6)
    return Outcome(
        f"{len(sizes)} files (text, WET, JSON Lines; gzip, zstd) of {min(sizes):.1f} to {max(sizes):.1f} MB that "
        f"unpack to {BOMB_BYTES >> 30} GB are refused as too large a page, status 1; peak {peak:.0f} MB, "
        f"{slowest:.0f} s at most",
        "nothing but the bomb",
        _NOTHING_TO_DO,
    )


SCENARIOS = {
    "gzip cut off": truncated_gzip,
    "gzip member corrupt": corrupt_gzip,
    "WET with wrong lengths": wrong_lengths,
    "decompression bombs": bombs,
}
