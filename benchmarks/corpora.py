"""Corpora of web pages whose article is known, read in the layout their authors publish.

The layout is told by what is in the folder, see `load_corpus`. Every page has its HTML as one decoded text, which all
that are compared are given, and whatever its corpus knows of it: what no record tells is None or empty.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

from copytaster.dumps.html import decode_html, own_address
from copytaster.labels import LABELS, LabelledPage, read_labelled
from copytaster.labels.page import registrable_domain
from copytaster.model.assembly import assemble
from copytaster.model.wrap import logical_lines

FOLDS = 5
_XML = re.compile(r"^\s*<\?xml[^>]*\?>")
_LANG = re.compile(r"<html\b[^>]*\blang\s*=\s*[\"']?([a-zA-Z]{2})(?![a-zA-Z])", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>|\s+")
_DATED = re.compile(r"(.+)_\d{4}_\d\d_\d\d")
_SUFFIXES = (".html.gz", ".html", ".gz")

Truth = Mapping[str, Any]


class CorpusError(ValueError):
    """A corpus is in no known layout, or one of its files cannot be read."""


@dataclass(frozen=True)
class CorpusPage:
    """One page of a corpus and what is known of it.

    Attributes:
        id: The corpus and the page's file in it.
        corpus: The corpus's layout: "wcxb", "fundus", "gold", ...
        path: The file with the HTML; None if there is none.
        url: Where the page was found.
        text: The article as the corpus gives it; None if it does not.
        title: The title of the article.
        authors: Who wrote it.
        date: When it was published, in ISO notation.
        kept: Snippets that must appear in the text.
        left_out: Snippets that must not.
        kind: "article", "forum", ...; "?" if not known.
        lang: Two letters; "?" if not known.
        site: The registrable domain, else the publisher's name, else the page's id.
        gold: The page's lines labelled by reading.
    """

    id: str
    corpus: str
    path: Path | None = None
    url: str | None = None
    text: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    kind: str = "?"
    lang: str = "?"
    site: str = ""
    gold: LabelledPage | None = None

    def html(self) -> str | None:
        """The page's HTML, read anew each time: a corpus need not fit in memory.

        An XML declaration is left out, since it speaks of the bytes and makes some parsers refuse a text.

        Bytes that are UTF-8 throughout are taken for it whatever the page declares: no other encoding passes for it.
        """
        if self.path is None:
            return None
        raw = _bytes(self.path)
        try:
            html = raw.decode("utf-8")
        except UnicodeDecodeError:
            html = decode_html(raw)
        return _XML.sub("", html)

    @cached_property
    def fold(self) -> int:
        """The fold of the page's site, 0 to 4; fold 0 is the reserved one."""
        return zlib.crc32(self.site.encode()) % FOLDS


def load_corpus(folder: Path, html: Path | None = None) -> list[CorpusPage]:
    """Read a corpus in whichever layout it is.

    Args:
        folder: ``*/ground-truth/*.json`` with ``*/html/`` (WCXB), ``CC/Publisher.json`` with
            ``CC/Publisher_DATE.html.gz`` (Fundus' parser tests), ``*.tsv`` (labelled pages), ``ground-truth.json``
            with ``html/`` (article-extraction-benchmark), or ``ground_truth.json`` with ``html/``
            (fundus-evaluation).
        html: For labelled pages, the folder with the corpora they come from, as ``SOURCE/FILE`` by their keys
            ``source`` and ``file``, or ``fixtures/NAME.html.gz``.

    Raises:
        CorpusError: If the layout is none of these, or a file is damaged.
    """
    if (folder / "ground-truth.json").is_file():
        return list(_article_extraction(folder))
    if (folder / "ground_truth.json").is_file():
        return list(_fundus_evaluation(folder))
    if next(folder.glob("**/ground-truth/*.json"), None):
        return list(_wcxb(folder))
    if next(folder.glob("*.tsv"), None):
        return list(_gold(folder, html))
    if next(folder.glob("*/*_[0-9]*.html.gz"), None):
        return list(_fundus(folder))
    raise CorpusError(
        f"{folder}: no corpus in a known layout; expected */ground-truth/*.json, ground-truth.json, ground_truth.json,"
        " *.tsv or CC/Publisher.json"
    )


