import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# The benchmarks are scripts beside each other, not a part of the package.
sys.path.insert(0, str(ROOT / "benchmarks"))

Write = Callable[[str, str | dict[str, object]], Path]


@pytest.fixture
def fixtures() -> Path:
    return ROOT / "tests" / "fixtures" / "corpora"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of a corpus under `tmp_path`, packed if its name says so, JSON if it is not text."""

    def write(name: str, content: str | dict[str, object]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = (content if isinstance(content, str) else json.dumps(content)).encode("utf-8")
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
        return path

    return write
