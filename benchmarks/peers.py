"""What Copytaster is compared with: rules on the lines of a dump, tools that read the HTML, and the renderers.

A tool that is not installed is left out. One that fails on a page, or takes longer than `TIME_LIMIT`, has failed on
that page and nothing else; failures are counted.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import json
import logging
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from copytaster.dumps.renderers import Renderer, installed, render

TIME_LIMIT = 30.0
"""Seconds a tool has for a page."""
C4_MIN_WORDS = 5
_ENDS_SENTENCE = (".", "!", "?", '"')
_JUSTEXT_LANGUAGES = {
    **{"ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek"},
    **{"en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French"},
    **{"he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic"},
    **{"it": "Italian", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian_Bokmal"},
    **{"nl": "Dutch", "no": "Norwegian_Bokmal", "nn": "Norwegian_Nynorsk", "pl": "Polish", "pt": "Portuguese"},
    **{"ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish"},
    **{"tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese"},
}

FACTS = ("headline", "byline", "date")


@dataclass(frozen=True)
class Extraction:
    """What a tool made of a page.

    Attributes:
        text: The article, paragraphs on lines of their own.
        title: Its title; None if the tool gives none.
        byline: Its authors.
        date: When it was published.
        failed: Why there is nothing, if the tool failed.
    """

    text: str = ""
    title: str | None = None
    byline: str | None = None
    date: str | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Tool:
    """Something that reads the HTML of a page.

    Attributes:
        name: What its row is called.
        version: Of the package or program.
        run: Takes the HTML and the language of the page.
        facts: What it tells besides the text, of `FACTS`.
    """

    name: str
    version: str
    run: Callable[[str, str], Extraction]
    facts: tuple[str, ...] = ()


class _TimeUp(BaseException):
    """Not an Exception, because tools catch those."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def extraction(tool: Tool, html: str, lang: str, cache: Path | None = None, limit: float = TIME_LIMIT) -> Extraction:
    """What a tool makes of a page; from the cache, if the tool of this version has met the same HTML before.

    Args:
        tool: The tool.
        html: The page.
        lang: Two letters; "?" if not known.
        cache: Folder of earlier outputs. Time-outs are not kept: they may be due to a busy machine.
        limit: Seconds.
    """
    file = None
    if cache is not None:
        key = hashlib.sha256(f"{lang}\n{html}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        file = cache / re.sub(r"[^\w.=-]+", "_", f"{tool.name}={tool.version}") / f"{key}.json"
        if file.is_file():
            return Extraction(**json.loads(file.read_text("utf-8")))
    try:
        with _time_limit(limit), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logging.disable(logging.CRITICAL)
            found = tool.run(html, lang)
    except _TimeUp:
        return Extraction(failed="time limit")
    except (Exception, SystemExit) as error:  # whatever a tool raises is its failure
        found = Extraction(failed=type(error).__name__)
    finally:
        logging.disable(logging.NOTSET)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(found)), "utf-8")
    return found


def keep_every_line(lines: Sequence[str]) -> str:
    """The whole dump."""
    return "\n".join(lines)


def c4_lines(lines: Sequence[str]) -> str:
    """The lines that C4's rules for lines keep; its rules for pages are left out.

    A line must end in a full stop, an exclamation or question mark or a closing quotation mark, have five words, and
    hold neither "javascript", "lorem ipsum" nor a brace.
    """
    return "\n".join(
        line
        for line in lines
        if line.rstrip().endswith(_ENDS_SENTENCE)
        and len(line.split()) >= C4_MIN_WORDS
        and not any(bad in line.lower() for bad in ("javascript", "lorem ipsum", "{"))
    )


