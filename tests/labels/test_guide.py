from pathlib import Path

import copytaster.labels
from copytaster.labels import LABELS
from copytaster.labels.guide import guide


def test_the_guide_is_the_file_that_ships():
    assert guide() == (Path(copytaster.labels.__file__).parent / "GUIDE.md").read_text("utf-8")


def test_the_guide_has_a_section_on_every_label():
    headings = [line.removeprefix("## ") for line in guide().splitlines() if line.startswith("## ")]
    assert headings[: len(LABELS)] == list(LABELS)
