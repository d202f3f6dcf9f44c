"""The text blocks of an HTML page, and in which regions of the page they stand.

1. The document is walked in order; each block element ends a block, as in the dumps that `copytaster.dumps.renderers`
   makes, so that blocks and rows can be aligned.
2. Elements open regions: by their tag, their role, what they are a property of, and the words of their class and id.
   A block is in a region if most of its letters are.
3. The main element is the deepest one that holds most of the page's prose; it is what tells an article's paragraphs
   from those of a sidebar where no class does.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from copytaster.dumps.renderers import RendererMissingError
from copytaster.model.wording import columns, letters, words

PROSE = 70
"""Columns from which a block with few links is prose."""
MAX_LINKED = 0.4
"""Share of a block's letters in links up to which it is prose."""
REGION_SHARE = 0.6
"""Share of a block's letters that must be in a region."""
MAIN_SHARE = 0.6
"""Share of the page's prose that its main element holds."""
WRAPPER_SHARE = 0.4
"""Share of the page's text from which an element is the page's wrapper, whose classes tell nothing of its parts."""
MIN_CARDS = 3
"""Siblings of one shape from which each is a card."""
MIN_TITLE = 4
"""Words of a link that can be the title of a story; in scripts without spaces so many pairs of characters."""
MIN_TITLE_LETTERS = 8
MIN_TITLE_SHARE = 0.45
"""Letters, and share of the letters of what a page calls itself, of a text that is its title without a site's name."""
MAX_CARD = 700
"""Columns of the longest card."""

_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Searched for rather than parsed: much of it is no valid JSON, or a list, or a graph of things.
_HEADLINE = re.compile(r'"headline"\s*:\s*("(?:[^"\\]|\\.)*")')
_DIGITS = re.compile(r"\d+")

_BLOCK_TAGS = frozenset(
    """
    address article aside blockquote body br button center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p pre section select summary table
    tbody td tfoot th thead title tr ul
    """.split()  # noqa: SIM905 - as in copytaster.dumps.renderers
)
_SKIPPED_TAGS = frozenset({"script", "style", "template", "svg", "noscript", "textarea", "iframe", "object"})

TAG_REGIONS: Mapping[str, str] = {
    **{"nav": "nav", "menu": "nav", "header": "header", "footer": "footer", "aside": "aside", "figure": "figure"},
    **{"figcaption": "figure", "form": "form", "button": "form", "select": "form", "label": "form", "fieldset": "form"},
    **{"time": "byline", "address": "byline", "dialog": "promo", "main": "main", "article": "article", "p": "p"},
    **{"li": "li", "dt": "li", "dd": "li", "td": "cell", "th": "cell", "blockquote": "quote", "pre": "code"},
    **{f"h{level}": f"h{level}" for level in range(1, 7)},
}
"""What a tag says of the text in it."""
ROLE_REGIONS: Mapping[str, str] = {
    **{"navigation": "nav", "menu": "nav", "menubar": "nav", "tablist": "nav", "toolbar": "nav", "banner": "header"},
    **{"contentinfo": "footer", "complementary": "aside", "search": "form", "dialog": "promo", "alertdialog": "promo"},
    **{"main": "main", "button": "form"},
}
PROPERTY_REGIONS: Mapping[str, str] = {
    **{"articlebody": "article body", "headline": "headline", "author": "byline", "datepublished": "byline"},
    **{"datemodified": "byline", "comment": "comments", "breadcrumb": "breadcrumb", "caption": "figure"},
}
WORD_REGIONS: Mapping[str, frozenset[str]] = {
    region: frozenset(names.split())
    for region, names in {
        "nav": "nav navbar navigation navi menu submenu subnav topnav mainnav dropdown toolbar topbar skip skiplink"
        " pagination pager paging tabs toc language languages search hamburger megamenu",
        "breadcrumb": "breadcrumb breadcrumbs crumb crumbs",
        "header": "masthead siteheader logo",
        "footer": "footer colophon copyright imprint legal disclaimer",
        "aside": "sidebar aside rail widget widgets sidebox",
        "comments": "comment comments disqus respond commentlist reviews",
        "share": "share sharing shares social addthis sharedaddy follow print toolbox bookmark",
        "promo": "newsletter promo promotion subscribe subscription signup paywall cookie cookies consent gdpr advert"
        " advertisement ad ads adslot sponsor cta donate donation modal popup overlay login piano notification alert",
        "related": "related recommended recommendation recommendations recirc recirculation mostread popular trending"
        " latest teaser teasers card cards outbrain taboola zergnet headlines newsfeed upnext readmore ticker"
        " morefrom similar",
        "byline": "byline author authors date datetime dateline timestamp published posted bio meta metadata writer",
        "figure": "caption captions credit credits gallery slideshow carousel lightbox photo",
        "tags": "tags tag taglist topics keywords categories category kicker eyebrow taxonomy",
        "standfirst": "dek standfirst summary subtitle subheadline subheading deck chapo vorspann abstract"
        " tldr strapline ingress",
    }.items()
}
"""Words of classes and ids that name a region."""
PHRASE_REGIONS: Mapping[str, re.Pattern[str]] = {
    "related": re.compile(
        r"(?:most|also|more|next|previous|prev)-(?:read|viewed|popular|shared|clicked|from|stories|news|articles?|posts?"
        r"|like|story|on)\b|read-(?:more|next|also)|up-next|post-nav|nav-(?:previous|next)|you-may"
    ),
    "article body": re.compile(r"(?:article|story|post|entry|news|page)-?(?:body|content|text|copy)\b"),
    "header": re.compile(r"\b(?:site|global|page|main|top)-header\b|^header$"),
}


