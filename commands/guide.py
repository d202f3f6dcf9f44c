"""`copytaster guide`."""

from __future__ import annotations

import typer


def guide() -> None:
    """Show the label guide: what each of the four labels is for.

    \b
      copytaster guide | less
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.labels.guide import guide as label_guide

    typer.echo(label_guide(), nl=False)
