"""From HTML to the rows of a dump, and labelled pages rebuilt from labels and HTML."""

import gzip
import shutil
from pathlib import Path

import pytest

from copytaster.dumps import renderers
from copytaster.dumps.html import decode_html
from copytaster.dumps.renderers import RENDERERS, RendererMissingError, RenderingError, installed, render
from copytaster.dumps.restore import HtmlFiles, restore
from copytaster.labels import Label, LabelledPage, Page
from copytaster.labels.corpus import LabelRecord

HTML = """<html><head><title>A title - Site</title><style>p {}</style></head><body>
<ul><li>Home</li><li>News</li></ul><h1>A  title</h1><script>no()</script>
<p>The first paragraph<br>in two lines, <b>with</b> a	tab.</p><noscript>hidden</noscript>
<p>The second.</p></body></html>"""
SHOWN = ["Home", "News", "A title", "The second."]


@pytest.mark.parametrize("name", RENDERERS)
def test_a_page_becomes_rows_of_what_it_shows(name: str) -> None:
    if name in ("lynx", "w3m") and shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    rows = render(HTML, name)
    shown = [row.strip(" *+•") for row in rows if row]
    assert [row for row in shown if row in SHOWN] == SHOWN
    assert not any("no()" in row or "\t" in row or "\n" in row for row in rows)
    assert rows[-1]


def test_a_wet_row_is_a_block_and_the_title_the_first() -> None:
    assert render(HTML, "wet") == [
        "A title - Site", "Home", "News", "A title", "The first paragraph", "in two lines, with a tab.", "The second.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (b'<meta charset="windows-1251">\xcf\xf0\xe8\xe2\xe5\xf2', "Привет"),
        (b'<meta charset="no-such">gr\xc3\xbcn', "grün"),
        ("<p>grün</p>".encode(), "grün"),
        (b'<meta charset="utf-8">\xff', "\ufffd"),
    ],
)
def test_the_declared_charset_is_believed_if_there_is_such_a_one(page: bytes, text: str) -> None:
    assert text in decode_html(page)


def test_what_is_missing_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(_: str) -> list[str]:
        raise ImportError

    monkeypatch.setitem(renderers.RENDERERS, "inscriptis", not_there)  # type: ignore[arg-type]
    with pytest.raises(RendererMissingError, match=r"pip install 'copytaster\[html\]'"):
        render(HTML, "inscriptis")
    monkeypatch.setitem(renderers.RENDERERS, "lynx", renderers._text_browser("no-such-browser"))  # type: ignore[arg-type]
    with pytest.raises(RendererMissingError, match="there is no program lynx"):
        render(HTML, "lynx")


def test_a_renderer_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(renderers.RENDERERS, "w3m", renderers._text_browser("false"))  # type: ignore[arg-type]
    with pytest.raises(RenderingError, match="w3m failed"):
        render(HTML, "w3m")


def test_renderers_of_the_extra_are_installed_for_the_tests() -> None:
    assert {"resiliparse", "inscriptis", "wet"} <= set(installed())


def labelled(name: str, renderer: str = "wet") -> LabelledPage:
    rows = tuple(render(HTML, renderer))
    labels = tuple(Label.HEADLINE if "title" in row else Label.BODY if "." in row else Label.NAV for row in rows)
    return LabelledPage(
        Page(rows, name, meta={"source": "wcxb", "file": f"dev/{name}.html", "renderer": renderer}), labels
    )


def test_pages_are_restored_wherever_their_html_lies(tmp_path: Path) -> None:
    for place, name in (("a/dev", "one.html.gz"), ("b/deep/dev", "two.html"), ("other", "three.html")):
        (tmp_path / place).mkdir(parents=True)
        data = HTML.encode()
        (tmp_path / place / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    pages = [labelled("one"), labelled("two"), labelled("three")]
    errors: list[str] = []
    restored = list(
        restore(map(LabelRecord.of, pages), [tmp_path / "a", tmp_path / "b", tmp_path / "other"], errors.append)
    )
    assert [page.labels for page in restored] == [page.labels for page in pages]
    assert [page.page for page in restored] == [page.page for page in pages]
    assert errors == []


def test_pages_that_are_missing_or_have_changed_are_named_and_the_rest_restored(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "one.html").write_text(HTML.replace("second", "last"), "utf-8")
    (tmp_path / "dev" / "two.html").write_text(HTML, "utf-8")
    (tmp_path / "dev" / "four.html.gz").write_bytes(b"\x1f\x8b broken")
    pages = [labelled("one"), labelled("two"), labelled("three"), labelled("four")]
    errors: list[str] = []
    restored = list(restore(map(LabelRecord.of, pages), [tmp_path], errors.append))
    assert [page.page.id for page in restored] == ["two"]
    assert "line 7 of those" in errors[0]
    assert "three: no file dev/three.html of wcxb" in errors[1]
    assert "four.html.gz" in errors[2]
    assert len(errors) == 3


def test_a_file_of_the_same_name_elsewhere_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "one.html.gz").write_bytes(b"")
    record = LabelRecord.of(labelled("page"))
    assert (
        HtmlFiles([tmp_path]).find(LabelRecord("x", {"file": "dev/one.html.gz"}, record.labels, record.hashes)) is None
    )
