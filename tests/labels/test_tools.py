"""Files of other labelling tools: round trips, and files as each tool documents them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from copytaster.labels import LABELS, Label, LabelledPage, Page, prodigy, read_labelled
from copytaster.labels.labelstudio import CONFIG
from copytaster.labels.offsets import Unit
from copytaster.labels.spans import ExchangeError, Guess
from copytaster.labels.tools import TOOLS, export_file, import_file

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
FAMILY = "👩‍👩‍👧"
ROWS = ("", f"   {FAMILY} Bridge café", "", "Cafe\u0301 🚒 🚒", "  नमस्ते दुनिया", "Menu", "Who knows", "")
TRICKY = LabelledPage(
    Page(ROWS, "tricky/1", "https://a.example/x", {"site": "a.example", "kind": "article", "note": "a: b"}),
    (None, Label.HEADLINE, None, Label.BODY, Label.TEASER, Label.NAV, None, None),
    0.5,
)
PAGES = [*read_labelled(EXAMPLES), TRICKY]
TEXT = f"{FAMILY} Bridge\n\nIt was 🚒 closed.\nMenu\n"


def put(path: Path, content: Any, *, lines: bool = False) -> Path:
    text = "\n".join(map(json.dumps, content)) if lines else json.dumps(content, ensure_ascii=False)
    path.write_text(text, "utf-8")
    return path


def labels_of(page: LabelledPage) -> dict[str, str]:
    return {row.strip(): str(label) for row, label in zip(page.page.rows, page.labels, strict=True) if row}


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("tool", TOOLS)
def test_pages_come_back_as_they_went(tool: str, unit: Unit, tmp_path: Path) -> None:
    path = tmp_path / "out"
    export_file([(page, None) for page in PAGES], TOOLS[tool].write, unit, path)
    for told in (unit, None):
        found = import_file(path, TOOLS[tool], unit=told)
        assert (found.pages, found.problems, found.left_out) == (PAGES, [], [])
        assert [page.page.meta for page in found.pages] == [page.page.meta for page in PAGES]
        assert found.unit is unit


def test_pages_come_back_from_tasks_of_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "out"
    export_file([(page, None) for page in PAGES], prodigy.write_lines, Unit.CODE_POINTS, path)
    for page, again in zip(PAGES, import_file(path, TOOLS["prodigy"]).pages, strict=True):
        # Blank rows below the last line are nobody's task.
        count = max(page.page.numbers)
        assert (again.page.rows, again.labels) == (page.page.rows[:count], page.labels[:count])
        assert (again.page.id, again.page.url, again.weight) == (page.page.id, page.page.url, page.weight)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_text_and_the_spans_are_what_the_tool_will_show(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    export_file([(TRICKY, None)], TOOLS[tool].write, TOOLS[tool].unit, path)
    record = json.loads(path.read_text("utf-8"))
    if tool == "label-studio":
        (task,) = record
        regions = task["annotations"][0]["result"]
        assert {(region["from_name"], region["to_name"], region["type"]) for region in regions} == {
            ("label", "text", "labels")
        }
        text = task["data"]["text"]
        spans = [(value["start"], value["end"], value["labels"][0]) for value in (one["value"] for one in regions)]
        assert [text[begin:end] for begin, end, _ in spans] == [region["value"]["text"] for region in regions]
    elif tool == "doccano":
        text = record["text"]
        utf_16 = text.encode("utf-16-le")
        spans = record["label"]
        assert [utf_16[2 * b : 2 * e].decode("utf-16-le") for b, e, _ in spans] == [r.strip() for r in ROWS if r][:4]
    else:
        text = record["text"]
        spans = [(span["start"], span["end"], span["label"]) for span in record["spans"]]
        assert "".join(token["text"] for token in record["tokens"]) == text
        assert all(text[token["start"] : token["end"]] == token["text"] for token in record["tokens"])
        for span in record["spans"]:
            token = record["tokens"][span["token_start"]]
            assert (token["start"], token["end"], "disabled" in token) == (span["start"], span["end"], False)
    assert [label for *_, label in spans] == ["headline", "body", "teaser", "nav"]


def test_label_studio_gets_predictions_with_scores(tmp_path: Path) -> None:
    unlabelled = LabelledPage(TRICKY.page, (None,) * len(ROWS))
    guess = Guess("m-1", [Label.NAV if row else None for row in ROWS], [0.75 if row else 0.0 for row in ROWS])
    export_file([(unlabelled, guess)], TOOLS["label-studio"].write, Unit.CODE_POINTS, tmp_path / "out")
    (task,) = json.loads((tmp_path / "out").read_text("utf-8"))
    assert "annotations" not in task
    (prediction,) = task["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("m-1", 0.75)
    assert [region["score"] for region in prediction["result"]] == [0.75] * 5
    assert import_file(tmp_path / "out", TOOLS["label-studio"]).left_out == [
        f"{tmp_path / 'out'}: task 1 is not annotated"
    ]


def test_the_configuration_has_our_labels_and_the_names_that_regions_use() -> None:
    root = ElementTree.fromstring(CONFIG)
    assert [label.get("value") for label in root.iter("Label")] == list(LABELS)
    (labels,), (text,) = root.iter("Labels"), root.iter("Text")
    assert (labels.get("name"), labels.get("toName"), text.get("name"), text.get("value")) == (
        "label", "text", "text", "$text",
    )  # fmt: skip


def region(begin: int, end: int, label: str, **more: Any) -> dict[str, Any]:
    value = {"start": begin, "end": end, "labels": [label], **more}
    return {"id": "x1", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual", "value": value}


def task(*results: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    annotations = [{"id": n, "completed_by": 1, "was_cancelled": False, "result": r} for n, r in enumerate(results, 9)]
    return {"id": 3, "data": {"text": TEXT}, "annotations": annotations, "predictions": [], **more}


def test_label_studio_json_as_it_exports_it(tmp_path: Path) -> None:
    first = [region(0, 12, "nav")]
    last = [region(0, 12, "headline"), region(14, 30, "Body"), {"type": "choices", "value": {"choices": ["ok"]}}]
    (page,) = import_file(put(tmp_path / "p.json", [task(first, last)]), TOOLS["label-studio"]).pages
    assert labels_of(page) == {f"{FAMILY} Bridge": "headline", "It was 🚒 closed.": "body", "Menu": "None"}
    assert page.page.id == "3"


def test_label_studio_json_min(tmp_path: Path) -> None:
    labels = [{"start": 0, "end": 12, "text": f"{FAMILY} Bridge", "labels": ["headline"]}]
    record = {"text": TEXT, "id": 4, "label": labels, "annotator": 1, "annotation_id": 2, "lead_time": 3.1}
    (page,) = import_file(put(tmp_path / "p.json", [record]), TOOLS["label-studio"], unlabelled=Label.NAV).pages
    assert list(labels_of(page).values()) == ["headline", "nav", "nav"]


def test_old_label_studio_offsets_are_known_by_the_text_they_quote(tmp_path: Path) -> None:
    """Releases up to 2021 counted UTF-16 units."""
    quoted = [region(17, 34, "body", text="It was 🚒 closed.")]
    found = import_file(put(tmp_path / "p.json", [task(quoted)]), TOOLS["label-studio"])
    assert found.unit is Unit.UTF_16
    assert labels_of(found.pages[0])["It was 🚒 closed."] == "body"


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"annotations": []}, "is not annotated"), ({"annotations": [{"was_cancelled": True, "result": []}]}, "skipped")],
)
def test_tasks_without_an_annotation_are_named(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    found = import_file(put(tmp_path / "p.json", [task([]), task([], **change)]), TOOLS["label-studio"])
    assert len(found.pages) == 1
    assert "task 2" in found.left_out[0]
    assert reason in found.left_out[0]


@pytest.mark.parametrize(
    "spans",
    [
        {"label": [[0, 15, "headline"], [17, 34, "body"]]},
        {"labels": [[0, 15, "headline"], [17, 34, "body"]]},
        {
            "entities": [
                {"id": 1, "label": "headline", "start_offset": 0, "end_offset": 15},
                {"id": 2, "label": "body", "start_offset": 17, "end_offset": 34},
            ],
            "relations": [],
        },
        {"label": [[0, 8, "headline"], [10, 25, "body"]]},  # a project that counts grapheme clusters
    ],
    ids=["label", "labels", "entities", "graphemes"],
)
def test_doccano_jsonl_of_each_release(spans: dict[str, Any], tmp_path: Path) -> None:
    path = put(tmp_path / "all.jsonl", [{"id": 12, "text": TEXT, "Comments": [], **spans}], lines=True)
    (page,) = import_file(path, TOOLS["doccano"]).pages
    assert labels_of(page) == {f"{FAMILY} Bridge": "headline", "It was 🚒 closed.": "body", "Menu": "None"}
    assert page.page.id == "12"


def test_prodigy_spans_and_answers(tmp_path: Path) -> None:
    base = {"text": TEXT, "_input_hash": -1, "_task_hash": 2, "spans": [{"start": 14, "end": 30, "label": "body"}]}
    records = [{**base, "answer": answer} for answer in ("accept", "reject", "ignore")]
    found = import_file(put(tmp_path / "out.jsonl", records, lines=True), TOOLS["prodigy"])
    assert [page.page.id for page in found.pages] == ["out-1"]
    assert labels_of(found.pages[0])["It was 🚒 closed."] == "body"
    assert [reason.split(": ")[1] for reason in found.left_out] == [
        "line 2 was answered with reject", "line 3 was answered with ignore",
    ]  # fmt: skip


def test_prodigy_lines_by_choice_or_by_label(tmp_path: Path) -> None:
    def line(number: int, **fields: Any) -> dict[str, Any]:
        return {"text": f"Line {number}", "meta": {"page": "p", "line": number}, "answer": "accept", **fields}

    records = [
        line(5, accept=["nav"], options=[]),
        line(1, accept=["headline"], options=[]),
        line(3, label="body"),
        line(4, label="body", answer="reject"),
        line(5, accept=["teaser"], options=[]),  # done again later
        line(6, accept=[], options=[]),
    ]
    (page,) = import_file(put(tmp_path / "out.jsonl", records, lines=True), TOOLS["prodigy"]).pages
    assert page.page.rows == ("Line 1", "", "Line 3", "Line 4", "Line 5", "Line 6")
    assert page.labels == (Label.HEADLINE, None, Label.BODY, None, Label.TEASER, None)


def test_a_span_that_is_a_little_off_still_takes_its_line_and_no_other(tmp_path: Path) -> None:
    path = put(tmp_path / "all.jsonl", [{"text": TEXT, "label": [[19, 36, "body"]]}], lines=True)
    found = import_file(path, TOOLS["doccano"], unit=Unit.UTF_16)
    assert list(labels_of(found.pages[0]).values()) == ["None", "body", "None"]
    assert len(found.problems) == 1  # "M" of "Menu" is covered
    assert "line 4 'Menu' is covered to less than half by body" in found.problems[0]


def test_spans_that_contradict_each_other_are_reported(tmp_path: Path) -> None:
    spans = [[17, 30, "body"], [30, 34, "nav"], [35, 37, "nav"], [37, 39, "teaser"]]
    path = put(tmp_path / "all.jsonl", [{"text": TEXT, "label": spans}], lines=True)
    found = import_file(path, TOOLS["doccano"], unit=Unit.UTF_16)
    assert list(labels_of(found.pages[0]).values()) == ["None", "body", "None"]
    taken, undecided = found.problems
    assert "all.jsonl: line 1: line 3" in taken
    assert "body covers the most" in taken
    assert "left undecided" in undecided


def test_names_can_be_translated(tmp_path: Path) -> None:
    path = put(tmp_path / "all.jsonl", [{"text": "Rain\nMenu", "label": [[0, 4, "Title"], [5, 9, "?"]]}], lines=True)
    (page,) = import_file(path, TOOLS["doccano"], unlabelled=Label.NAV, renamed={"Title": "headline"}).pages
    assert page.labels == (Label.HEADLINE, None)


@pytest.mark.parametrize(
    ("tool", "content", "message"),
    [
        ("label-studio", "{", "not JSON"),
        ("label-studio", "[7]", "task 1: not an object"),
        ("label-studio", '[{"data": {"image": "x.jpg"}}]', 'task 1: no "text" in its data'),
        ("label-studio", json.dumps([task([region(0, 4, "PERSON")])]), "task 1: 'PERSON' is not .*--rename PERSON"),
        ("label-studio", json.dumps([task([region(0, 999, "nav")])]), "task 1: offset 999 is outside.*--offsets"),
        ("label-studio", json.dumps([task([region(0, 4, "nav", labels=["nav", "body"])])]), "2 labels"),
        ("label-studio", json.dumps([task([{"type": "labels", "value": {"labels": ["nav"]}}])]), "without start"),
        ("doccano", '{"text": "a"}\n[]', "line 2: not an object"),
        ("doccano", '{"text": "a"}\n\n{"text": ', "line 3: not JSON"),
        ("doccano", '{"text": "a", "label": ["nav"]}', "line 1: 'nav' is no span"),
        ("doccano", '{"text": "a", "label": [[0, 1, "bodi"]]}', "Did you mean 'body'"),
        ("doccano", '{"id": 1}', 'line 1: no "text"'),
        ("prodigy", '{"text": "a", "spans": [{"start": 0}]}', "line 1: .* is no span"),
        ("prodigy", '{"text": "a", "accept": ["nav"]}', "line 1: a line that does not say which it is"),
        ("prodigy", '{"text": "a", "accept": ["nav", "body"], "meta": {"page": "p", "line": 1}}', "2 labels"),
        ("prodigy", '{"html": "a"}', 'line 1: no "text"'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_record(tool: str, content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ExchangeError, match=message) as raised:
        import_file(path, TOOLS[tool])
    assert str(raised.value).startswith(str(path))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExchangeError, match="not UTF-8"):
        import_file(path, TOOLS["doccano"])
    with pytest.raises(ExchangeError, match="cannot be read"):
        import_file(tmp_path, TOOLS["doccano"])


def test_a_file_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    def broken(pages: Any, unit: Unit) -> Any:
        yield b"["
        raise RuntimeError

    with pytest.raises(RuntimeError):
        export_file([], broken, Unit.UTF_16, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
