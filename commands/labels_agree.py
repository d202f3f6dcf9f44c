"""`copytaster labels agree`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from copytaster.commands.labels_check import MOST, AsJson, Most
from copytaster.commands.options import labelled_pages
from copytaster.commands.status import SOME_FAILED, exit_if_left_out, stop

_Side = Annotated[Path, typer.Argument(help="Labelled pages: a folder or a file.", show_default=False)]


def agree(first: _Side, second: _Side, most: Most = MOST, as_json: AsJson = False) -> None:
    """Compare two labellings of the same pages.

    \b
      copytaster labels agree ann/ ben/
      copytaster labels agree ann/ ben/ --most 0     every line on which they differ

    Prints Cohen's kappa, over all labels and for each against the others, the lines by both labels, and where they
    differ. Pages are matched by their id and must have the same lines.

    Exit status: 0 compared, whatever came out, 1 not to be compared, 2 wrong usage.
    """  # noqa: D301 - click keeps the lines after \b as they are
    one, skipped = labelled_pages([first])
    other, others_skipped = labelled_pages([second])
    from copytaster.training.agreement import AgreementError, agreement

    try:
        found = agreement(one, other)
    except AgreementError as error:
        stop(str(error), SOME_FAILED)
    if as_json:
        typer.echo(json.dumps(found.record(), ensure_ascii=False, indent=2))
    else:
        typer.echo(found.text(most or None))
    exit_if_left_out(skipped + others_skipped, "labelled page")
