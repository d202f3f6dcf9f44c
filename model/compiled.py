"""Loops that run compiled on many pages and interpreted on one, from the same source.

numba takes half a second to import and seconds to compile, which pays on thousands of lines and not on one page. A
kernel is therefore written in the subset that numba and plain Python execute alike: one-dimensional arrays, integers
below 2**63, float64 arithmetic, no allocation. Large batches run it compiled; small ones run the very same function on
lists, so there is no second implementation to keep in step.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

COMPILED_FROM = 150_000
"""Items of work (code points, tokens, ...) from which a batch is worth importing numba for."""

_loaded = False


def pays(items: int) -> bool:
    """Whether a batch of so many items of work is better run compiled: it is large, or numba is loaded already."""
    return _loaded or items >= COMPILED_FROM


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
        self._compiled: dict[tuple[Any, ...], Callable[..., None] | None] = {}

    def __call__(self, *arguments: Any, compile: bool) -> None:  # noqa: A002
        """Run the kernel.

        Args:
            *arguments: Scalars and one-dimensional arrays, the outputs last.
            compile: Whether the work is worth a compiler; where there is none it runs interpreted all the same.
        """
        function = self._compiled_for(arguments) if compile else None
        if function is not None:
            function(*arguments)
            return
        plain = [_plain(argument) for argument in arguments]
        self.function(*plain)
        for array, values in zip(arguments[-self.outputs :], plain[-self.outputs :], strict=True):
            array[:] = values

    def _compiled_for(self, arguments: tuple[Any, ...]) -> Callable[..., None] | None:
        kinds = tuple(map(_kind, arguments))
        if kinds not in self._compiled:
            self._compiled[kinds] = compiled(self.function, lambda numba: tuple(map(numba.typeof, arguments)))
        return self._compiled[kinds]


def kernel(outputs: int) -> Callable[[Callable[..., None]], Kernel]:
    """Decorate a function as a `Kernel` whose last ``outputs`` arguments are filled in place."""
    return lambda function: Kernel(function, outputs)


def compiled(
    function: Callable[..., None], signature: Callable[[Any], Any], **options: Any
) -> Callable[..., None] | None:
    """Compile a function with numba for one signature, or take it from numba's cache on disk.

    It is compiled at once, so that whatever fails does so here and not in the middle of a batch. A damaged cache is
    emptied and filled again; where none can be written, each process compiles anew.

    Args:
        function: A function in the subset of Python that numba knows.
        signature: Makes the signature, given numba.
        **options: Further options of ``numba.njit``.

    Returns:
        The compiled function; None if this machine cannot: numba is missing or broken, or switched off by
        ``NUMBA_DISABLE_JIT``.
    """
    numba = _numba()
    if numba is None:
        return None
    for cache, emptied in ((True, False), (True, True), (False, False)):
        # An unwritable, full or damaged cache shows as any of a dozen errors.
        with contextlib.suppress(Exception):
            if emptied:
                numba.njit(cache=True)(function)._cache.flush()
            made: Callable[..., None] = numba.njit(signature(numba), cache=cache, nogil=True, **options)(function)
            global _loaded
            _loaded = True
            return made
    return None


def _numba() -> Any:
    """The module, or None if it cannot be used."""
    try:
        import numba
    except Exception:  # numba refuses a numpy it does not know in more ways than ImportError
        return None
    return None if getattr(numba.config, "DISABLE_JIT", 0) else numba


def _kind(argument: Any) -> Any:
    """What tells arguments apart for which a kernel is compiled anew; several times as fast as ``numba.typeof``."""
    if isinstance(argument, np.ndarray):
        return argument.dtype, argument.flags.writeable, argument.flags.c_contiguous
    return type(argument)


def _plain(argument: Any) -> Any:
    """The argument as what the interpreter indexes fastest."""
    if not isinstance(argument, np.ndarray):
        return argument
    if argument.dtype == np.int8:
        return argument.data  # a table of the model, too large to be copied for a page
    return argument.tobytes() if argument.dtype == np.uint8 else argument.tolist()
