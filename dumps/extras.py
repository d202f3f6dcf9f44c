"""Optional packages, and what to install where one is missing."""

from __future__ import annotations


class MissingExtraError(ValueError):
    """A package that is not in the base install is needed.

    Args:
        what: What needs it.
        extra: The extra of this package that brings it.
        detail: What is missing, where that is of use.
    """

    def __init__(self, what: str, extra: str, detail: str = "") -> None:
        super().__init__(what, extra, detail)
        self.what = what
        self.extra = extra
        self.detail = detail

    def __str__(self) -> str:
        # In one piece up to the detail: the summary of a run cuts reasons at punctuation.
        needs = f"{self.what} needs more packages with pip install 'copytaster[{self.extra}]'"
        return f"{needs} ({self.detail})" if self.detail else needs