WRAPPING = frozenset({"main", "article", "article body", "li", "cell", "quote", "code", "p"})
"""What an element can still be that holds much of the page's text, or its main element."""


class Block(NamedTuple):
    """The text between two ends of block elements.

    Attributes:
        text: The text, white space folded.
        regions: Names of the regions that most of its letters are in.
        linked: Share of its letters that are in links.
        links: How many links it has.
        element: The element that the text stands in.
        is_title: Whether it is the page's ``<title>``.
    """

    text: str
    regions: frozenset[str]
    linked: float
    links: int
    element: Any
    is_title: bool

    @property
    def is_prose(self) -> bool:
        """Whether it reads like a paragraph."""
        return columns(self.text) >= PROSE and self.linked <= MAX_LINKED

    @property
    def is_linked_title(self) -> bool:
        """Whether it is nothing but a link, as long as a story's title."""
        return self.linked >= 0.9 and self.links == 1 and _title_words(self.text) >= MIN_TITLE

    @property
    def heading(self) -> int:
        """Its level as a heading, 0 if it is none."""
        return next((level for level in range(1, 7) if f"h{level}" in self.regions), 0)


def parse(html: str) -> Any:
    """The root element of a page; of one without any element, that of an empty page.

    Raises:
        RendererMissingError: If lxml is not installed.
    """
    try:
        from lxml import etree
        from lxml import html as lxml_html
    except ImportError as error:
        raise RendererMissingError("lxml is not installed: pip install 'copytaster[html]'") from error
    try:
        return lxml_html.document_fromstring(html)
    except ValueError:  # an XML declaration speaks of bytes
        return lxml_html.document_fromstring(html.encode("utf-8", "replace"))
    except etree.ParserError:  # nothing but white space and comments
        return lxml_html.document_fromstring("<html></html>")


