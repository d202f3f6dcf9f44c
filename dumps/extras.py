"""Optional packages, and what to install where one is missing."""

from __future__ import annotations


class MissingExtraError(ValueError):
    """A package that is not in the base install is needed.

    Args:
        what: What needs it.
        extra: The extra of this package that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(what, extra)
        self.what = what
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.what} is optional: pip install 'copytaster[{self.extra}]'"
