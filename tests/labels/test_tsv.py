import io
import textwrap

import pytest

from copytaster.labels import Label, LabelFileError, LabelledPage, Page, write_tsv
from copytaster.labels.record import Origin
from copytaster.labels.tsv import read_tsv

ORIGIN = Origin("pages/a.tsv", "a", "folder")
H, B, T, N = Label.HEADLINE, Label.BODY, Label.TEASER, Label.NAV


def read(text: str | bytes) -> list[LabelledPage | LabelFileError]:
    return list(read_tsv(text if isinstance(text, bytes) else text.encode(), ORIGIN))


def page(text: str) -> LabelledPage:
    (item,) = read(text)
    assert isinstance(item, LabelledPage), item
    return item


def error(text: str | bytes) -> LabelFileError:
    (item,) = read(text)
    assert isinstance(item, LabelFileError), item
    return item


def test_a_page_is_a_header_and_a_row_for_each_line():
    text = (
        "# id: x/1\n# url: https://www.example.com/1\n# kind: blog\nheadline\tRain\n\nbody\t  It rained.\nnav\tHome\n"
    )
    got = page(text)
    assert got.page == Page(("Rain", "", "  It rained.", "Home"), "x/1", "https://www.example.com/1")
    assert got.labels == (H, None, B, N)
    assert got.page.meta == {"kind": "blog", "site": "example.com"}
    assert got.weight == 1.0


def test_a_question_mark_leaves_a_line_undecided():
    got = page("?\tHome\n\nbody\tIt rained.\n")
    assert got.page.rows == ("Home", "", "It rained.")
    assert got.labels == (None, None, B)


def test_blank_lines_at_both_ends_are_lines_of_the_page():
    assert page("# id: x\n\n\nbody\tA\n\n\n").page.rows == ("", "", "A", "", "")


def test_a_file_without_header_takes_the_names_of_its_origin():
    got = page("body\tA\n")
    assert (got.page.id, got.page.url, got.page.meta) == ("a", None, {"site": "folder"})


@pytest.mark.parametrize(
    ("header", "site"),
    [
        ("# site: given.org\n# url: https://www.example.co.uk/1\n", "given.org"),
        ("# url: https://www.example.co.uk/1\n", "example.co.uk"),
        ("# url: nowhere:\n", "nowhere"),
        ("# site:\n# url:\n", "folder"),
        ("", "folder"),
    ],
)
def test_the_site_is_the_one_given_else_of_the_url_else_of_the_origin(header, site):
    assert page(f"{header}body\tA\n").page.site == site


def test_unknown_keys_are_kept():
    assert page("# my-key: some: value \nbody\tA\n").page.meta["my-key"] == "some: value"


def test_the_weight_is_read_and_is_not_meta():
    got = page("# weight: 0.25\nbody\tA\n")
    assert got.weight == 0.25
    assert "weight" not in got.page.meta


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_line_end_and_a_byte_order_mark_are_taken(end, mark):
    got = page(mark + end.join(["# id: x", "headline\tA", "", "body\tB", ""]))
    assert (got.page.id, got.page.rows) == ("x", ("A", "", "B"))


def test_the_last_row_needs_no_line_end():
    assert page("body\tA\nnav\tB").page.rows == ("A", "B")


@pytest.mark.parametrize(
    "row", ["a\x0bb", " a\x85b  ", "a\u2028b", "\u3000a\xa0", "a\x00b\x1f", "# a", "\ufeffa", "a\tb"]
)
def test_rows_are_those_of_a_dump_of_the_same_lines(row):
    """Training and prediction must see the same page."""
    assert page(f"body\t{row}\nnav\tz\n").page.rows == Page.from_text(f"{row}\nz\n").rows


@pytest.mark.parametrize("row", [" ", "\t", "\u3000", "\x0c"])
def test_a_row_of_white_space_is_a_blank_line(row):
    assert page(f"body\tA\n{row}\nnav\tB\n").page.rows == ("A", "", "B")


class TestProbabilities:
    @pytest.mark.parametrize("numbers", [("0.9312", "1.0000"), ("0", "1"), ("1e-05", "0.5"), (".5", "1.0")])
    def test_are_left_out_if_all_rows_have_one(self, numbers):
        got = page(f"# id: x\nheadline\t{numbers[0]}\tA\n\nbody\t{numbers[1]}\t  0.5\n")
        assert got.page.rows == ("A", "", "  0.5")

    @pytest.mark.parametrize("field", ["1.5", "-0.1", "nan", "1_0", "half", "", "٣", "0,9"])
    def test_are_numbers_from_0_to_1(self, field):
        assert page(f"body\t{field}\tA\nnav\t{field}\tB\n").page.rows == (f"{field} A", f"{field} B")

    def test_are_not_seen_in_a_line_that_happens_to_hold_a_tab(self):
        got = page("body\tTake:\nbody\t0.5\tcups of flour\nbody\tand stir.\n")
        assert got.page.rows == ("Take:", "0.5 cups of flour", "and stir.")

    def test_missing_in_one_row_of_many_is_an_error(self):
        """A row put in by hand, or one without its probability, must not change how all the others are read."""
        got = error("body\t0.9\tA\nbody\t0.8\tB\nnav\tput in by hand\n")
        assert got.line == 3
        assert "probability" in got.problem

    def test_of_a_row_without_text_do_not_hide_that(self):
        got = error("body\t0.9\tA\nbody\t0.8\t\n")
        assert (got.line, "no text" in got.problem) == (2, True)