@dataclass(frozen=True)
class Document:
    """A page's blocks and what is known of the whole page.

    Attributes:
        blocks: In the order of the document, none of them empty.
        titles: What the page calls itself in its metadata, without white space at the ends.
        main: The deepest element that holds most of the prose; None where there is none.
    """

    blocks: Sequence[Block]
    titles: Sequence[str]
    main: Any | None

    @classmethod
    def of(cls, html: str) -> Document:
        """Read a page; for its errors see `parse`."""
        root = parse(html)
        page = _Walker(root)
        main = _main(page.blocks(set()))
        wrappers = set() if main is None else {main, *main.iterancestors()}
        return cls(list(page.blocks(wrappers)), list(_titles(root)), main)

    @cached_property
    def in_main(self) -> list[bool]:
        """For each block whether it is in the main element."""
        if self.main is None:
            return [False] * len(self.blocks)
        inside = set(self.main.iter())
        return [block.element in inside for block in self.blocks]

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first and the last paragraph of the main element, as indices of blocks; (0, -1) where there is none."""
        prose = [
            index
            for index, block in enumerate(self.blocks)
            if self.in_main[index] and block.is_prose and not block.regions & (_ELSEWHERE | {"standfirst"})
        ]
        return (prose[0], prose[-1]) if prose else (0, -1)


def _main(blocks: Iterable[Block]) -> Any | None:
    held: Counter[Any] = Counter()
    total = 0
    for block in blocks:
        if block.is_prose and not block.regions & _ELSEWHERE and not block.is_title:
            total += len(block.text)
            for element in (block.element, *block.element.iterancestors()):
                held[element] += len(block.text)
    holders = [element for element, size in held.items() if size >= MAIN_SHARE * total]
    return max(holders, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)


_ELSEWHERE = frozenset({"comments", "footer", "aside", "nav", "promo", "form", "related", "figure", "card", "byline"})


def _titles(root: Any) -> Iterator[str]:
    for element in root.iter("meta"):
        if (element.get("property") or element.get("name") or "").lower() in ("og:title", "twitter:title"):
            yield (element.get("content") or "").strip()
    for element in root.iter("script"):
        if "ld+json" in (element.get("type") or "") and (found := _HEADLINE.search(element.text or "")):
            with contextlib.suppress(ValueError):
                yield json.loads(found[1], strict=False).strip()
    for element in root.iter("title"):
        if element.getparent() is None or element.getparent().tag != "svg":
            yield _SPACE.sub(" ", element.text_content()).strip()
            return


class _Piece(NamedTuple):
    text: str
    regions: frozenset[str]
    link: Any | None
    element: Any


class _Walker:
    """Walks the document; what does not change between its two walks is worked out once."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._sizes = _sizes(root)
        self._cards = set(_cards(root, self._sizes))

    def blocks(self, wrappers: Collection[Any]) -> Iterator[Block]:
        """The blocks of the page; what the names of its wrappers say is not believed."""
        from lxml import etree

        contexts: list[tuple[frozenset[str], Any | None]] = [(frozenset(), None)]
        pieces: list[_Piece] = []
        walk = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event in ("start", "end") and element.tag in _BLOCK_TAGS:
                yield from _finished(pieces)
            if event == "start":
                if element.tag in _SKIPPED_TAGS:
                    walk.skip_subtree()
                    contexts.append(contexts[-1])
                    continue
                contexts.append(self._context(element, *contexts[-1], wrappers))
                pieces.append(_Piece(element.text or "", *contexts[-1], element))
                continue
            if event == "end":
                contexts.pop()
            pieces.append(_Piece(element.tail or "", *contexts[-1], element.getparent()))
        yield from _finished(pieces)

    def _context(
        self, element: Any, regions: frozenset[str], link: Any | None, wrappers: Collection[Any]
    ) -> tuple[frozenset[str], Any | None]:
        is_wrapper = element in wrappers or self._sizes[element] >= WRAPPER_SHARE * max(self._sizes[self._root], 1)
        own = _regions(element, is_wrapper)
        if element in self._cards and not is_wrapper:
            own |= {"card"}
        return regions | own, element if element.tag == "a" and element.get("href") else link


