"""The command line: `copytaster` and its commands."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Annotated

import typer

from copytaster.commands.evaluate import evaluate
from copytaster.commands.explain import explain
from copytaster.commands.guide import guide
from copytaster.commands.label import label
from copytaster.commands.labels import labels
from copytaster.commands.predict import predict
from copytaster.commands.train import train

# No rich formatting: it breaks up the examples, and a traceback with local variables would print whole pages.
app = typer.Typer(
    name="copytaster",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal's encoding lacks is no reason to fail.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    # Asked to end, it removes what is half written.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app(prog_name="copytaster")
    finally:
        # The interpreter searches all objects for cycles twice as it ends, which takes a tenth of a cold start.
        gc.freeze()


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"copytaster {version('copytaster')}")
        raise typer.Exit


@app.callback()
def copytaster(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Rebuild the article from the plain-text dump of a web page.

    Copytaster reads a dump line by line, labels each line headline, body, teaser or nav, and puts the article
    together from them. It needs no HTML.

    \b
      copytaster predict page.txt                  the article, as Markdown
      copytaster predict dumps/ -o articles.jsonl  a folder of dumps, one JSON record a page
      copytaster explain page.txt --line 12        why a line has its label
      copytaster label pages/                      label lines by hand, on a local web page
      copytaster labels suggest dumps/             which pages to label next
      copytaster train my-pages/ -o mine.npz       a model of your own, from labelled pages
      copytaster evaluate my-pages/ --folds 5      how good such a model is
      copytaster labels check my-pages/            mistakes in labelled pages; see copytaster labels --help
      copytaster guide                             what the four labels mean

    Exit status: 0 all done, 1 some pages failed, 2 wrong usage, 3 the model file is unusable.
    """  # noqa: D301 - click keeps the lines after \b as they are


for command in (predict, explain, label, train, evaluate, guide):
    app.command()(command)
app.add_typer(labels)
