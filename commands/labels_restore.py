"""`copytaster labels restore`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from copytaster.commands.labels_exchange import Force
from copytaster.commands.status import SOME_FAILED, USAGE, stop

_SHOWN = 10


def restore_labels(
    checkouts: Annotated[
        list[Path], typer.Argument(metavar="CHECKOUT...", help="Folders with the collections.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write a file a page.", show_default=False)
    ],
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", metavar="FILE", help="Labels without texts; by default those that ship with Copytaster."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Rebuild the labelled pages that Copytaster was trained on.

    \b
      copytaster labels restore wcxb/ fundus/ parser/ newspaper/ -o gold/

    The labels ship with Copytaster, the pages do not: they are rendered again from checkouts of the public
    collections that hold their HTML, and each line is checked against the hash of the one that was labelled. Only pages
    all of whose lines are the same are written. Needs `pip install 'copytaster[html]'` with the versions of the
    renderers that were used; where others are installed, a message names them.

    Exit status: 0 all pages restored, 1 some not, 2 wrong usage.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.dumps.collections import COLLECTIONS, other_versions
    from copytaster.dumps.progress import Progress
    from copytaster.dumps.renderers import RendererMissingError
    from copytaster.dumps.restore import restore
    from copytaster.labels.corpus import CORPUS, CorpusError, read_corpus
    from copytaster.labels.folder import FolderError, write_folder

    for checkout in checkouts:
        if not checkout.is_dir():
            stop(f"{checkout}: no such folder; give the folder of a checkout", USAGE)
    if corpus is not None and not corpus.is_file():
        stop(f"{corpus}: no such file", USAGE)
    for problem in other_versions():
        typer.echo(problem, err=True)
    problems: list[str] = []
    try:
        records = list(read_corpus(corpus or CORPUS))
        with Progress(sys.stderr) as progress:
            pages = []
            for page in restore(records, checkouts, problems.append):
                pages.append(page)
                progress.say(f"restored {len(pages):,} of {len(records):,} pages")
        if pages:
            write_folder(pages, output, force=force)
    except CorpusError as error:
        stop(str(error), SOME_FAILED)
    except (RendererMissingError, FolderError) as error:
        stop(str(error), USAGE)
    except OSError as error:
        stop(f"{error.filename or output}: cannot be written ({error.strerror or error})", USAGE)
    for problem in problems[:_SHOWN]:
        typer.echo(problem, err=True)
    if len(problems) > _SHOWN:
        typer.echo(f"... and {len(problems) - _SHOWN:,} more", err=True)
    restored = {page.page.id for page in pages}
    wanted = Counter(record.meta.get("source", "unknown") for record in records)
    missing = Counter(record.meta.get("source", "unknown") for record in records if record.id not in restored)
    for source, count in wanted.items():
        typer.echo(f"{source:12}{count - missing[source]:>6,} of {count:,} pages")
        if missing[source] and source in COLLECTIONS:
            typer.echo(f"{'':12}check out {COLLECTIONS[source]}")
    typer.echo(f"wrote {len(pages):,} pages to {output}" if pages else "no page could be restored")
    if problems:
        raise typer.Exit(SOME_FAILED)
