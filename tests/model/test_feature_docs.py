"""docs/features.md lists every feature. To write it anew: python tests/model/test_feature_docs.py"""

from pathlib import Path

from copytaster.model.confidence import measures
from copytaster.model.context import context_features
from copytaster.model.features import features

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def rendered() -> str:
    first = len(features())
    lines = [
        "# Features",
        "",
        f"What the forests see of a line. The first stage sees the first {first} features,",
        f"the second all {len(context_features())}.",
        "A feature that has nothing to say of a line is missing, which the forests can handle.",
        "`name[-1]` is the feature `name` of the line above, `name[+1]` of the line below.",
        "",
        "| name | what it says of the line |",
        "|---|---|",
        *(f"| `{feature.name}` | {feature.description} |" for feature in context_features()),
        "",
        "## Of a page",
        "",
        'What `confidence` and `has_article` are judged by, once the lines have their labels; "kept" are the lines',
        "labelled body.",
        "",
        "| name | what it says of the page |",
        "|---|---|",
        *(f"| `{feature.name}` | {feature.description} |" for feature in measures()),
    ]
    return "\n".join(lines) + "\n"


def test_every_feature_is_documented():
    assert PAGE.read_text("utf-8") == rendered()


if __name__ == "__main__":
    PAGE.write_text(rendered(), "utf-8", newline="\n")
