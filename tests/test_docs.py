"""The documentation says what there is: commands, arrays of the model file, benchmarks; and its examples run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from copytaster import cli
from copytaster.model.classifier import SHIPPED
from copytaster.model.modelfile import read_model

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MODEL_FILE = (ROOT / "docs" / "model-file.md").read_text("utf-8")
DEVELOPMENT = (ROOT / "docs" / "development.md").read_text("utf-8")
COMMANDS: dict[str, typer.core.TyperCommand] = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]


def blocks(text: str, language: str = "") -> list[str]:
    """What stands between fences; all languages are looked for, so that no end is taken for a beginning."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [content for name, content in found if name == language]


def commands_shown(text: str) -> Iterator[list[str]]:
    """The words of each `copytaster` command in the blocks of a text, without what a shell adds."""
    for line in "".join(blocks(text)).splitlines():
        for part in re.split(r"&&|\|", line.partition(" # ")[0]):
            if part.split()[:1] == ["copytaster"]:
                yield part.split()[1:]


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    examples = blocks(README, "python")
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("Tern Bridge to close")


def test_the_readme_shows_every_command() -> None:
    assert {words[0] for words in commands_shown(README)} == set(COMMANDS)


@pytest.mark.parametrize(
    "path",
    ["README.md", "examples/README.md"]
    + [f"docs/{name}.md" for name in ("corpus", "explain", "labelling", "labels", "model-card", "report", "training")],
)
def test_every_option_that_the_documentation_shows_is_one(path: str) -> None:
    shown = list(commands_shown((ROOT / path).read_text("utf-8")))
    assert shown
    for name, *words in shown:
        command = COMMANDS[name]
        if isinstance(command, typer.core.TyperGroup):
            command = command.commands[words.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if re.match("--?[a-z]", word)} <= options, (name, words)


def test_the_arrays_and_the_header_of_the_shipped_model_are_described() -> None:
    header, arrays = read_model(SHIPPED)
    described = set(re.findall(r"`([^`\n]+)`", MODEL_FILE))
    names = {re.sub(r"^(?:first|second|right|article)\.", "NAME.", name) for name in arrays}
    assert names | set(header) | {"first", "second", "right", "article"} <= described


def test_every_benchmark_is_listed() -> None:
    listed = set(re.findall(r"`(\w+\.py)`", DEVELOPMENT.partition("## Benchmarks")[2].partition("\n## ")[0]))
    assert listed == {path.name for path in (ROOT / "benchmarks").glob("*.py")}


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).is_file()] == []
