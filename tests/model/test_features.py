"""Contract of the features: named, described, independent of the batch and of how they are computed."""

from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import Page, read_labelled
from copytaster.model import compiled as compiled_module
from copytaster.model import features
from copytaster.model.context import context, context_features
from copytaster.model.features.evidence import AFTER, ASPECTS, BEFORE, BUCKETS, Evidence
from copytaster.model.lines import pack, title_of_address
from copytaster.training.evidence import fit_evidence, matrix_of, zones_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
PAGES = [labelled.page for labelled in read_labelled(EXAMPLES)]
ODD_PAGES = [
    Page.from_text(""),
    Page.from_text("\n\n\n"),
    Page.from_text("one"),
    Page.from_text("Rain stops the fair\nMenu\nThe fair", url="https://n.example/a/rain-stops-the-spring-fair-12.html"),
    Page.from_text("—\n…\n***\n\u200b"),
    Page.from_text("รัฐบาล ประกาศ\nحكومة تعلن\nसरकार की घोषणा।"),
]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    weights = np.random.default_rng(0).integers(-100, 100, (BUCKETS, len(ASPECTS))).astype(np.int8)
    return Evidence(weights, np.full(len(ASPECTS), 0.03), np.full(len(ASPECTS), -1.5))


def complete(pages, evidence):
    packed = pack(pages)
    return packed, features.complete(packed, features.base(packed), evidence)


def test_every_feature_has_a_name_of_its_own_and_a_description():
    names = [feature.name for feature in context_features()]
    assert len(set(names)) == len(names)
    assert all(feature.description for feature in context_features())


def test_features_are_finite_or_missing(evidence):
    _, x = complete(PAGES + ODD_PAGES, evidence)
    assert x.dtype == np.float32
    assert not np.isinf(x).any()


def test_a_line_is_measured_alike_alone_and_in_a_batch(evidence):
    packed, together = complete(ODD_PAGES + PAGES, evidence)
    for number, page in enumerate(ODD_PAGES + PAGES):
        _, alone = complete([page], evidence)
        start, end = packed.page_start[number : number + 2]
        np.testing.assert_array_equal(together[start:end], alone)


def test_the_context_of_a_line_does_not_depend_on_the_batch(evidence):
    packed, x = complete(ODD_PAGES + PAGES, evidence)
    p = np.random.default_rng(1).dirichlet([1, 1, 1, 1], len(packed))
    together = context(packed, x, p)
    for number, page in enumerate(ODD_PAGES + PAGES):
        start, end = packed.page_start[number : number + 2]
        alone = context(pack([page]), x[start:end], p[start:end])
        np.testing.assert_array_equal(together[start:end], alone)


def test_compiled_and_interpreted_kernels_agree(evidence, monkeypatch):
    monkeypatch.setattr(compiled_module, "pays", lambda items: False)
    interpreted, x = complete(PAGES[:6], evidence)
    monkeypatch.setattr(compiled_module, "pays", lambda items: True)
    compiled, y = complete(PAGES[:6], evidence)
    assert compiled.compile
    assert not interpreted.compile
    np.testing.assert_array_equal(x, y)


def test_words_seen_only_in_one_label_speak_for_it():
    page = Page.from_text("Subscribe now\nThe minister spoke at length about rivers.")
    packed = pack([page] * 5)
    labels = np.array([3, 1] * 5, dtype=np.int8)
    evidence = fit_evidence([matrix_of(packed)], [labels], [zones_of(packed, labels)], [np.ones(10)])
    columns = {name: values for name, _, values in evidence.columns(pack([page]))}
    assert columns["words_nav"][0] > 0 > columns["words_nav"][1]
    assert columns["words_body"][1] > 0 > columns["words_body"][0]


def test_signs_that_the_article_is_over_hold_for_all_lines_below():
    page = Page.from_text("The minister spoke.\nComments\nI agree with him.")
    packed = pack([page] * 5)
    labels = np.array([1, 3, 3] * 5, dtype=np.int8)
    evidence = fit_evidence([matrix_of(packed)], [labels], [zones_of(packed, labels)], [np.ones(15)])
    over = {name: values for name, _, values in evidence.columns(pack([page]))}["over"]
    assert over[0] < over[1] <= over[2]


def test_zones_are_before_inside_and_after_the_body():
    packed = pack([Page.from_text("a\nb\nc\nd\ne"), Page.from_text("a\nb")])
    labels = np.array([3, 1, 2, 1, 3, 3, 2], dtype=np.int8)
    zones = zones_of(packed, labels)
    assert zones[0] == BEFORE
    assert zones[4] == AFTER
    assert len(set(zones[1:4].tolist())) == 1
    assert len({BEFORE, AFTER, *zones[1:].tolist()}) == 4  # inside, and the page without a body, are others


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://news.example/2026/05/rain-stops-the-spring-fair-1234.html?from=home", "rain stops the spring fair"),
        ("https://news.example/rain_stops_the_fair/12/", "rain stops the fair"),
        ("https://news.example/%E6%98%A5%E3%81%AE%E7%A5%AD%E3%82%8A", "春の祭り"),
        ("news.example/a/b/cd", "cd"),
        ("https://news.example", ""),
        ("", ""),
    ],
)
def test_the_title_in_an_address_is_its_part_of_most_words(url, title):
    assert title_of_address(url) == title


def test_lines_are_compared_with_the_words_of_the_address():
    names = [feature.name for feature in features.base_features()]
    rows = "Fair news\nRain stops the spring fair\nRain, rain, rain\n—"
    pages = [
        Page.from_text(rows, url="https://n.example/12/rain-stops-the-spring-fair-12.html"),
        Page.from_text(rows, url="https://n.example/12/spring-fair"),
        Page.from_text(rows),
    ]
    base = features.base(pack(pages))
    words, covered = (base[:, names.index(name)] for name in ("address_words", "address_covered"))
    np.testing.assert_allclose(words[:4], [1 / 2, 1, 1, np.nan])
    np.testing.assert_allclose(covered[:4], [1 / 5, 1, 1 / 5, np.nan])
    assert np.isnan(words[4:]).all()
    assert np.isnan(covered[4:]).all()
