"""An article as Markdown and as plain text.

Teasers are not printed: leaving them out is what the article is for.
"""

from __future__ import annotations

import re

from copytaster.model.article import Article

_RULE = "-" * 72
# What an article's list items begin with.
_ITEM = "- "
# What would turn a line into something that it is not: a heading, a rule or the underline of a heading, a block of
# code that swallows the rest of the text, or HTML, which is not shown. Emphasis and links inside a line stay: they do
# little harm, and escaping them would make names_like_this hard to read.
_MISREAD = re.compile(r"#{1,6}(?:\s|$)|([-*_=])(?:\s*\1)*\s*$|```|~~~|<[A-Za-z/!?]")


def markdown(article: Article) -> str:
    """An article as Markdown: a heading, byline and date, standfirst, paragraphs."""
    blocks = [f"# {_one_line(article.headline)}"] if article.headline else []
    if credit := _credit(article):
        blocks.append(f"*{_without_emphasis(credit)}*")
    if article.standfirst:
        blocks.append(f"**{_without_emphasis(_one_line(article.standfirst))}**")
    blocks += _with_lists([_guarded(paragraph) for paragraph in article.paragraphs])
    return _joined(blocks)


def plain_text(article: Article) -> str:
    """An article as text: headline, byline and date, standfirst, paragraphs, with blank lines between."""
    headline = _one_line(article.headline) if article.headline else ""
    return _joined([block for block in (headline, _credit(article), article.text) if block])


def markdown_title(name: str) -> str:
    """What stands above each of several pages in Markdown."""
    # As code, in which nothing has a meaning; the fence must be longer than any in the name.
    fence = "`" * (1 + max(map(len, re.findall("`+", name)), default=0))
    return f"---\n\n{fence}{_one_line(name)}{fence}\n\n"


def text_title(name: str) -> str:
    """What stands above each of several pages in plain text."""
    return f"{_RULE}\n{_one_line(name)}\n\n"


def _credit(article: Article) -> str:
    return " · ".join(_one_line(part) for part in (article.byline, article.published) if part)


def _joined(blocks: list[str]) -> str:
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _with_lists(paragraphs: list[str]) -> list[str]:
    """Paragraphs with list items that follow one another as one block."""
    blocks: list[str] = []
    for paragraph in paragraphs:
        if blocks and paragraph.startswith(_ITEM) and blocks[-1].startswith(_ITEM):
            blocks[-1] += f"\n{paragraph}"
        else:
            blocks.append(paragraph)
    return blocks


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_emphasis(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")


def _guarded(paragraph: str) -> str:
    return "\n".join(_guarded_line(line) for line in paragraph.split("\n"))


def _guarded_line(line: str) -> str:
    return f"\\{line}" if _MISREAD.match(line) else line