def _finished(pieces: list[_Piece]) -> Iterator[Block]:
    text = _SPACE.sub(" ", "".join(piece.text for piece in pieces)).strip()
    if text:
        weights = [(piece, len("".join(piece.text.split()))) for piece in pieces]
        total = sum(weight for _, weight in weights)
        inside: Counter[str] = Counter()
        for piece, weight in weights:
            inside.update(dict.fromkeys(piece.regions, weight))
        regions = frozenset(name for name, weight in inside.items() if weight >= REGION_SHARE * total)
        linked = sum(weight for piece, weight in weights if piece.link is not None) / total
        links = len({piece.link for piece, weight in weights if weight and piece.link is not None})
        element = max(weights, key=lambda item: item[1])[0].element
        yield Block(text, regions, linked, links, element, element.tag == "title")
    pieces.clear()


def _sizes(root: Any) -> dict[Any, int]:
    """The letters in each element."""
    sizes: dict[Any, int] = {}
    for element in reversed(list(root.iter())):
        own = 0
        if isinstance(element.tag, str) and element.tag not in _SKIPPED_TAGS:
            own = len("".join((element.text or "").split()))
            own += sum(sizes[child] + len("".join((child.tail or "").split())) for child in element)
        sizes[element] = own
    return sizes


def _cards(root: Any, sizes: Mapping[Any, int]) -> Iterator[Any]:
    """Elements of which several of one shape stand side by side, each with a link as long as a title."""
    for parent in root.iter():
        if not isinstance(parent.tag, str) or len(parent) < MIN_CARDS:
            continue
        shapes: dict[tuple[Any, ...], list[Any]] = {}
        for child in parent:
            if isinstance(child.tag, str) and child.tag in ("li", "article", "div", "section", "a", "td", "tr"):
                shapes.setdefault(_shape(child), []).append(child)
        for alike in shapes.values():
            if len(alike) >= MIN_CARDS:
                titled = [child for child in alike if sizes[child] <= MAX_CARD and _has_title(child)]
                if len(titled) >= MIN_CARDS and len(titled) >= 0.7 * len(alike):
                    yield from titled


def _shape(element: Any) -> tuple[Any, ...]:
    names = _DIGITS.sub("", element.get("class") or "").split()
    return (element.tag, names[0] if names else "")


def _has_title(element: Any) -> bool:
    links = [element] if element.tag == "a" else list(element.iter("a"))
    return any(link.get("href") and _title_words(link.text_content()) >= MIN_TITLE for link in links)


def _title_words(text: str) -> int:
    return max(len([word for word in words(text) if len(word) > 1]), (columns(text) - len(text)) // 3)


def _regions(element: Any, is_wrapper: bool) -> frozenset[str]:
    if element.tag in ("html", "body", "head"):
        return frozenset()
    found = {TAG_REGIONS.get(element.tag)}
    if role := element.get("role"):
        found.add(ROLE_REGIONS.get(role.strip().lower()))
    if named := element.get("itemprop"):
        found.update(PROPERTY_REGIONS.get(name) for name in named.lower().split())
    if rel := element.get("rel"):
        found.update({"tags"} if "tag" in rel.split() else set(), {"byline"} if "author" in rel.split() else set())
    found.update(_named(f"{element.get('class') or ''} {element.get('id') or ''}"))
    if is_wrapper:
        found &= WRAPPING
    return frozenset(name for name in found if name)


def _named(names: str) -> Iterator[str]:
    # Page builders call every piece of a page a widget.
    names = " ".join(name for name in names.split() if not name.startswith("elementor"))
    known = {part.lower() for part in _NAME.findall(names)}
    yield from (region for region, wanted in WORD_REGIONS.items() if known & wanted)
    for name in names.split():
        joined = "-".join(part.lower() for part in _NAME.findall(name))
        yield from (region for region, pattern in PHRASE_REGIONS.items() if pattern.search(joined))


def same_title(text: str, title: str) -> bool:
    """Whether a text is a title, or all of it but the site's name."""
    one, other = letters(text), letters(title)
    if len(one) < MIN_TITLE_LETTERS or len(one) < MIN_TITLE_SHARE * len(other):
        return False
    return other.startswith(one) or other.endswith(one)
