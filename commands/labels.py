"""`copytaster labels`: the group of commands for labelled pages."""

from __future__ import annotations

import typer

from copytaster.commands.labels_agree import agree
from copytaster.commands.labels_check import check
from copytaster.commands.labels_exchange import export_labels, import_labels
from copytaster.commands.labels_restore import restore_labels
from copytaster.commands.labels_silver import align, from_html
from copytaster.commands.labels_suggest import suggest

labels = typer.Typer(name="labels", no_args_is_help=True, rich_markup_mode=None)


@labels.callback()
def labels_group() -> None:
    """Check, compare, convert and choose labelled pages."""


labels.command()(check)
labels.command()(agree)
labels.command()(suggest)
labels.command("import")(import_labels)
labels.command("export")(export_labels)
labels.command()(align)
labels.command()(from_html)
labels.command("restore")(restore_labels)
