"""Model files that are damaged or made to do harm."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from faults.scenario import MODEL_UNUSABLE, ROOT, FaultError, Outcome, Ran, predict, same

from copytaster.model.classifier import SHIPPED, extract, load
from copytaster.model.modelfile import ModelFileError, fingerprint, read_model

DAMAGED = 1000
CHANGED = 200
_SEED = 1
_EXAMPLE = ROOT / "examples" / "dumps" / "news-cracked-bridge.txt"
# Indices, and what they must never be; written by the code that writes sound files, so every checksum is right.
_INDICES = ("feature", "left", "right", "roots", "tree_class")
_HARMFUL = (-(2**31), -2, -1, 0, 1, 127, 1000, 32767, 2**31 - 1)


def _damage(chance: random.Random, data: bytes) -> bytes:
    """A file with bytes changed, a piece cut out or put in, or its end missing."""
    kind = chance.randrange(4)
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.randrange(1, 5000))
    if kind == 0:
        return data[:begin]
    if kind == 1:
        return data[:begin] + data[end:]
    if kind == 2:
        return data[:begin] + data[chance.randrange(len(data)) :][: end - begin] + data[begin:]
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 20)):
        changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(changed)


def damaged(folder: Path) -> Outcome:
    """Bytes of a model file are wrong, missing or too many."""
    chance, good, path = random.Random(_SEED), SHIPPED.read_bytes(), folder / "model.npz"
    expected = fingerprint(*read_model(SHIPPED))
    refused = harmless = 0
    slowest = 0.0
    for _ in range(DAMAGED):
        path.write_bytes(_damage(chance, good))
        begin = time.monotonic()
        try:
            same(load(path).fingerprint, expected, "a damaged model is taken, and")
            harmless += 1
        except ModelFileError:
            refused += 1
        slowest = max(slowest, time.monotonic() - begin)
    ran = _refused(folder)
    return Outcome(
        f"of {DAMAGED:,} damaged files {refused:,} are refused with the reason, {harmless:,} hold the same model (the "
        f"damage is in what nobody reads), within {slowest:.2f} s each; the command ends with status {ran.status}",
        "nothing",
        "none needed: an undamaged copy",
    )


def _refused(folder: Path) -> Ran:
    path = folder / "cut.npz"
    path.write_bytes(SHIPPED.read_bytes()[:-1000])
    return predict(_EXAMPLE, "--model", path, "-f", "text").expect(MODEL_UNUSABLE, "cut.npz", "undamaged copy")


def changed(folder: Path) -> Outcome:
    """Indices in the trees are others, and the checksums are right."""
    chance, (header, arrays) = random.Random(_SEED), read_model(SHIPPED)
    path, text = folder / "model.npz", _EXAMPLE.read_text("utf-8")
    packed = np.frombuffer(json.dumps(header).encode(), np.uint8)
    refused = worked = 0
    for _ in range(CHANGED):
        name = f"{chance.choice(('first', 'second', 'right', 'article'))}.{chance.choice(_INDICES)}"
        array = arrays[name].copy()
        array[chance.randrange(len(array))] = chance.choice([value for value in _HARMFUL if _fits(value, array.dtype)])
        np.savez(path, header=packed, **{**arrays, name: array})
        try:
            classifier = load(path)
        except ModelFileError:
            refused += 1
            continue
        extract(text, classifier=classifier)
        worked += 1
    return Outcome(
        f"of {CHANGED} files with a changed index {refused} are refused with the reason; {worked} still hold whole "
        "trees inside their arrays, and work",
        "nothing",
        "none needed: an undamaged copy",
    )


def _fits(value: int, dtype: object) -> bool:
    limits = np.iinfo(np.dtype(dtype))  # type: ignore[call-overload]
    return bool(limits.min <= value <= limits.max)


def _harmful(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files made to run code or to exhaust memory."""

    class Runs:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(folder / "code was run"),)

    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps(Runs()))
    yield "a pickle", path

    def archive(**members: bytes) -> Path:
        path = folder / "model.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for name, data in members.items():
                file.writestr(f"{name}.npy", data)
        return path

    def member(array: object, **how: object) -> bytes:
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.asarray(array), **how)  # type: ignore[arg-type]
        return buffer.getvalue()

    def bomb() -> Path:
        """Written piece by piece: the peak of a process begins at that of the one that starts it."""
        path, piece = archive(header=head), bytes(2**20)
        start = member(np.frombuffer(piece, np.uint8)).removesuffix(piece)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("a.npy", "w") as stream:
            stream.write(start.replace(b"(1048576,), }   ", b"(1073741824,), }"))
            for _ in range(2**10):
                stream.write(piece)
        return path

    head = member(np.frombuffer(b'{"format": 1, "arrays": ["a"]}', np.uint8))
    yield "a pickled object in it", archive(header=head, a=member([Runs()], allow_pickle=True))
    yield "an array of 1 GB in 1 MB", bomb()
    huge = member(np.zeros(8)).replace(b"(8,), }            ", b"(99999999999,), }  ")
    yield "an array that says it has 800 GB", archive(header=head, a=huge)
    yield "100,000 arrays", archive(header=head, **{f"a{number}": b"" for number in range(100_000)})
    nested = b"[" * 500_000 + b"]" * 500_000
    yield "a header of 500,000 nested lists", archive(header=member(np.frombuffer(nested, np.uint8)))


def harmful(folder: Path) -> Outcome:
    """Model files that would run code or exhaust memory."""
    names, peak, slowest = [], 0.0, 0.0
    for name, path in _harmful(folder):
        ran = predict(_EXAMPLE, "--model", path, "-f", "text").expect(MODEL_UNUSABLE, path.name)
        if (folder / "code was run").exists():
            raise FaultError(f"{name}: code was run")
        names.append(name)
        peak, slowest = max(peak, ran.peak_mb), max(slowest, ran.seconds)
    return Outcome(
        f"{', '.join(names)}: each is refused with the reason, status {MODEL_UNUSABLE}, no code is run; peak "
        f"{peak:.0f} MB, {slowest:.1f} s at most",
        "nothing",
        "none needed: another file",
    )


SCENARIOS = {
    "model file damaged": damaged,
    "model file with other indices": changed,
    "model file made to do harm": harmful,
}
