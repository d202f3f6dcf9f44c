"""The four labels a line of a page can have."""

from enum import StrEnum


class Label(StrEnum):
    """What a line was for on its page. `GUIDE.md` beside this file is the full guide."""

    HEADLINE = "headline"
    BODY = "body"
    TEASER = "teaser"
    NAV = "nav"

    @property
    def definition(self) -> str:
        """The label's meaning in one sentence."""
        return _DEFINITIONS[self]


_DEFINITIONS = {
    Label.HEADLINE: "The title of the page's own article, wherever it is printed.",
    Label.BODY: "The article itself, what a reader came to read.",
    Label.TEASER: "Text that advertises a story: this article's own standfirst, or another story's title or blurb.",
    Label.NAV: "Everything else: the furniture of the page.",
}

LABELS: tuple[Label, ...] = tuple(Label)
"""The labels in the order of every array's last axis and of every model file."""
