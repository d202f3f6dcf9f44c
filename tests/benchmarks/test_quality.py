"""One run gives one report, with a row for every method and a column for every figure."""

from pathlib import Path

import pytest
import quality
from corpora import CorpusPage, load_corpus
from quality import Settings, measure, run
from tables import Measured, Results, breakdown, grouped, report, script, table

from copytaster.labels import Label, LabelledPage, Page

RENDER = """import re
def plain(html):
    return [line for line in re.sub('<[^>]*>', '\\n', html).split('\\n')]
RENDERERS = {"plain": plain, "shouting": lambda html: [line.upper() for line in plain(html)]}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "render.py"
    file.write_text(RENDER)
    return Settings(file, ("plain", "shouting"), ())


def test_every_method_is_measured_on_every_dump(fixtures: Path, settings: Settings) -> None:
    page = load_corpus(fixtures / "article-extraction-benchmark")[0]
    found = {(one.row, one.renderer): one for one in measure(page, settings)}
    methods = ("Copytaster", "keep every line", "C4 line rules")
    assert {(row, dump) for row in methods for dump in ("plain", "shouting")} <= set(found)
    assert found["keep every line", "plain"].sums["recall"] == (1.0, 1.0)
    assert found["keep every line", "plain"].sums["precision"][0] < 1
    assert found["C4 line rules", "plain"].sums["word F1"] == (1.0, 1.0)
    # rules on lines tell no headline, and the record knows none
    assert "headline" not in found["C4 line rules", "plain"].sums


def labelled(*rows: tuple[Label | None, str], renderer: str) -> LabelledPage:
    page = Page(tuple(row for _, row in rows), "one", meta={"renderer": renderer})
    return LabelledPage(page, tuple(label for label, _ in rows))


ROWS = (
    (Label.NAV, "Home and all the other pages"),
    (None, ""),
    (Label.HEADLINE, "Harbour wall holds in the spring tide"),
    (Label.BODY, "The new wall kept the spring tide out of Fennick harbour on Tuesday night."),
)


def test_perfect_labels_are_carried_over_to_the_other_dumps(tmp_path: Path, settings: Settings) -> None:
    html = tmp_path / "page.html"
    html.write_text("\n".join(f"<p>{row}</p>" for _, row in ROWS if row))
    gold = labelled(*ROWS, renderer="as read")
    page = CorpusPage("one", "x", html, text=ROWS[3][1], title=ROWS[2][1], gold=gold)
    found = {one.renderer: one for one in measure(page, settings) if one.row == "perfect labels"}
    assert set(found) >= {"plain"}
    assert found["plain"].sums["word F1"] == (1.0, 1.0)
    assert found["plain"].sums["headline"] == (1.0, 1.0)
    ours = next(one for one in measure(page, settings) if (one.row, one.renderer) == ("Copytaster", "plain"))
    # every line that was labelled by reading counts in line F1: three given, three true
    assert sum(ours.sums[f"line {label}"][1] for label in Label) == 6.0


def test_a_labelled_page_without_html_is_measured_on_its_own_lines() -> None:
    page = CorpusPage("one", "x", text=ROWS[3][1], gold=labelled(*ROWS, renderer="as read"))
    found = measure(page, Settings(renderers=None, peers=()))
    assert {one.renderer for one in found} == {"as read"}
    assert next(one for one in found if one.row == "perfect labels").sums["word F1"] == (1.0, 1.0)


def results_of(*values: float, langs: tuple[str, ...] = (), failed: int = 0) -> Results:
    results = Results(["one", "other"], frozenset({"one"}))
    for index, value in enumerate(values):
        page = CorpusPage(str(index), "x", lang=(langs or ("en",) * len(values))[index], site=str(index), text="Rain")
        sums = {"word F1": (value, 1.0)}
        results.add(page, [Measured("one", "dump", sums, "time limit" if index < failed else None)])
    return results


def test_the_table_shows_mean_interval_and_failures() -> None:
    text = table(results_of(0.5, 1.0, failed=1), {"word F1": True, "kept": True}, {0, 1}, "dump")
    assert text.split("\n")[2:] == ["| one, dump | 2 | 1 | 0.750 (0.500-1.000) | - |"]


def test_the_table_leaves_out_rows_and_pages_without_a_figure() -> None:
    results = results_of(0.5, 1.0)
    assert table(results, {"kept": False}, {0, 1}, "dump").count("\n") == 1
    assert "| one, dump | 1 | 0 | 1.000 |" in table(results, {"word F1": False}, {1}, "dump")


def test_languages_of_few_pages_are_pooled_by_script() -> None:
    pages = [CorpusPage(str(n), "x", lang="en", text="Rain") for n in range(15)]
    pages += [CorpusPage("j", "x", lang="ja", text="雨が降る"), CorpusPage("z", "x", lang="zh", text="下雨")]
    pages += [CorpusPage("?", "x", text="Rain"), CorpusPage("de", "x", lang="de", text="Regen")]
    groups = grouped(pages, "lang")
    assert {name: len(members) for name, members in groups.items()} == {
        "en": 15,
        "other Han and kana": 2,
        "other Latin": 2,
    }


@pytest.mark.parametrize(("text", "name"), [("Дождь", "Cyrillic"), ("雨がふる", "Han and kana"), ("12", "script")])
def test_the_script_is_that_of_most_letters(text: str, name: str) -> None:
    assert script(text) == name


def test_the_breakdown_by_renderer_has_a_column_for_each() -> None:
    assert breakdown(results_of(0.5, 0.5), "renderer", "dump").split("\n") == [
        "| word F1 | dump |",
        "|---|---:|",
        "| one | 0.500 (0.500-0.500) |",
    ]


def test_the_report_says_how_often_the_known_text_begins_with_the_title() -> None:
    results = Results(["one"], frozenset())
    results.add(CorpusPage("1", "x", text="Rain. It rained.", title="Rain"), [Measured("one", "", {})])
    results.add(CorpusPage("2", "x", text="It rained.", title="Rain"), [])
    assert "begins with the title on 1 of 2 pages" in report(results, (), ["Made so."])


def test_a_run_counts_failures_and_goes_on(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert settings.render is not None
    settings.render.write_text("def bad(html):\n    raise KeyError\nRENDERERS = {'plain': bad, 'shouting': bad}\n")
    html = tmp_path / "page.html"
    html.write_text("<p>Rain.</p>")
    results = run([CorpusPage("1", "x", html, text="Rain."), CorpusPage("2", "x", html, text="Rain.")], settings)
    assert "| Copytaster, plain | 2 | 2 | 0.000" in table(results, {"word F1": False}, {0, 1}, "plain")
    assert "Copytaster plain: KeyError on 2 pages" in capsys.readouterr().err


def test_the_command_writes_what_it_prints(
    fixtures: Path, settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "benchmarks.md"
    folders = [str(fixtures / name) for name in ("article-extraction-benchmark", "fundus-evaluation")]
    options = ["--render", str(settings.render), "--renderers", "plain", "--peers", "none", "--by", "lang,kind"]
    quality.main([*folders, *options, "--pages", "4", "-o", str(out)])
    printed = capsys.readouterr()
    assert printed.out.strip() == out.read_text("utf-8").strip()
    assert "4 of 4 pages" in printed.err
    assert "## By kind" in printed.out
    assert str(tmp_path) not in printed.out  # no path of the machine in what is published


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no corpus in a known layout"):
        quality.main([str(tmp_path), "--peers", "none"])
