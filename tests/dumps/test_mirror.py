"""One output for each input, under a name that mirrors it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.dumps import FORMATS, FormatError, Result, Writer, open_folder
from copytaster.dumps.mirror import SUFFIX_OF_FORMAT, Mirror
from copytaster.dumps.writers import format_of
from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Origin, Page
from copytaster.model.article import Article
from copytaster.model.classifier import Reading
from copytaster.model.wrap import logical_lines


def result(source: str, text: str = "Text") -> Result:
    page = Page.from_text(text, id=text, origin=Origin(source))
    body = [LABELS.index(Label.BODY)]
    reading = Reading(page, Article(paragraphs=[text]), logical_lines(page.rows), body, [[0.25] * len(LABELS)])
    return Result(reading, "shipped")


def outputs(*sources: str, inputs: tuple[str, ...] = ("a", "b")) -> list[str]:
    mirror = Mirror(inputs, ".md")
    return [str(mirror.path_of(source)) for source in sources]


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("sub/page.txt", "sub/page.md"),
        ("crawl/CC-1.warc.wet.gz", "crawl/CC-1.md"),
        ("page", "page.md"),
        ("page.v2", "page.v2.md"),
        ("/data/sub/page.html", "data/sub/page.md"),
        ("../../sub/./page.txt", "sub/page.md"),
        ("C:/data/page.txt", "C/data/page.md"),
        ("s3://bucket/sub/page.txt", "bucket/sub/page.md"),
        ("https://a.example/page.html?id=1", "a.example/page.html_id=1.md"),
        ("-", "stdin.md"),
        ("..", "page.md"),
    ],
)
def test_an_output_is_called_like_its_input(source: str, output: str) -> None:
    assert outputs(source) == [output]


@pytest.mark.parametrize("inputs", ["dumps", "dumps/", "./dumps"])
def test_a_folder_that_is_the_only_input_is_left_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dumps").mkdir()
    assert outputs("dumps/sub/page.txt", inputs=(inputs,)) == ["sub/page.md"]
    assert outputs("dumps/sub/page.txt", inputs=(inputs, "b")) == ["dumps/sub/page.md"]


def test_no_two_inputs_have_the_same_output() -> None:
    sources = ["a/x.txt", "a/x.html", "a/X.txt", "../a/x.txt", "a/x.txt", "a/x.txt-2", "a/x"]
    made = outputs(*sources)
    assert made[:2] == ["a/x.md", "a/x.html.md"]
    assert len({name.casefold() for name in made}) == len(sources)


def test_names_too_long_for_a_file_are_cut_and_stay_apart() -> None:
    made = outputs(*("ü" * 300 + f"/{'漢' * 100}{n}" for n in "12"))
    assert len(set(made)) == 2
    assert all(len(part.encode()) <= 220 for name in made for part in name.split("/"))


@given(st.lists(st.text(st.characters() | st.sampled_from("./\\:a")), max_size=6))
def test_no_input_leads_out_of_the_folder_or_to_the_output_of_another(sources: list[str]) -> None:
    made = outputs(*sources)
    assert len({name.casefold() for name in made}) == len(sources)
    for name in made:
        assert not name.startswith("/")
        assert not {"", ".", ".."} & set(name.split("/"))
        assert "\\" not in name
        name.encode()


def test_every_format_has_a_suffix_that_names_it() -> None:
    assert {form: format_of(f"a{suffix}") for form, suffix in SUFFIX_OF_FORMAT.items()} == {
        form: form for form in FORMATS
    }


def test_each_input_has_its_file_which_appears_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with open_folder(out, ["a", "b"]) as writer:
        writer.write(result("a/x.txt", "One"))
        assert not (out / "a/x.md").exists()
        writer.write(result("b.jsonl", "Two"))
        assert (out / "a/x.md").read_text() == "One\n"
        writer.write(result("b.jsonl", "Three"))
    assert (out / "b.md").read_text().count("---") == 2
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["b.md", "x.md"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(tmp_path: Path, form: str) -> None:
    with open_folder(tmp_path, ["a.txt"], form) as writer:
        writer.write(result("a.txt"))
    (path,) = tmp_path.iterdir()
    assert format_of(path) == form
    assert path.stat().st_size


def test_json_is_an_array_where_an_input_has_several_pages(tmp_path: Path) -> None:
    with open_folder(tmp_path, ["a.jsonl", "b.txt"], "json") as writer:
        for name in ("a.jsonl", "a.jsonl", "b.txt"):
            writer.write(result(name))
    assert len(json.loads((tmp_path / "a.json").read_text())) == 2
    assert json.loads((tmp_path / "b.json").read_text())["source"] == "b.txt"


def test_when_a_run_fails_whole_files_stay_and_the_unfinished_one_does_not_appear(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("old")

    def fail(writer: Writer) -> None:
        writer.write(result("a.txt", "One"))
        writer.write(result("b.txt", "Two"))
        raise RuntimeError

    with pytest.raises(RuntimeError), open_folder(tmp_path, ["a.txt", "b.txt"]) as writer:
        fail(writer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "b.md"]
    assert (tmp_path / "b.md").read_text() == "old"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path, kind: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.md").write_text("precious")
    if kind == "folder":
        (tmp_path / "out/a").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "out/a").mkdir()
        (tmp_path / "out/a/x.md").symlink_to(tmp_path / "elsewhere/x.md")
    with pytest.raises(FormatError, match="leads out"), open_folder(tmp_path / "out", ["a", "b"]) as writer:
        writer.write(result("a/x.txt"))
    assert (tmp_path / "elsewhere/x.md").read_text() == "precious"


def test_an_unknown_format_is_refused_with_the_choice(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="choose one of markdown"), open_folder(tmp_path / "out", ["a"], "yaml"):
        pass
    assert not (tmp_path / "out").exists()
