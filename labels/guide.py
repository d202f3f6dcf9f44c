"""The label guide, which ships with the package."""

from __future__ import annotations


def guide() -> str:
    """The text of ``GUIDE.md``: what each label is for, with examples, as Markdown."""
    from importlib.resources import files  # takes longer to import than most commands need

    return files("copytaster.labels").joinpath("GUIDE.md").read_text("utf-8")
