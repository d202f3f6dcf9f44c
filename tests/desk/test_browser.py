"""The labelling page in a real browser, headless."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from copytaster.labels import read_labelled

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
# No sandbox, because Chromium refuses to run as root with one; the rest keeps it from talking to anybody.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# Generous, for machines that are busy.
PATIENCE = 15_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium not found: no browser to try the page in")

ARABIC = """\
المرصد اليومي
الرئيسية

افتتاح المكتبة الجديدة على ضفة النهر

افتتحت المدينة يوم السبت مكتبتها الجديدة بعد ثلاث سنوات من العمل، وحضر الافتتاح مئات من سكان الحي.
"""
HTML_LINE = '<img src=x onerror="document.title=1"><b>Bold</b> &amp; <script>document.title=2</script>'

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server) -> Iterator[Open]:  # type: ignore[no-untyped-def]
    """Opens the desk in a tab; further tabs share the first one's cookies and storage. No script may fail in any."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    failures: list[str] = []

    def _open(size: dict[str, int] = DESKTOP) -> Page:
        tab = context.new_page()
        tab.on("pageerror", lambda error: failures.append(str(error)))
        tab.set_viewport_size(size)
        tab.goto(server.url)
        tab.wait_for_selector("#lines li")
        return tab

    yield _open
    context.close()
    assert failures == []


def press(tab: Page, *keys: str) -> None:
    for key in keys:
        tab.keyboard.press(key)


def wait_for_save(tab: Page) -> None:
    expect(tab.locator("#saved")).to_have_text("Saved")


def labels_in(path: Path) -> list[str | None]:
    (page,) = read_labelled(path)
    return [label for row, label in zip(page.page.rows, page.labels, strict=True) if row]


def shown(tab: Page) -> list[str]:
    return tab.locator("#lines .label").all_text_contents()


def test_a_page_is_labelled_by_keyboard_alone_and_stays_so_after_a_reload(open_page: Open, folder: Path) -> None:
    tab = open_page()
    press(tab, "n", "n", "n", "h", "Shift+ArrowDown", "b", "?", "n")
    wait_for_save(tab)
    expected = ["nav", "nav", "nav", "headline", "body", "body", None, "nav"]
    assert labels_in(folder / "bakery.tsv") == expected
    names = ["Nav", "Nav", "Nav", "Headline", "Body", "Body", "Undecided", "Nav"]
    tab.reload()
    expect(tab.locator("#lines .label")).to_have_text(names)
    assert tab.locator("#lines .guess").count() == 0
    assert tab.evaluate("document.activeElement.id") == "lines"


def test_undo_and_redo_go_to_the_disk(open_page: Open, folder: Path) -> None:
    tab = open_page()
    press(tab, "t")
    wait_for_save(tab)
    press(tab, "t", "u")
    wait_for_save(tab)
    assert labels_in(folder / "bakery.tsv")[:2] == ["teaser", None]
    press(tab, "Control+z")
    expect(tab.locator("#lines li").first).to_have_class(re.compile("guess"))
    press(tab, "Control+y", "r")
    expect(tab.locator("#lines .label").nth(1)).to_have_text("Teaser")
    wait_for_save(tab)
    assert labels_in(folder / "bakery.tsv")[:2] == ["teaser", "teaser"]


def test_the_article_follows_the_labels(open_page: Open) -> None:
    tab = open_page()
    expect(tab.locator("#article h2")).to_be_visible()
    press(tab, "End", "Home", "Control+a", "n")
    expect(tab.locator("#article .none")).to_be_visible()
    press(tab, "u")
    expect(tab.locator("#article h2")).to_be_visible()


def test_done_makes_labels_of_all_guesses_and_says_so(open_page: Open, folder: Path) -> None:
    tab = open_page()
    press(tab, "d")
    expect(tab.locator("#done")).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#progress")).to_contain_text("1 of 1 page done")
    expect(tab.locator("#progress")).to_contain_text("agreement 100.0 %")
    assert None not in labels_in(folder / "bakery.tsv")
    assert next(read_labelled(folder / "bakery.tsv")).page.meta["reviewed"] == "yes"
    press(tab, "d")
    expect(tab.locator("#progress")).to_contain_text("0 of 1 page done")


