"""What every worker needs: imported once, by the server that workers are forked from on Linux."""

from __future__ import annotations

import contextlib

import copytaster.dumps.process  # noqa: F401

# numba refuses a numpy it does not know in more ways than ImportError; then there are no compiled kernels.
with contextlib.suppress(Exception):
    import numba  # noqa: F401
