"""`copytaster label`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copytaster.commands.options import ModelPath, Quiet, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, stop

if TYPE_CHECKING:
    from copytaster.desk.desk import Desk
    from copytaster.dumps import JsonKeys


def label(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS",
            help="Dumps (text, HTML, JSON Lines, WET, ...), labelled pages (.tsv), and folders of both.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Where to keep the labelled pages of dumps; else NAME.tsv beside each. Files of many pages need it.",
        ),
    ] = None,
    model: ModelPath = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to listen on; by default a free one.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
    text_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the dump.")] = "text",
    id_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep their id.")] = "id",
    url_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the URL.")] = "url",
    quiet: Quiet = False,
) -> None:
    """Label the lines of pages by hand, on a local web page.

    \b
      copytaster label pages/                    dumps and labelled pages; page.txt is kept in page.tsv
      copytaster label crawl.jsonl -o my-pages/  a file for each page
      copytaster train my-pages/ -o mine.npz     what it is for

    The model labels every line first, and pages come first that would teach it most. Each change is saved at once. Only
    lines that you have set are written with a label, all others as undecided, until you call a page done; so training
    learns nothing from a guess that you have not seen. Ctrl-C ends it.

    The page can be reached from this machine only, and by whoever knows the address with its token.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.dumps import JsonKeys, MissingExtraError

    try:
        from copytaster.desk.server import serve
    except ModuleNotFoundError:
        stop(str(MissingExtraError("the labelling page", "desk")), USAGE)
    from copytaster.desk.address import HOST, PortError, address_for, listen
    from copytaster.desk.guard import TOKEN

    if output is not None and output.exists() and not output.is_dir():
        stop(f"{output}: give a folder", USAGE)
    address = address_for([Path(path) for path in paths])
    try:
        listener = listen(address.port, port)
    except PortError as error:
        stop(str(error), USAGE)
    with listener:
        desk = _laid_out(paths, output, model, JsonKeys(text=text_key, id=id_key, url=url_key), quiet)
        url = f"http://{HOST}:{listener.getsockname()[1]}/?{TOKEN}={address.token}"
        typer.echo(f"{_pages(len(desk.places))} to label at\n  {url}\nCtrl-C ends it; everything is saved as you go.")
        if not no_browser:
            import webbrowser

            webbrowser.open(url)
        serve(desk, listener, address.token)
    done = sum(place.tally.is_done for place in desk.places.values())
    typer.echo(f"ended; {done:,} of {_pages(len(desk.places))} done")


def _laid_out(paths: list[str], output: Path | None, model: Path | None, keys: JsonKeys, quiet: bool) -> Desk:
    """The desk with the pages of the paths; what cannot be read is named."""
    from copytaster.desk.desk import Desk
    from copytaster.desk.inputs import find_sheets
    from copytaster.dumps import InputError
    from copytaster.dumps.progress import Progress

    classifier = load_model(model)
    try:
        with Progress(sys.stderr, not quiet) as progress:
            progress.say("looking for pages")
            found = find_sheets(paths, output, keys)
            for problem in found.problems:
                progress.note(problem)
            total = len(found.sheets)
            desk = Desk(found.sheets, classifier, lambda done: progress.say(f"reading pages: {done:,} of {total:,}"))
            for problem in desk.problems:
                progress.note(problem)
    except InputError as error:
        stop(str(error), USAGE)
    if not desk.places:
        stop("no page could be read, so there is nothing to label", SOME_FAILED)
    return desk


def _pages(count: int) -> str:
    return f"{count:,} page{'' if count == 1 else 's'}"
