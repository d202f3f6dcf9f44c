"""How far a training is: its stages and the share of the work that is done, in a line of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Done = TypeVar("Done")

Say = Callable[[str], None]


class Stages:
    """Says what is being done and how much of the whole is done.

    Args:
        say: Called with each line of text.
    """

    def __init__(self, say: Say | None) -> None:
        self._say = say or (lambda _: None)
        self._share = 0.0

    def follow(self, results: Iterable[Done], count: int, what: str, share: float) -> list[Done]:
        """The results of a stage, each of which is work done.

        Args:
            results: What the stage gives one by one.
            count: How many there will be.
            what: What the stage does.
            share: How much of the whole it is, of 1.
        """
        found: list[Done] = []
        before = self._share
        self._say(f"{before:4.0%}  {what}")
        for result in results:
            found.append(result)
            self._share = before + share * len(found) / count
            self._say(f"{self._share:4.0%}  {what}, {len(found)} of {count}")
        return found
