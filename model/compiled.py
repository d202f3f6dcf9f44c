"""Loops that run compiled on many pages and interpreted on one, from the same source.

numba takes half a second to import and seconds to compile, which pays on thousands of lines and not on one page. A
kernel is therefore written in the subset that numba and plain Python execute alike: one-dimensional arrays, integers
below 2**63, float64 arithmetic, no allocation. Large batches run it compiled; small ones run the very same function on
lists, so there is no second implementation to keep in step.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

COMPILED_FROM = 150_000
"""Items of work (code points, tokens, ...) from which a batch is worth importing numba for."""


class Kernel:
    """A loop over arrays, compiled when there is enough to do.

    Args:
        function: Written in the common subset; its last ``outputs`` arguments are arrays it fills in place.
        outputs: How many.
    """

    def __init__(self, function: Callable[..., None], outputs: int) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.outputs = outputs

    @functools.cached_property
    def _compiled(self) -> Callable[..., None] | None:
        return compiled(self.function)

    def __call__(self, *arguments: Any, compile: bool) -> None:  # noqa: A002
        """Run the kernel.

        Args:
            *arguments: Scalars and one-dimensional arrays, the outputs last.
            compile: Whether the work is worth a compiler; without numba it runs interpreted all the same.
        """
        function = self._compiled if compile else None
        if function is not None:
            function(*arguments)
            return
        plain = [_plain(argument) for argument in arguments]
        self.function(*plain)
        for array, values in zip(arguments[-self.outputs :], plain[-self.outputs :], strict=True):
            array[:] = values


def kernel(outputs: int) -> Callable[[Callable[..., None]], Kernel]:
    """Decorate a function as a `Kernel` whose last ``outputs`` arguments are filled in place."""
    return lambda function: Kernel(function, outputs)


def compiled(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The function compiled by numba, or None where numba cannot be imported.

    The machine code is cached on disk where that is possible, and compiled anew in each process where it is not.
    """
    try:
        import numba
    except ImportError:
        return None
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder for the cache can be written
        return numba.njit(nogil=True)(function)


def _plain(argument: Any) -> Any:
    """The argument as what the interpreter indexes fastest."""
    if not isinstance(argument, np.ndarray):
        return argument
    return argument.tobytes() if argument.dtype == np.uint8 else argument.tolist()
