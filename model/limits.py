"""How large a page may be."""

from __future__ import annotations

from dataclasses import dataclass

# A page of this size takes less than 400 MB to read, whatever is on it; hardly any on the web comes near.
MAX_LINES = 40_000
"""Lines a page may have."""
MAX_CHARS = 1_500_000
"""Characters a page may have: two novels, or a log file handed in by mistake."""
ADVICE = "is it one page? If so, raise"
"""What to do about a page that is too large, before the name of the limit."""


class PageTooLarge(ValueError):  # noqa: N818 - the name is part of the contract
    """A page has more lines or characters than the caller allows."""


@dataclass(frozen=True)
class Limits:
    """How large a page may be before it is refused.

    Attributes:
        max_lines: Lines, blank ones included.
        max_chars: Characters (code points), line ends included.
    """

    max_lines: int = MAX_LINES
    max_chars: int = MAX_CHARS


def check_size(text: str, *, max_lines: int = MAX_LINES, max_chars: int = MAX_CHARS) -> None:
    """Refuse a page that is too large.

    Args:
        text: The dump of one page.
        max_lines: Lines allowed, blank ones included.
        max_chars: Characters allowed, line ends included.

    Raises:
        PageTooLarge: If the text has more of either.
    """
    if len(text) > max_chars:
        raise PageTooLarge(
            f"the page has {len(text):,} characters, more than the {max_chars:,} allowed: "
            f"{ADVICE} max_chars (--max-chars)"
        )
    # The same line ends as `labels.page.split_rows`, counted without making the lines.
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    lines = ends + (not text.endswith(("\n", "\r")) and text != "")
    if lines > max_lines:
        raise PageTooLarge(
            f"the page has {lines:,} lines, more than the {max_lines:,} allowed: {ADVICE} max_lines (--max-lines)"
        )
