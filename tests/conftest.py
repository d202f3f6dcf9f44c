from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from copytaster import cli


@pytest.fixture(scope="session")
def run() -> Callable[..., Result]:
    """Runs a command in this process."""

    def _run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(cli.app, words, input=stdin, prog_name="copytaster")

    return _run
