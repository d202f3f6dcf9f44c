"""A page as a web page to look at: its lines coloured by label, and the article beside them.

The document is whole in itself: no script, no picture, no address to load anything from, and a
Content-Security-Policy that says so. Several pages are a list of names that open one by one, so that nothing of a page
needs to be known before or after it, and a file of any number of them is written as the results come.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode

from copytaster.dumps.markup import STYLE as LINES_STYLE
from copytaster.dumps.markup import escape, is_doubtful, lines_markup, percent
from copytaster.dumps.result import Result
from copytaster.labels.label import LABELS

_DOUBTS_LISTED = 20

_STYLE = LINES_STYLE + (
    """\
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
body > header, main, footer { max-width: 100rem; margin: 0 auto; padding: .75rem 1rem; }
h1 { margin: 0; font-size: 1rem; }
h2 { margin: .5rem 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h3 { margin: 0 0 .6rem; font-size: 1rem; color: var(--faint); }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .4rem .8rem; background: var(--paper); z-index: 1; }
.legend { margin: .5rem 0 0; }
.legend summary, .facts, .jump, footer { color: var(--faint); }
.legend .line { grid-template-columns: 5.4rem minmax(0, 1fr); max-width: 52rem; }
.legend .line .text { font-weight: 400; }
.facts { margin: .25rem 0; overflow-wrap: anywhere; }
.jump { margin: .25rem 0 1rem; }
.view { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; align-items: start; }
.shown { grid-column: 1; grid-row: 1; }
.article {
  grid-column: 2; position: sticky; top: .5rem; max-height: calc(100vh - 1rem); overflow: auto;
  padding: 1rem; border: 1px solid var(--rule); border-radius: .3rem; background: var(--raised);
}
.article h4 { margin: 0 0 .4rem; font-size: 1.25rem; line-height: 1.3; }
.article p { margin: 0 0 .8rem; white-space: pre-line; overflow-wrap: anywhere; }
.article .standfirst { font-weight: 600; }
.article .credit { color: var(--faint); }
.page { border-top: 1px solid var(--rule); }
.page > summary { padding: .6rem .25rem; cursor: pointer; overflow-wrap: anywhere; }
.page > summary h2 { display: inline; font-size: 1.05rem; }
.page > summary .facts { margin-left: .5rem; }
.page:not([open]) { content-visibility: auto; contain-intrinsic-size: auto 3rem; }
@media (max-width: 60rem) {
  .view { grid-template-columns: minmax(0, 1fr); }
  .shown, .article { grid-column: 1; grid-row: auto; }
  .article { position: static; max-height: none; }
}
@media print {
  .skip, .jump, .legend summary { display: none; }
  .view { display: block; }
  .article { position: static; max-height: none; margin-bottom: 1rem; }
  .page::details-content { content-visibility: visible; height: auto; }
}
"""
)

_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
_HEAD = f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Copytaster">
<style>{_STYLE}</style>
"""
_LEGEND = "".join([
    '<details class="legend"><summary>What the labels and marks mean</summary>\n<ul class="lines">\n',
    *(
        f'<li class="line {label}"><span class="label">{label}</span> '
        f'<span class="text">{escape(label.definition)}</span></li>\n'
        for label in LABELS
    ),
    "</ul>\n<p>Beside each label stands how probable it is, as a number and as the length of the line below it. "
    "Doubtful lines are on a grey ground and name the next likely label. Numbers count the rows of the dump. "
    "The confidence is how likely the text of the article is right, whole and alone.</p>\n"
    "</details>\n",
])  # fmt: skip


def _top(heading: str) -> str:
    return (
        '</head>\n<body>\n<a class="skip" href="#content">Skip to the content</a>\n'
        f'<header>\n<h1>{heading}</h1>\n{_LEGEND}</header>\n<main id="content">\n'
    )