def justext_lines(lines: Sequence[str], lang: str) -> str:
    """What jusText keeps of the lines, each given to it as a paragraph."""
    return _justext("<html><body>" + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</body></html>", lang)


def tools(names: Sequence[str] | None = None) -> list[Tool]:
    """The tools that are installed, or those of them that are named.

    Raises:
        ValueError: If a name is none of `TOOLS`, or its package is not installed.
    """
    unknown = set(names or ()) - set(TOOLS)
    if unknown:
        raise ValueError(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(TOOLS)}")
    found = []
    for name in names if names is not None else TOOLS:
        package, module, facts, run = TOOLS[name]
        try:
            importlib.import_module(module)
            found.append(Tool(name, version(package), run, facts))
        except ImportError as error:
            if names is not None:
                raise ValueError(f"{name} needs {package} ({error}): pip install {package}") from error
    return found


def _justext(html: str, lang: str) -> str:
    import justext

    paragraphs = justext.justext(html.encode("utf-8", "replace"), _stop_words(lang), encoding="utf-8")
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


@functools.cache
def _stop_words(lang: str) -> frozenset[str]:
    """The stop words of a language; of all languages where it is not known or has none, as jusText's manual advises."""
    import justext

    there = justext.get_stoplists()
    name = _JUSTEXT_LANGUAGES.get(lang)
    if name in there:
        return justext.get_stoplist(name)
    return frozenset().union(*(justext.get_stoplist(name) for name in there))


def _trafilatura(html: str, *, fast: bool) -> Extraction:
    import trafilatura

    document: Any = trafilatura.bare_extraction(html, include_comments=False, fast=fast, with_metadata=True)
    if document is None:
        return Extraction()
    return Extraction(document.text or "", document.title, document.author, document.date)


def _readability(html: str, _: str) -> Extraction:
    import readability

    document = readability.Document(html)
    return Extraction(_plain_text(document.summary(), main_content=False), document.title())


def _plain_text(html: str, *, main_content: bool) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    # "minimal" is not in the package's type stubs
    options: Any = {"preserve_formatting": "minimal", "links": False, "form_fields": False, "noscript": False}
    return extract_plain_text(html, main_content=main_content, alt_texts=False, **options)


def _newspaper(html: str, _: str) -> Extraction:
    import newspaper

    article = newspaper.Article("http://localhost/")
    article.download(input_html=html)
    article.parse()
    date = article.publish_date
    return Extraction(article.text, article.title, ", ".join(article.authors) or None, str(date)[:10] if date else None)


TOOLS: Mapping[str, tuple[str, str, tuple[str, ...], Callable[[str, str], Extraction]]] = {
    "trafilatura": ("trafilatura", "trafilatura", FACTS, lambda html, _: _trafilatura(html, fast=False)),
    "trafilatura fast": ("trafilatura", "trafilatura", FACTS, lambda html, _: _trafilatura(html, fast=True)),
    "readability": ("readability-lxml", "readability", FACTS[:1], _readability),
    "resiliparse": ("resiliparse", "resiliparse", (), lambda html, _: Extraction(_plain_text(html, main_content=True))),
    "jusText": ("justext", "justext", (), lambda html, lang: Extraction(_justext(html, lang))),
    "newspaper4k": ("newspaper4k", "newspaper", FACTS, _newspaper),
}
"""By name the package, the module, the facts it tells besides the text, and the call."""


def renderers(file: Path | None = None, names: Sequence[str] | None = None) -> list[Tool]:
    """The ways from HTML to the lines of a dump, as tools whose text is the dump.

    Args:
        file: A Python file with ``RENDERERS``, a dict of functions from HTML to lines; without one these are
            Copytaster's own, as far as they are installed.
        names: Only these.

    Raises:
        ValueError: If a name is unknown.
    """
    found = [_built_in(name) for name in installed()] if file is None else _from_file(file)
    unknown = set(names or ()) - {tool.name for tool in found}
    if unknown:
        raise ValueError(f"no such renderer: {', '.join(unknown)}; there are {', '.join(tool.name for tool in found)}")
    return [tool for tool in found if names is None or tool.name in names]


def load_module(file: Path) -> ModuleType:
    """Run a Python file as a module of its own.

    Raises:
        ValueError: If it is no Python file.
    """
    spec = importlib.util.spec_from_file_location(f"render_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _built_in(name: str) -> Tool:
    packages = {"resiliparse": "resiliparse", "inscriptis": "inscriptis", "wet": "lxml"}
    if name in packages:
        number = version(packages[name])
    else:
        done = subprocess.run([name, "-version"], capture_output=True, check=False)
        found = re.search(rb"\d+\.\d[\w.+-]*", done.stdout + done.stderr)
        number = found[0].decode() if found else ""
    return _renderer(name, number, lambda html, _: Extraction("\n".join(render(html, name))))


def _from_file(file: Path) -> list[Tool]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    given: dict[str, Renderer] = load_module(file).RENDERERS
    return [_renderer(name, digest, _as_tool(render)) for name, render in given.items()]


def _renderer(name: str, number: str, run: Callable[[str, str], Extraction]) -> Tool:
    # a renderer may be called like a tool of the same version: in the cache they must differ
    return Tool(name, f"lines-{number}", run)


def _as_tool(render: Renderer) -> Callable[[str, str], Extraction]:
    # A line break inside a line would make two of it.
    return lambda html, _: Extraction("\n".join(re.sub(r"[\r\n]", " ", line) for line in render(html)))
