import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from copytaster.dumps import BadPage, JsonKeys, read_pages
from copytaster.labels.page import Page
from copytaster.model.limits import Limits

Read = Callable[..., list[Page | BadPage]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Writes bytes to a file in an otherwise empty folder, and reads the file by its name."""
    monkeypatch.chdir(tmp_path)

    def _read(
        name: str, data: bytes, *, keys: JsonKeys | None = None, limits: Limits | None = None
    ) -> list[Page | BadPage]:
        Path(name).write_bytes(data)
        return list(read_pages([name], keys=keys or JsonKeys(), limits=limits or Limits()))

    return _read


@pytest.fixture(scope="session")
def scale_examples() -> list[str]:
    """The Python of docs/scale.md, block by block."""
    text = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def example_texts() -> dict[str, str]:
    """The example dumps, by name."""
    dumps = Path(__file__).parents[2] / "examples" / "dumps"
    return {path.stem: path.read_text("utf-8") for path in sorted(dumps.glob("*.txt"))}