def load_corpora(folders: Sequence[Path], html: Path | None = None) -> list[CorpusPage]:
    """Read some corpora; labelled pages that come from one of them lend it their labels instead of standing twice."""
    pages = {page.id: page for folder in folders for page in load_corpus(folder, html)}
    for page in [page for page in pages.values() if page.corpus == "gold" and page.gold]:
        meta = page.gold.page.meta if page.gold else {}
        twin = pages.get(f"{meta.get('source')}/{meta.get('file')}")
        if twin is not None:
            told: dict[str, Any] = {key: meta[key] for key in ("site", "lang", "kind") if meta.get(key)}
            pages[twin.id] = dataclasses.replace(twin, gold=page.gold, **told)
            del pages[page.id]
    return list(pages.values())


def sample(pages: Sequence[CorpusPage], count: int) -> list[CorpusPage]:
    """So many pages, one of each site before a second of any; the same ones each time, whatever their order."""
    sites: dict[str, list[CorpusPage]] = defaultdict(list)
    for page in sorted(pages, key=lambda page: (zlib.crc32(page.id.encode()), page.id)):
        sites[page.site].append(page)
    ranked = [(rank, zlib.crc32(site.encode()), site, page) for site in sites for rank, page in enumerate(sites[site])]
    return [page for *_, page in sorted(ranked, key=lambda item: item[:3])][:count]


def _wcxb(folder: Path) -> Iterator[CorpusPage]:
    for record in sorted(folder.glob("**/ground-truth/*.json")):
        path = record.parent.parent / "html" / f"{record.stem}.html.gz"
        if not path.is_file():
            continue
        data = _json(record)
        truth = data.get("ground_truth") or {}
        page_type = (data.get("_internal") or {}).get("page_type") or truth.get("page_type") or {}
        kind = page_type.get("primary") if isinstance(page_type, dict) else page_type
        page = CorpusPage(
            f"wcxb/{path.relative_to(folder).as_posix()}",
            "wcxb",
            path,
            url=data.get("url") or truth.get("url"),
            text=_known(truth.get("main_content")),
            title=_known(truth.get("title")),
            authors=_names(truth.get("author")),
            date=_known(truth.get("publish_date")),
            kept=_snippets(truth.get("with")),
            left_out=_snippets(truth.get("without")),
            kind=kind or "?",
        )
        yield _told_by_html(page)


def _fundus(folder: Path) -> Iterator[CorpusPage]:
    for path in sorted(folder.glob("*/*_[0-9]*.html.gz")):
        name = _DATED.fullmatch(path.name.removesuffix(".html.gz"))
        record = path.parent / f"{name[1] if name else path.name.removesuffix('.html.gz')}.json"
        if not record.is_file():
            continue
        page = CorpusPage(
            f"fundus/{path.relative_to(folder).as_posix()}", "fundus", path, kind="article", site=record.stem.lower()
        )
        versions = [version for version in _json(record).values() if isinstance(version, dict)]
        truth = _printed_version(versions, page.html() or "")
        page = dataclasses.replace(
            page,
            text=_known(_fundus_text(truth)),
            title=_known(truth.get("title")),
            authors=_names(truth.get("authors")),
            date=_known(truth.get("publishing_date")),
        )
        yield _told_by_html(page)


def _fundus_text(truth: Truth) -> str:
    body = truth.get("body") or {}
    if isinstance(body, list):
        return "\n\n".join(body)
    sections = body.get("sections") or []
    parts = [*(body.get("summary") or [])]
    for section in sections:
        parts += [*(section.get("headline") or []), *(section.get("paragraphs") or [])]
    return "\n\n".join(part for part in parts if part)


