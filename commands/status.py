"""How a command ends: its exit status, and the message before it."""

from __future__ import annotations

from typing import NoReturn

import typer

SOME_FAILED = 1
USAGE = 2
MODEL_UNUSABLE = 3
INTERRUPTED = 130


def exit_if_left_out(count: int, what: str) -> None:
    """Say how many were left out, if any, and exit with `SOME_FAILED`."""
    if count:
        typer.echo(f"{count:,} {what}{'' if count == 1 else 's'} left out", err=True)
        raise typer.Exit(SOME_FAILED)


def stop(message: str, status: int) -> NoReturn:
    """Print what went wrong and exit with the status."""
    typer.echo(f"copytaster: {message}", err=True)
    raise typer.Exit(status)
