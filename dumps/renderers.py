"""From the HTML of a page to the rows of a text dump, in the five ways the shipped model was trained on.

Three renderers need a package of the extra ``copytaster[html]``, imported when they are called; two are programs.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from copytaster.labels.page import split_rows

Renderer = Callable[[str], str]

_BLOCK = frozenset(
    """
    address article aside blockquote body br button center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav noscript ol option p pre section select
    summary table tbody td tfoot th thead title tr ul
    """.split()  # noqa: SIM905 - a list of fifty quoted words is harder to read
)
_SKIPPED = frozenset({"script", "style", "template", "svg", "noscript", "textarea"})
_DEEP = 20_000  # elements inside one another, on the worst pages
_SPACE = re.compile(r"\s+")


TIME_LIMIT = 20.0
"""Seconds that a program may take for a page."""


class RendererMissingError(ValueError):
    """The package or program that a renderer needs is not installed."""


class RenderingError(ValueError):
    """A renderer failed on a page."""


def render(html: str, renderer: str) -> list[str]:
    """The rows of a page's dump, cleaned as those of any dump are.

    Args:
        html: The page.
        renderer: A name of `RENDERERS`.

    Raises:
        RendererMissingError: If it is not installed; the message says what to install.
        RenderingError: If it fails on this page.
    """
    try:
        text = RENDERERS[renderer](html)
    except ImportError as error:
        raise RendererMissingError(f"{renderer} is not installed: pip install 'copytaster[html]'") from error
    except FileNotFoundError as error:
        raise RendererMissingError(f"there is no program {renderer}; install it") from error
    except (subprocess.SubprocessError, RecursionError, ValueError) as error:
        raise RenderingError(f"{renderer} failed on the page ({type(error).__name__}: {error})") from error
    # Line ends are line feeds: a renderer passes on others as the white space that they are in HTML.
    rows = list(split_rows(text.replace("\r", " ")))
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _resiliparse(html: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    options: dict[str, Any] = {"preserve_formatting": "minimal", "noscript": False}
    text: str = extract_plain_text(
        html, main_content=False, alt_texts=False, links=False, form_fields=False, **options
    )  # fmt: skip
    return text


def _inscriptis(html: str) -> str:
    import inscriptis

    text: str = inscriptis.get_text(html)
    return text


def _wet(html: str) -> str:
    """A row for each block element, white space folded, the page title first: much like Common Crawl's WET files."""
    from lxml import html as lxml_html

    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEEP))
    try:
        root = lxml_html.document_fromstring(html)
    except ValueError:  # an XML declaration speaks of bytes
        root = lxml_html.document_fromstring(html.encode("utf-8", "replace"))
    rows: list[str] = []
    pieces: list[str] = []

    def end_row() -> None:
        row = _SPACE.sub(" ", "".join(pieces)).strip()
        pieces.clear()
        if row:
            rows.append(row)

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        is_block = element.tag in _BLOCK
        if is_block:
            end_row()
        pieces.append(element.text or "")
        for child in element:
            walk(child)
            pieces.append(child.tail or "")
        if is_block:
            end_row()

    walk(root)
    end_row()
    return "\n".join(rows)


def _text_browser(command: str) -> Renderer:
    """A program that reads HTML from standard input and wraps the text at 80 columns."""

    def run(html: str) -> str:
        # Both take the first charset that the page declares.
        page = ('<meta charset="utf-8">' + html).encode("utf-8", "replace")
        done = subprocess.run(command.split(), input=page, capture_output=True, timeout=TIME_LIMIT, check=True)
        return done.stdout.decode("utf-8", "replace")

    return run


RENDERERS: Mapping[str, Renderer] = {
    "resiliparse": _resiliparse,
    "inscriptis": _inscriptis,
    "wet": _wet,
    "lynx": _text_browser(
        "lynx -dump -nolist -display_charset=utf-8 -assume_charset=utf-8 -width=80 -force_html -stdin"
    ),
    "w3m": _text_browser("w3m -dump -T text/html -I utf-8 -O utf-8 -cols 80"),
}
"""By name, what makes the lines of a dump of a page's HTML."""


def installed() -> list[str]:
    """The names of the renderers that this machine has."""
    modules = {"resiliparse": "resiliparse", "inscriptis": "inscriptis", "wet": "lxml"}
    return [
        name
        for name in RENDERERS
        if (importlib.util.find_spec(modules[name]) if name in modules else shutil.which(name)) is not None
    ]
