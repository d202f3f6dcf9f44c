"""Folds of pages, by site: pages of one site share their furniture and must not stand on both sides."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from copytaster.labels.page import LabelledPage


def fold_of(site: str, folds: int) -> int:
    """The fold a site belongs to, the same on every machine and in every run."""
    return zlib.crc32(site.encode("utf-8", "replace")) % folds


def folds_by_site(pages: Sequence[LabelledPage], folds: int) -> npt.NDArray[np.int64]:
    """int64 (p,), the fold of each page, numbered from 0; few sites make fewer folds than asked for.

    With a single site, folds go by page.
    """
    keys = [page.page.site for page in pages]
    if len(set(keys)) == 1:
        keys = [f"{page.page.id} {number}" for number, page in enumerate(pages)]
    found = np.array([fold_of(f"fold {key}", folds) for key in keys], dtype=np.int64)
    if len(set(found.tolist())) == 1:
        # Two or three sites may all fall into one fold, which would leave nothing to train on.
        found = np.unique(keys, return_inverse=True)[1] % folds
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
