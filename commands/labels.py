"""`copytaster labels`: the commands that work on labelled pages."""

from __future__ import annotations

import typer

from copytaster.commands.labels_suggest import suggest

labels = typer.Typer(
    name="labels",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check, compare, convert and choose labelled pages.",
)
labels.command()(suggest)
