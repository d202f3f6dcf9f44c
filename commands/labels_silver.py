"""`copytaster labels align` and `copytaster labels from-html`: labels derived from what else is known of a page."""

from __future__ import annotations

import io
import sys
import zlib
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.labels_exchange import Force
from copytaster.commands.options import ModelPath, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop

if TYPE_CHECKING:
    from copytaster.labels import LabelledPage, Page

WEIGHT = 0.3
"""What derived pages count in training beside those labelled by reading; the shipped model was trained so."""

NoModel = Annotated[bool, typer.Option("--no-model", help="Do not ask a model; leave more lines undecided.")]


class RendererName(StrEnum):
    """The renderers of `copytaster.dumps.renderers.RENDERERS`."""

    RESILIPARSE = "resiliparse"
    INSCRIPTIS = "inscriptis"
    WET = "wet"
    LYNX = "lynx"
    W3M = "w3m"


def align(
    dump: Annotated[Path, typer.Argument(metavar="DUMP", help="The text dump of a page.", show_default=False)],
    article: Annotated[
        Path, typer.Argument(metavar="ARTICLE", help="The article's text, a paragraph a line.", show_default=False)
    ],
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="The article's headline.", show_default=False)
    ] = None,
    titled: Annotated[bool, typer.Option("--titled", help="The first line of ARTICLE is its headline.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="The page's HTML, whose roles tell more lines apart.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write; standard output by default."),
    ] = None,
    model: ModelPath = None,
    no_model: NoModel = False,
    force: Force = False,
) -> None:
    """Label a dump by the known text of its article.

    \b
      copytaster labels align dump.txt article.txt --titled -o page.tsv
      copytaster labels align dump.txt article.txt --title "Bridge closes" --html page.html

    Lines of the known text are body and headline. What the others are the model says, and the roles in the HTML where
    that is given; lines that they are in doubt about are undecided (?). A text that does not fit the dump is refused.

    Exit status: 0 done, 1 the text does not fit, 2 wrong usage, 3 the model file is unusable.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if title is not None and titled:
        stop("--title and --titled exclude each other", USAGE)
    if model is not None and no_model:
        stop("--model and --no-model exclude each other", USAGE)
    from copytaster.dumps.renderers import RendererMissingError
    from copytaster.training.roles import roles
    from copytaster.training.silver import KnownText, silver

    page = _page(dump)
    paragraphs = [line for line in _page(article).rows if line]
    if titled:
        title, *paragraphs = paragraphs
    try:
        found = roles(_html(html), page.rows) if html else None
    except RendererMissingError as error:
        stop(str(error), USAGE)
    classifier = None if no_model else load_model(model)
    labelled = silver(page, KnownText(paragraphs, title), classifier, found)
    if labelled is None:
        stop(
            f"{article}: the text does not fit {dump}: the dump has much less or much more of it, or the model takes"
            " other lines for the article; see that the two are of the same page and that the text is whole",
            SOME_FAILED,
        )  # fmt: skip
    _write(replace(labelled, weight=WEIGHT), output, force=force)


def from_html(
    files: Annotated[list[Path], typer.Argument(metavar="PAGE.html...", help="HTML files.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Where to write a file a page; one page may go to standard output."
        ),
    ] = None,
    renderer: Annotated[
        RendererName, typer.Option("--renderer", help="What makes the dump of the HTML.")
    ] = RendererName.RESILIPARSE,
    model: ModelPath = None,
    no_model: NoModel = False,
    force: Force = False,
) -> None:
    """Make dumps of HTML pages, and label them by the roles in the HTML.

    \b
      copytaster labels from-html page.html > page.tsv
      copytaster labels from-html pages/*.html -o silver/ --renderer wet

    What the HTML says for certain is taken; where it says nothing, the model's word counts if it is sure; where the two
    contradict each other, and where neither is sure, the line is undecided (?).

    Exit status: 0 all done, 1 some pages left out, 2 wrong usage, 3 the model file is unusable.
    """  # noqa: D301 - click keeps the lines after \b as they are
    if output is None and len(files) > 1:
        stop("give a folder for the pages with -o", USAGE)
    if model is not None and no_model:
        stop("--model and --no-model exclude each other", USAGE)
    from copytaster.dumps.renderers import RendererMissingError, RenderingError
    from copytaster.labels.folder import FolderError, write_folder
    from copytaster.training.roles import roles
    from copytaster.training.silver import silver_of_roles

    classifier = None if no_model else load_model(model)
    pages: list[LabelledPage] = []
    left_out = 0
    for file in files:
        html = _html(file)
        try:
            page = _rendered(html, file, renderer)
            if not page.numbers:
                raise RenderingError("it shows no text")
            pages.append(replace(silver_of_roles(page, roles(html, page.rows), classifier), weight=WEIGHT))
        except RendererMissingError as error:
            stop(str(error), USAGE)
        except RenderingError as error:
            typer.echo(f"{file}: {error}", err=True)
            left_out += 1
    if output is None:
        for labelled in pages:
            _write(labelled, None, force=force)
    elif pages:
        try:
            write_folder(pages, output, force=force)
        except FolderError as error:
            stop(str(error), USAGE)
        except OSError as error:
            stop(f"{error.filename or output}: cannot be written ({error.strerror or error})", USAGE)
        decided = sum(label is not None for page in pages for label in page.labels)
        lines = sum(len(page.page.numbers) for page in pages)
        typer.echo(
            f"wrote {len(pages):,} page{'s' * (len(pages) != 1)} to {output}: {decided:,} of {lines:,} lines labelled"
        )
    exit_if_left_out(left_out, "page")


def _page(path: Path) -> Page:
    """The one page of a dump."""
    from copytaster.dumps import BadPage, InputError, read_pages

    try:
        pages = list(read_pages([str(path)]))
    except InputError as error:
        stop(str(error), USAGE)
    if len(pages) != 1:
        stop(f"{path}: holds {len(pages)} pages; give a file of one", USAGE)
    (page,) = pages
    if isinstance(page, BadPage):
        stop(f"{page.id}: {page.reason}", USAGE)
    if not page.numbers:
        stop(f"{path}: there is no text in it", USAGE)
    return replace(page, id=path.stem)


def _html(path: Path) -> str:
    from copytaster.dumps.html import read_html
    from copytaster.dumps.text import has_markup

    try:
        html = read_html(path)
    except (OSError, EOFError, zlib.error) as error:
        stop(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})", USAGE)
    if not has_markup(html):
        stop(f"{path}: no HTML", USAGE)
    return html


def _rendered(html: str, file: Path, renderer: str) -> Page:
    from copytaster.dumps.html import own_address
    from copytaster.dumps.renderers import render
    from copytaster.labels import Page
    from copytaster.labels.page import registrable_domain

    url = own_address(html)
    name = file.name.removesuffix(".gz").removesuffix(".html").removesuffix(".htm")
    meta = {"site": (url and registrable_domain(url)) or name, "renderer": renderer, "file": str(file)}
    return Page(tuple(render(html, renderer)), name, url, meta)


def _write(labelled: LabelledPage, output: Path | None, *, force: bool) -> None:
    """Write one page as TSV, to a file or to standard output."""
    from copytaster.labels import write_tsv
    from copytaster.labels.compression import atomic_writer

    if output is None:
        buffer = io.BytesIO()
        write_tsv(labelled, buffer)
        sys.stdout.write(buffer.getvalue().decode("utf-8"))
        return
    if output.exists() and not force:
        stop(f"{output}: already there; choose another name, or write over it with --force", USAGE)
    try:
        with atomic_writer(output) as file:
            write_tsv(labelled, file)
    except OSError as error:
        stop(f"{output}: cannot be written ({error.strerror or error})", USAGE)
    decided = sum(label is not None for label in labelled.labels)
    typer.echo(f"wrote {output}: {decided:,} of {len(labelled.page.numbers):,} lines labelled", err=True)
