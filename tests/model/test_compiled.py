"""Compiled loops: the same results as interpreted ones, whatever state numba and its cache are in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from copytaster.model import compiled as compiled_module
from copytaster.model.compiled import Kernel
from copytaster.model.features.prose import greatest_stretch

EXAMPLES = Path(__file__).parents[2] / "examples" / "dumps"

# Everything that is compiled, from the first line on so that a page suffices.
READ = """
import sys, zlib
from pathlib import Path
from copytaster.labels import Page
from copytaster.model import compiled, forest, lines
from copytaster.model.classifier import load
from copytaster.model.kernels import KernelLoader

if sys.argv[2] == "compiled":
    compiled.COMPILED_FROM, forest._loader = 0, KernelLoader(after=1)
if sys.argv[3] == "nowhere":
    import numba.core.caching as caching
    # Neither the package's folder nor the home may be written: only the place that is named is left to numba.
    caching.CacheImpl._locator_classes = caching.CacheImpl._locator_classes[:1]
page = Page.from_text(Path(sys.argv[1]).read_text("utf-8"))
reading = load().read([page])[0]
made = repr((reading.article, reading.lines)).encode()
print(any(lines.scan._compiled.values()), "numba" in sys.modules, zlib.crc32(made))
"""


def read_page(how: str, cache: str | Path, where: str = "somewhere") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, str(EXAMPLES / "news-cracked-bridge.txt"), how, where],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def stretches(kernel: Kernel) -> list[list[int]]:
    first, end = np.zeros(2, np.int64), np.zeros(2, np.int64)
    page_start = np.array([0, 3, 8])
    score = np.array([-1, 2, 3, -1, -2, 5, -1, 4])
    kernel(page_start, score, first, end, compile=True)
    return [first.tolist(), end.tolist()]


STRETCHES = [[1, 5], [3, 8]]


def fresh() -> Kernel:
    """The kernel as a new process has it."""
    return Kernel(greatest_stretch.function, 2)


def cache_hits(kernel: Kernel) -> int:
    (made,) = kernel._compiled.values()
    return sum(made.stats.cache_hits.values())  # type: ignore[union-attr]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that numba caches in."""
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(cache: Path, suffix: str) -> list[Path]:
    return [path for path in cache.rglob("*") if path.suffix == suffix]


def test_a_second_process_finds_the_kernel_in_the_cache(cache: Path) -> None:
    one, two = fresh(), fresh()
    assert stretches(one) == stretches(two) == STRETCHES
    assert (cache_hits(one), cache_hits(two)) == (0, 1)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"], ids=["index", "code"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:9], lambda data: data[:-9], lambda data: b"\x80\x05X" + data[9:]],
    ids=["empty", "beginning", "cut short", "another beginning"],
)
def test_a_damaged_cache_is_mended(cache: Path, suffix: str, damage: Callable[[bytes], bytes]) -> None:
    stretches(fresh())
    (file,) = files(cache, suffix)
    file.write_bytes(damage(file.read_bytes()))
    one, two = fresh(), fresh()
    assert stretches(one) == stretches(two) == STRETCHES
    assert (cache_hits(one), cache_hits(two)) == (0, 1)


def test_a_cache_that_cannot_be_mended_does_not_cost_the_kernel(cache: Path) -> None:
    stretches(fresh())
    (index,) = files(cache, ".nbi")
    index.unlink()
    index.mkdir()
    kernel = fresh()
    assert stretches(kernel) == STRETCHES
    assert cache_hits(kernel) == 0


@pytest.mark.parametrize("broken", ["missing", "switched off", "refusing"])
def test_where_numba_cannot_be_used_the_kernel_runs_interpreted(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "missing":
        monkeypatch.setitem(sys.modules, "numba", None)
    elif broken == "switched off":
        monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    else:
        monkeypatch.setattr("numba.njit", lambda *_, **__: 1 / 0)
    kernel = fresh()
    assert stretches(kernel) == STRETCHES
    assert not any(kernel._compiled.values())


def test_other_types_of_arguments_are_compiled_too(cache: Path) -> None:
    kernel = fresh()
    scores: list[npt.NDArray[np.signedinteger]] = [np.array([1, -2], kind) for kind in (np.int64, np.int32)]
    for score in scores:
        first, end = np.zeros(1, np.int64), np.zeros(1, np.int64)
        kernel(np.array([0, 2]), score, first, end, compile=True)
        assert (first[0], end[0]) == (0, 1)
    assert len(kernel._compiled) == 2
    assert all(kernel._compiled.values())


def test_nothing_is_compiled_for_little_work() -> None:
    assert compiled_module.COMPILED_FROM > 10_000
    assert read_page("interpreted", "unused")[:2] == ["False", "False"]


def test_a_page_is_read_alike_where_no_cache_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    compiled, loaded, reading = read_page("compiled", tmp_path / "file" / "cache", "nowhere")
    assert (compiled, loaded) == ("True", "True")
    assert reading == read_page("interpreted", "unused")[2]
