"""Contract of the features: named, described, independent of the batch and of how they are computed."""

from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import Page, read_labelled
from copytaster.model import features, lines
from copytaster.model.context import context, context_features
from copytaster.model.features.evidence import ASPECTS, BUCKETS, Evidence, EvidenceCounts
from copytaster.model.lines import pack

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"
PAGES = [labelled.page for labelled in read_labelled(EXAMPLES)]
ODD_PAGES = [
    Page.from_text(""),
    Page.from_text("\n\n\n"),
    Page.from_text("one"),
    Page.from_text("—\n…\n***\n\u200b"),
    Page.from_text("รัฐบาล ประกาศ\nحكومة تعلن\nसरकार की घोषणा।"),
]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    table = np.random.default_rng(0).integers(-100, 100, (BUCKETS, len(ASPECTS))).astype(np.int8)
    return Evidence(table)


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
    monkeypatch.setattr(lines, "COMPILED_FROM", 10**12)
    interpreted, x = complete(PAGES[:6], evidence)
    monkeypatch.setattr(lines, "COMPILED_FROM", 0)
    compiled, y = complete(PAGES[:6], evidence)
    assert compiled.compile
    assert not interpreted.compile
    np.testing.assert_array_equal(x, y)


def test_evidence_of_some_pages_is_the_total_less_the_others():
    labels = [np.full(len(pack([page])), 1, dtype=np.int8) for page in PAGES[:4]]
    parts = []
    total = EvidenceCounts()
    for page, label in zip(PAGES[:4], labels, strict=True):
        parts.append(EvidenceCounts())
        parts[-1].add(pack([page]), label)
        total.counts += parts[-1].counts
    rest = total - parts[0]
    np.testing.assert_array_equal(rest.counts, sum(part.counts for part in parts[1:]))


def test_words_seen_only_in_one_label_speak_for_it():
    page = Page.from_text("Subscribe now\nThe minister spoke at length about rivers.")
    packed = pack([page])
    counts = EvidenceCounts()
    for _ in range(5):
        counts.add(packed, np.array([3, 1], dtype=np.int8))
    columns = {name: values for name, _, values in counts.evidence().columns(packed)}
    assert columns["words_nav"][0] > 0 > columns["words_nav"][1]
    assert columns["line_body"][1] > 0 > columns["line_body"][0]