DOCUMENT_OF_ONE = _HEAD
"""What the document of a single page begins with; `PageView.alone` goes on."""
DOCUMENT_OF_SEVERAL = f"{_HEAD}<title>Pages labelled by Copytaster</title>\n{_top('Pages labelled by Copytaster')}"
"""What the document of several pages begins with."""
PAGE_END = "</details>\n"
"""What ends each of several pages."""
DOCUMENT_END = "</main>\n</body>\n</html>\n"
"""What a document ends with."""
DOCUMENT_OF_NONE = f"{DOCUMENT_OF_SEVERAL}<p>There was no page to show.</p>\n{DOCUMENT_END}"
"""A document without any page."""


class PageView:
    """The parts that a result has in a document.

    Args:
        result: What was made of a page.
    """

    def __init__(self, result: Result) -> None:
        self._result = result
        page = result.page
        origin = page.origin or ("", None)
        key = "\0".join(map(str, (page.id, *origin)))
        # Of the page alone, since a document does not know how many there were before it.
        self._anchor = "p" + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=6).hexdigest()

    @property
    def alone(self) -> str:
        """What stands above the body where the page is the only one."""
        name = self._result.article.headline or self._result.page.id or "A page"
        return f"<title>{escape(name)}</title>\n{_top('Labelled by Copytaster')}{self._heading()}\n"

    @property
    def title(self) -> str:
        """What stands above the body where there are several: the name that opens it."""
        return (
            f'<details class="page">\n<summary>{self._heading()} '
            f'<span class="facts">{escape(self._result.page.id)} · {self._confidence()}</span></summary>\n'
        )

    @property
    def body(self) -> str:
        """The page: what is known of it, its lines, its article."""
        result = self._result
        facts = [result.page.id, result.page.url, self._confidence(), f"model {result.model}"]
        lines = result.reading.lines
        shown = lines_markup(lines, anchor=self._anchor) if lines else "<p>The page has no lines.</p>\n"
        return (
            f'<p class="facts">{" · ".join(escape(fact) for fact in facts if fact)}</p>\n'
            f"{self._jump()}"
            f'<div class="view">\n<section class="article" id="{self._anchor}-article" tabindex="0" '
            f'aria-label="The article"><h3>The article</h3>\n{self._article()}</section>\n'
            f'<section class="shown" id="{self._anchor}-lines" aria-label="The lines"><h3>The lines</h3>\n'
            f"{shown}</section>\n</div>\n"
        )

    def _heading(self) -> str:
        headline = self._result.article.headline
        return f'<h2 dir="auto">{escape(headline)}</h2>' if headline else "<h2>No headline found</h2>"

    def _confidence(self) -> str:
        article = self._result.article
        if not article.paragraphs:
            return "no article found"
        return f"confidence {percent(article.confidence)}"

    def _jump(self) -> str:
        doubtful = [line.number for line in self._result.reading.lines if is_doubtful(line)]
        links = [f'<a href="#{self._anchor}-lines">lines</a>', f'<a href="#{self._anchor}-article">article</a>']
        numbers = [f'<a href="#{self._anchor}-{number}">{number}</a>' for number in doubtful[:_DOUBTS_LISTED]]
        doubts = f"; doubtful lines: {', '.join(numbers)}" if numbers else "; no doubtful lines"
        if len(doubtful) > _DOUBTS_LISTED:
            doubts += f" and {len(doubtful) - _DOUBTS_LISTED} more"
        return f'<nav class="jump" aria-label="In this page">To the {" or the ".join(links)}{doubts}</nav>\n'

    def _article(self) -> str:
        article = self._result.article
        parts = [f'<h4 dir="auto">{escape(article.headline)}</h4>\n'] if article.headline else []
        parts += [_paragraph(credit, "credit") for credit in (article.byline, article.published) if credit]
        parts += [_paragraph(article.standfirst, "standfirst")] if article.standfirst else []
        parts += [_paragraph(paragraph) for paragraph in article.paragraphs]
        return "".join(parts) or "<p>No article was found on the page.</p>\n"


def _paragraph(text: str, name: str = "") -> str:
    classes = f' class="{name}"' if name else ""
    return f'<p dir="auto"{classes}>{escape(text)}</p>\n'