def test_a_second_tab_cannot_undo_the_first_and_its_changes_are_offered_again(open_page: Open, folder: Path) -> None:
    one, two = open_page(), open_page()
    one.keyboard.press("t")
    wait_for_save(one)
    # Behind the first tab's back: the second has not seen its change.
    press(two, "ArrowDown", "h")
    expect(two.locator("#notice")).to_contain_text("changed in another tab")
    expect(two.locator("#lines .label").first).to_have_text("Teaser")
    assert labels_in(folder / "bakery.tsv")[:2] == ["teaser", None]
    press(two, "r")
    wait_for_save(two)
    assert labels_in(folder / "bakery.tsv")[:2] == ["teaser", "headline"]


def test_a_tab_that_is_come_back_to_shows_what_was_changed_on_disk(open_page: Open, folder: Path) -> None:
    tab = open_page()
    press(tab, "n", "h")
    wait_for_save(tab)
    path = folder / "bakery.tsv"
    path.write_text(path.read_text("utf-8").replace("headline", "teaser"), "utf-8")
    tab.evaluate("dispatchEvent(new Event('focus'))")
    expect(tab.locator("#lines .label").nth(1)).to_have_text("Teaser")
    expect(tab.locator("#notice")).to_contain_text("changed in another tab or on disk")


def test_nothing_is_lost_while_the_server_is_stopped(open_page: Open, server, folder: Path) -> None:  # type: ignore[no-untyped-def]
    tab = open_page()
    press(tab, "n")
    wait_for_save(tab)
    server.stop()
    press(tab, "t", "b")
    expect(tab.locator("#notice")).to_contain_text("the server does not answer")
    assert labels_in(folder / "bakery.tsv")[:3] == ["nav", None, None]
    server.start()
    wait_for_save(tab)
    expect(tab.locator("#notice")).to_be_hidden()
    assert labels_in(folder / "bakery.tsv")[:3] == ["nav", "teaser", "body"]


def test_a_tab_closed_while_the_server_was_stopped_has_its_changes_saved_by_the_next(
    open_page: Open,
    server,  # type: ignore[no-untyped-def]
    folder: Path,
) -> None:
    tab = open_page()
    server.stop()
    press(tab, "t")
    expect(tab.locator("#notice")).to_contain_text("the server does not answer")
    tab.close()
    server.start()
    wait_for_save(open_page())
    assert labels_in(folder / "bakery.tsv")[0] == "teaser"


class TestScripts:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "arabic.txt").write_text(ARABIC, "utf-8")
        return tmp_path

    def test_a_page_in_arabic_reads_from_the_right(self, open_page: Open, folder: Path) -> None:
        tab = open_page()
        text = tab.locator("#lines .text").nth(2)
        assert text.evaluate("node => getComputedStyle(node).direction") == "rtl"
        press(tab, "n", "n", "h", "b")
        wait_for_save(tab)
        expect(tab.locator("#article h2")).to_have_text("افتتاح المكتبة الجديدة على ضفة النهر")
        assert tab.locator("#article h2").evaluate("node => getComputedStyle(node).direction") == "rtl"
        assert labels_in(folder / "arabic.tsv") == ["nav", "nav", "headline", "body"]

    def test_keys_of_other_keyboards_work_by_their_place(self, open_page: Open, folder: Path) -> None:
        tab = open_page()
        # The key of the letter t, on which a Russian keyboard has a letter of its own.
        tab.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'е', code: 'KeyT', bubbles: true}))")
        wait_for_save(tab)
        assert labels_in(folder / "arabic.tsv")[0] == "teaser"


