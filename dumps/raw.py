"""Pages that are still bytes: reading goes on while others, in other processes, make pages of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.text import BadPage
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits


@dataclass(frozen=True)
class RawPage:
    """What a page is to be made of.

    Attributes:
        make: What makes it, such as `copytaster.dumps.text.page_of_bytes`; a function of a module, so that its name can
            be sent to another process.
        data: The bytes.
        limits: How large the page may be.
        id: What to call the page, unless the bytes say so themselves.
        origin: Where it was read from.
        options: Further keyword arguments of the function.
        is_markup: Whether most of the bytes are markup, of which nothing is left in the page.
    """

    make: Callable[..., Page | BadPage]
    data: bytes
    limits: Limits
    id: str
    origin: Origin
    options: Mapping[str, Any] = field(default_factory=dict)
    is_markup: bool = False

    def page(self) -> Page | BadPage:
        """Make the page; one that needs a package that is not installed is a bad one."""
        try:
            return self.make(self.data, self.limits, name=self.id, origin=self.origin, **self.options)
        except MissingExtraError as error:
            return BadPage(self.id, str(error), self.origin)
