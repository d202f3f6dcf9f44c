"""Imports go one way: a package knows only itself and those before it in the order."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ("labels", "model", "dumps", "training", "desk", "commands", "cli")
ENTRY_POINTS = {"__init__", "__main__"}  # of the package as a whole


def modules() -> list[Path]:
    packages = (path for name in ORDER for path in (ROOT / name).rglob("*.py"))
    return sorted([*packages, *ROOT.glob("cli.py")])


def layers_imported(source: str) -> set[str]:
    """The packages or modules right below copytaster that a module's code imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from copytaster import model` names the layer after the import.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("copytaster.")}
    return found


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_its_own_layer_and_those_before_it(path: Path) -> None:
    known = ORDER[: ORDER.index(layer_of(path)) + 1]
    # Names of the package itself, such as its version, belong to no layer.
    imported = layers_imported(path.read_text("utf-8")) - {"__version__"}
    assert imported <= set(known)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_are_absolute(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


def test_the_root_holds_no_module_but_the_command_line_and_the_entry_points() -> None:
    """The root is the package: any other file there would ship."""
    assert {path.stem for path in ROOT.glob("*.py")} <= {"cli"} | ENTRY_POINTS


@pytest.mark.parametrize(
    ("source", "layers"),
    [
        ("import copytaster.model.forest", {"model"}),
        ("from copytaster.dumps import read_pages", {"dumps"}),
        ("from copytaster import training", {"training"}),
        ("def late():\n    from copytaster.cli import main", {"cli"}),
        ("import numpy\nfrom os import path", set()),
    ],
)
def test_every_form_of_import_is_seen(source: str, layers: set[str]) -> None:
    assert layers_imported(source) == layers