class TestMarkup:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "markup.tsv").write_text(f"# id: <i>mark\nheadline\t{HTML_LINE}\nbody\tText\n", "utf-8")
        return tmp_path

    def test_html_in_a_line_stays_text(self, open_page: Open, folder: Path) -> None:
        tab = open_page()
        expect(tab.locator("#lines .text").first).to_have_text(HTML_LINE)
        expect(tab.locator("#article h2")).to_have_text(HTML_LINE)
        expect(tab.locator("#name")).to_have_text("<i>mark")
        press(tab, "t")
        wait_for_save(tab)
        assert tab.locator("main img, main b, main script, h1 i").count() == 0
        assert tab.title().startswith("<i>")
        assert f"teaser\t{HTML_LINE}\n" in (folder / "markup.tsv").read_text("utf-8")


class TestLongPage:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        rows = [f"nav\tLine {number} of a page that is rather long" for number in range(1, 2001)]
        (tmp_path / "long.tsv").write_text("\n".join(rows), "utf-8")
        return tmp_path

    def test_two_thousand_lines_open_and_answer_soon(self, open_page: Open) -> None:
        """Under a second on a machine that has nothing else to do."""
        tab = open_page()
        start = time.perf_counter()
        tab.reload()
        tab.wait_for_selector("#line-1999", state="attached")
        assert time.perf_counter() - start < 3
        press(tab, "End", "b")
        start = time.perf_counter()
        wait_for_save(tab)
        assert time.perf_counter() - start < 3
        last = tab.locator("#line-1999")
        expect(last).to_be_in_viewport()
        assert last.get_attribute("aria-selected") == "true"


def test_a_phone_labels_by_touch_without_scrolling_sideways(open_page: Open, folder: Path) -> None:
    tab = open_page(PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tab.locator("#lines li").nth(4).click()
    tab.locator("#run").click()
    tab.locator("#lines li").nth(6).click()
    tab.locator("footer .b").click()
    wait_for_save(tab)
    assert labels_in(folder / "bakery.tsv")[3:8] == [None, "body", "body", "body", None]
    tab.locator("#view").click()
    expect(tab.locator("#article")).to_be_visible()
    expect(tab.locator("#lines")).to_be_hidden()
    for button in tab.locator("footer button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 30
        assert box["x"] + box["width"] <= PHONE["width"]


def test_what_a_screen_reader_needs_is_there(open_page: Open) -> None:
    tab = open_page()
    press(tab, "ArrowDown", "Shift+ArrowDown")
    listbox = tab.get_by_role("listbox", name="Lines of the page")
    assert listbox.get_attribute("aria-multiselectable") == "true"
    assert listbox.get_attribute("aria-activedescendant") == "line-2"
    assert tab.locator("[role=option][aria-selected=true]").count() == 2
    assert tab.get_by_role("status").count() == 1
    outline = tab.locator("#line-2").evaluate("node => getComputedStyle(node).outlineStyle")
    assert outline == "solid"
    press(tab, "g")
    expect(tab.get_by_role("dialog", name="The label guide")).to_contain_text("When in doubt")
    press(tab, "Escape", "k")
    expect(tab.get_by_role("dialog", name="The keys")).to_be_visible()
    press(tab, "n", "Escape")
    expect(tab.locator("#lines .guess")).to_have_count(8)


def test_the_next_doubtful_line_is_a_key_away(open_page: Open) -> None:
    tab = open_page()
    doubtful = tab.locator("#lines .unsure").count()
    for _ in range(doubtful):
        press(tab, "j")
        assert "unsure" in (tab.locator("#lines .focus").get_attribute("class") or "")
        press(tab, "Enter")
    wait_for_save(tab)
    press(tab, "j")
    expect(tab.locator("#saved")).to_have_text("No unsure line left")


def test_an_address_without_the_token_shows_what_to_do(browser: Browser, server) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context()
    tab = context.new_page()
    response = tab.goto(f"http://127.0.0.1:{server.port}/")
    assert response is not None
    assert response.status == 403
    assert "copytaster label" in tab.content()
    context.close()
