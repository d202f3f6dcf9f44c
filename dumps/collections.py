"""Where the pages of the shipped labels come from, and what rendered them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

COLLECTIONS: Mapping[str, str] = {
    "wcxb": "https://github.com/Murrough-Foley/web-content-extraction-benchmark (the HTML of its development split)",
    "fundus": "https://github.com/flairNLP/fundus (tests/resources/parser/test_data)",
    "postlight-parser": "https://github.com/postlight/parser (fixtures)",
    "newspaper": "https://github.com/codelucas/newspaper (tests/data/html)",
}
"""By the name that records give as their source, the repository that holds the HTML."""

RENDERED_WITH: Mapping[str, str] = {"resiliparse": "2.0.1", "inscriptis": "2.7.6", "lxml": "6.1.3"}
"""The versions of the packages that made the lines which were labelled; others may cut a few pages differently."""


def other_versions() -> Iterator[str]:
    """Say which of these packages is missing here or is of another version, and what to do."""
    for package, wanted in RENDERED_WITH.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            yield (
                f"{package} is {found} here, and the pages were rendered with {wanted};"
                f" if some cannot be restored: pip install {package}=={wanted}"
            )
