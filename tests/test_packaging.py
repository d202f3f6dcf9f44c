"""What is shipped: everything the package needs, and nothing else of the repository."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = ("labels", "model", "dumps", "training", "desk", "commands")
# What a work tree may hold besides the sources: left where it is.
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the sdist, the wheel built from the sdist as a package index would."""
    folder = tmp_path_factory.mktemp("packaging")
    shutil.copytree(ROOT, folder / "clone", ignore=LEFT_BEHIND)
    built = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", folder / "dist", folder / "clone"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(archives: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(next(archives.glob("*.whl"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def shipped(wheel: zipfile.ZipFile) -> set[PurePosixPath]:
    """The files of the wheel, without its metadata, as paths below the package."""
    names = [PurePosixPath(name) for name in wheel.namelist() if ".dist-info/" not in name]
    assert {name.parts[0] for name in names} == {"copytaster"}
    return {name.relative_to("copytaster") for name in names}


def sources(*patterns: str) -> set[PurePosixPath]:
    """The files of the root and of the packages that match."""
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    files += [path for package in PACKAGES for pattern in patterns for path in (ROOT / package).rglob(pattern)]
    return {PurePosixPath(path.relative_to(ROOT).as_posix()) for path in files}


def test_the_wheel_holds_every_module_of_every_package(shipped: set[PurePosixPath]) -> None:
    assert {path for path in shipped if path.suffix == ".py"} == sources("*.py")


def test_the_wheel_holds_the_data_the_web_page_and_the_mark_of_types(
    shipped: set[PurePosixPath],
) -> None:
    data = {path for path in shipped if path.suffix != ".py"}
    # The base of the shipped model is among the arrays, once there is one.
    others = ("labels/GUIDE.md", "labels/corpus.jsonl", "py.typed")
    assert data == sources("*.npz", "static/*") | set(map(PurePosixPath, others))


def test_the_wheel_holds_the_licence(wheel: zipfile.ZipFile) -> None:
    assert [name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE")]


def test_the_command_is_installed(wheel: zipfile.ZipFile) -> None:
    entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "copytaster = copytaster.cli:main" in wheel.read(entry_points).decode()


def test_the_sdist_holds_what_its_tests_need(archives: Path) -> None:
    with tarfile.open(next(archives.glob("*.tar.gz"))) as archive:
        names = {PurePosixPath(*PurePosixPath(member.name).parts[1:]) for member in archive if member.isfile()}
    needed = [
        path
        for folder in ("tests", "examples", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]
    assert {PurePosixPath(path.relative_to(ROOT).as_posix()) for path in needed} <= names
    assert {PurePosixPath("CHANGELOG.md"), PurePosixPath("README.md"), PurePosixPath("LICENSE")} <= names


def test_the_version_is_the_installed_one() -> None:
    assert version("copytaster") == PROJECT["project"]["version"]
