"""JSON Lines of other tools: the objects of a text, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from copytaster.labels.spans import ExchangeError


def records(data: str, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each record is called in messages, and its fields.

    Raises:
        ExchangeError: If a line is no JSON object.
    """
    for number, line in enumerate(data.split("\n"), 1):
        if not line.strip():
            continue
        name = f"line {number}"
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ExchangeError(file, name, f"not JSON ({error}); every line must be one whole JSON object") from None
        if not isinstance(fields, dict):
            raise ExchangeError(file, name, "not an object; every line must be one whole JSON object")
        yield name, fields