def _printed_version(versions: Sequence[Truth], html: str) -> Truth:
    """The version of the record that is of this page: nothing but the texts tells which of several it is."""
    if len(versions) < 2:
        return versions[0] if versions else {}
    page = _TAGS.sub("", unescape(html))

    def printed(truth: Truth) -> float:
        paragraphs = [*_fundus_text(truth).split("\n\n"), str(truth.get("title"))]
        return sum(_TAGS.sub("", paragraph) in page for paragraph in paragraphs) / len(paragraphs)

    return max(versions, key=printed)


def _gold(folder: Path, html: Path | None) -> Iterator[CorpusPage]:
    for labelled in read_labelled(folder):
        page, meta = labelled.page, labelled.page.meta
        lines = logical_lines(page.rows)
        labels = [LABELS.index(label) for line in lines if (label := labelled.labels[line.first - 1]) is not None]
        article = assemble(page.rows, lines, labels)
        yield CorpusPage(
            f"gold/{page.id}",
            "gold",
            _html_of_gold(page.id, meta, html),
            url=page.url,
            text=_known(article.text),
            title=article.headline,
            kind=meta.get("kind", "?"),
            lang=meta.get("lang", "?"),
            site=page.site,
            gold=labelled,
        )


def _html_of_gold(name: str, meta: Mapping[str, str], html: Path | None) -> Path | None:
    if html is None:
        return None
    found = [html / meta.get("source", "") / meta.get("file", ""), html / "fixtures" / f"{name}.html.gz"]
    return next((path for path in found if path.is_file()), None)


def _article_extraction(folder: Path) -> Iterator[CorpusPage]:
    for name, truth in sorted(_json(folder / "ground-truth.json").items()):
        path = folder / "html" / f"{name}.html.gz"
        if path.is_file():
            text, url = _known(truth.get("articleBody")), truth.get("url")
            id_ = f"article-extraction-benchmark/{name}"
            page = CorpusPage(id_, "article-extraction-benchmark", path, url=url, text=text, kind="article")
            yield _told_by_html(page)


def _fundus_evaluation(folder: Path) -> Iterator[CorpusPage]:
    for name, truth in sorted(_json(folder / "ground_truth.json").items()):
        stem = name
        for suffix in _SUFFIXES:
            stem = stem.removesuffix(suffix)
        path = next((path for s in _SUFFIXES if (path := folder / "html" / f"{stem}{s}").is_file()), None)
        if path is None:
            continue
        body = truth.get("body")
        text = _known("\n\n".join(body) if isinstance(body, list) else body)
        page = CorpusPage(
            f"fundus-evaluation/{stem}", "fundus-evaluation", path, url=truth.get("url"), text=text, kind="article"
        )
        yield _told_by_html(page)


def _told_by_html(page: CorpusPage) -> CorpusPage:
    """The page with the site and language its HTML tells where the record does not."""
    head = page.html() or ""
    url = page.url or own_address(head)
    lang = _LANG.search(head)
    return dataclasses.replace(
        page,
        url=url,
        site=(url and registrable_domain(url)) or page.site or page.id,
        lang=page.lang if page.lang != "?" or not lang else lang[1].lower(),
    )


def _known(text: object) -> str | None:
    return text if isinstance(text, str) and text.strip() else None


def _names(names: object) -> tuple[str, ...]:
    found = names if isinstance(names, list) else [names]
    return tuple(name for name in found if isinstance(name, str) and name.strip())


def _snippets(snippets: object) -> tuple[str, ...]:
    return _names(snippets) if isinstance(snippets, list) else ()


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CorpusError(f"{path}: not JSON ({error})") from error
    if not isinstance(data, dict):
        raise CorpusError(f"{path}: holds a {type(data).__name__}, expected an object")
    return data


def _bytes(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path}: damaged gzip file ({error})") from error