class TestSeveralPages:
    def test_begin_at_an_id_after_labelled_rows(self):
        first, second = read("# id: x\n# kind: blog\nbody\t0.9\tA\n\n# id: y\n# lang: de\n\nnav\t0.5\tB\n")
        assert (first.page.id, first.page.rows, first.page.meta["kind"]) == ("x", ("A", ""), "blog")
        assert (second.page.id, second.page.rows, second.page.meta["lang"]) == ("y", ("", "B"), "de")
        assert "kind" not in second.page.meta

    def test_a_page_with_an_empty_id_is_called_by_its_line(self):
        assert [item.page.id for item in read("body\tA\n# id:\nbody\tB\n")] == ["a", "a:2"]

    def test_blank_rows_above_a_header_are_not_lines(self):
        assert page("\n\n# id: x\n\n# kind: blog\nbody\tA\n").page.rows == ("A",)

    def test_a_bad_page_does_not_spoil_the_others(self):
        first, second, third = read("# id: x\nbody\tA\n# id: y\nbdy\tB\n# id: z\nnav\tC\n")
        assert (first.page.id, third.page.id) == ("x", "z")
        assert isinstance(second, LabelFileError)
        assert second.line == 4

    def test_a_page_without_lines_is_an_error_of_its_own(self):
        empty, full = read("# id: x\n\n# id: y\nnav\tC\n")
        assert isinstance(empty, LabelFileError)
        assert empty.line == 1
        assert full.page.id == "y"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("body\tA\nboddy\tB\n", 2, ["'boddy'", "headline, body, teaser, nav", "Did you mean 'body'?"]),
        ("Body\tA\n", 1, ["'Body'", "Did you mean 'body'?"]),
        ("body\tA\nxyz\tB\n", 2, ["'xyz'", "headline, body, teaser, nav"]),
        ("body\tA\n\tB\n", 2, ["no label before the tab"]),
        ("body\tA\nbody B\n", 2, ["white space where the tab should be"]),
        ("body\tA\nbody\n", 2, ["a label but no text"]),
        ("body\tA\nnav\t \x0c\n", 2, ["a label but no text"]),
        ("The minister said no.\n", 1, ["no tab", "label, tab, line", "copytaster predict"]),
        ("body\tA\n# Heading\n", 2, ["begins with '#'", "'# key: value'"]),
        ("body\tA\n# Chapter 2: The return\n", 2, ["begins with '#'"]),
        ("body\tA\n# lang: de\n", 2, ["move it to the top", "# id:"]),
        ("# lang: de\n# lang: fr\nbody\tA\n", 2, ["'lang' is given twice"]),
        ("# weight: much\nbody\tA\n", 1, ["weight 'much'", "number from 0 up"]),
        ("# weight: -1\nbody\tA\n", 1, ["weight"]),
        ("# weight: inf\nbody\tA\n", 1, ["weight"]),
        ("", 1, ["no labelled lines"]),
        ("\n\n", 1, ["no labelled lines"]),
        ("# id: x\n", 1, ["no labelled lines"]),
        ("body\tA\nbody\tDäne\n".encode("latin-1"), 2, ["not UTF-8", "0xe4", "save the file as UTF-8"]),
        ("body\tA\n".encode("utf-16"), 1, ["not UTF-8"]),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text, line, words):
    got = error(text)
    assert (got.file, got.line) == ("pages/a.tsv", line)
    assert str(got).startswith(f"pages/a.tsv:{line}: ")
    assert [word for word in words if word not in str(got)] == []


def test_of_many_mistakes_the_first_is_named_and_the_others_counted():
    got = error("# weight: no\nbdy\tA\nB\nnav\t\n")
    assert got.line == 2
    assert "'bdy'" in str(got)
    assert "and 3 more problems on this page" in str(got)


def test_long_texts_are_cut_in_messages():
    assert len(str(error("word " * 1000))) < 250


class TestWriting:
    def written(self, page: LabelledPage, **options) -> str:
        file = io.BytesIO()
        write_tsv(page, file, **options)
        return file.getvalue().decode()

    def test_gives_the_documented_form(self):
        page = Page(
            ("Rain", "", "  # It rained."), "x", "https://example.com/x", {"site": "example.com", "my key:": "a\nb "}
        )
        assert self.written(LabelledPage(page, (H, None, B), 0.5)) == textwrap.dedent("""\
            # id: x
            # url: https://example.com/x
            # site: example.com
            # my_key_: a b
            # weight: 0.5
            headline\tRain

            body\t  # It rained.
            """)

    def test_with_probabilities_is_read_as_the_same_page(self):
        original = LabelledPage(Page(("A", "", " B"), "x"), (H, None, N))
        text = self.written(original, probabilities=[0.98765, None, 1.0])
        assert "headline\t0.9877\tA\n\nnav\t1.0000\t B\n" in text
        assert page(text) == original

    def test_with_too_few_probabilities_is_refused(self):
        with pytest.raises(ValueError, match="argument"):
            self.written(LabelledPage(Page(("A", "B"), "x"), (H, N)), probabilities=[0.5])

    @pytest.mark.parametrize("row", ["a\nb", "a\rb", "a\tb", "a "])
    def test_refuses_rows_that_would_not_come_back(self, row):
        with pytest.raises(ValueError, match="x: line 2 holds"):
            self.written(LabelledPage(Page(("ok", row), "x"), (B, B)))
