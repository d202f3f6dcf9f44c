"""Measures of a page as a whole."""

import dataclasses
from pathlib import Path

import numpy as np

from copytaster.labels import Page
from copytaster.model.confidence import measure, measures
from copytaster.model.decode import decode
from copytaster.model.lines import pack

DUMPS = sorted((Path(__file__).parents[2] / "examples" / "dumps").glob("*.txt"))
PAGES = [Page.from_text(path.read_text("utf-8")) for path in DUMPS]


def labelled(pages, seed=1):
    lines = pack(pages)
    probabilities = np.random.default_rng(seed).dirichlet([1, 2, 1, 3], len(lines))
    return lines, probabilities, decode(lines, probabilities)


def test_measures_have_names_of_their_own_and_sentences():
    names = [feature.name for feature in measures()]
    assert len(names) == len(set(names)) > 20
    assert all(feature.description for feature in measures())


def test_a_page_measures_the_same_in_any_batch():
    lines, probabilities, labels = labelled([Page.from_text(""), *PAGES, Page.from_text("One line.")])
    together = measure(lines, probabilities, labels)
    for number in range(len(lines.pages)):
        start, end = lines.page_start[number : number + 2]
        page = Page.from_text("\n".join(lines.pages[number][k].text for k in range(end - start)))
        alone = measure(pack([page]), probabilities[start:end], labels[start:end])
        np.testing.assert_array_equal(together[number], alone[0])


def test_a_page_is_measured_by_its_labels():
    lines = pack([Page.from_text("Home\nA title\nThe first paragraph ends.\nRead more\nThe second one\nLegal")])
    labels = np.array([3, 0, 1, 2, 1, 3], dtype=np.int8)
    probabilities = np.full((6, 4), 0.1)
    probabilities[np.arange(6), labels] = 0.7
    found = dict(zip((feature.name for feature in measures()), measure(lines, probabilities, labels)[0], strict=True))
    width = len("The first paragraph ends.") + len("The second one")
    assert found["page_lines"] == 6
    assert found["kept_lines"] == found["pieces"] == 2
    assert found["kept_columns"] == width
    assert found["kept_sentences"] == 0.5
    assert found["headline_above"] == 1
    assert found["headline_first"] == np.float32(0.7)
    assert found["headline_second"] == np.float32(0.1)
    assert found["foreign_teasers"] == np.float32(1 / 3)
    assert found["kept_sure"] == np.float32(0.7)
    assert found["first_kept"] == np.float32(2 / 6)


def test_a_page_without_text_lacks_what_cannot_be_said_of_it():
    lines = pack([Page.from_text("Home\nAbout")])
    values = measure(lines, np.full((2, 4), 0.25), np.array([3, 3], dtype=np.int8))[0]
    found = dict(zip((feature.name for feature in measures()), values, strict=True))
    assert found["kept_lines"] == 0
    assert np.isnan([found[name] for name in ("kept_width", "first_kept", "headline_above", "missed")]).all()


def test_compiled_measures_are_those_of_the_interpreter():
    lines, probabilities, labels = labelled([Page.from_text(""), *PAGES, Page.from_text("One line.")])
    compiled, plain = (dataclasses.replace(lines, compile=is_compiled) for is_compiled in (True, False))
    np.testing.assert_array_equal(measure(compiled, probabilities, labels), measure(plain, probabilities, labels))
