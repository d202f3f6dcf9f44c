"""The decoder gives a page one article with two ends, and otherwise the likeliest labels."""

import dataclasses
import itertools

import numpy as np
import pytest

from copytaster.labels.page import Page
from copytaster.model.decode import Transitions, decode, thresholds
from copytaster.model.lines import pack

HEADLINE, BODY, TEASER, NAV = range(4)


def probabilities(labels: list[int], sure: float = 0.97) -> np.ndarray:
    p = np.full((len(labels), 4), (1 - sure) / 3)
    p[np.arange(len(labels)), labels] = sure
    return p


def page(n: int):
    return pack([Page.from_text("\n".join(f"line {i}" for i in range(n)))])


def test_sure_lines_keep_their_labels():
    labels = [NAV, HEADLINE, TEASER, BODY, BODY, NAV, BODY, TEASER, NAV]
    assert decode(page(len(labels)), probabilities(labels)).tolist() == labels


def test_a_doubtful_line_inside_the_article_belongs_to_it():
    labels = [NAV, BODY, BODY, NAV, BODY, BODY, NAV]
    p = probabilities(labels)
    p[3] = [0.01, 0.48, 0.02, 0.49]
    costly = Transitions(leave=1.0, back=0.5)
    assert decode(page(len(labels)), p, costly).tolist() == [NAV, BODY, BODY, BODY, BODY, BODY, NAV]


def test_a_doubtful_line_far_from_the_article_does_not():
    labels = [NAV, BODY, BODY, NAV, NAV, NAV, NAV]
    p = probabilities(labels)
    p[5] = [0.01, 0.49, 0.02, 0.48]
    costly = Transitions(leave=1.0, back=0.5)
    assert decode(page(len(labels)), p, costly).tolist() == labels


def test_an_article_without_a_headline_is_given_the_likeliest_one():
    labels = [NAV, NAV, NAV, BODY, BODY]
    p = probabilities(labels)
    p[1] = [0.3, 0.02, 0.08, 0.6]
    assert decode(page(5), p).tolist() == [NAV, HEADLINE, NAV, BODY, BODY]


def test_a_line_just_above_the_text_is_rather_its_headline_than_one_far_away():
    p = probabilities([NAV] * 30 + [BODY, NAV])
    p[:, 0] = 0.001
    p[[2, 25, 31], 0] = 0.2, 0.05, 0.3
    labels = decode(page(32), p)
    assert labels.tolist().count(HEADLINE) == 1
    assert labels[25] == HEADLINE


def test_a_page_without_a_body_is_given_no_headline():
    p = probabilities([NAV, NAV, NAV])
    p[1] = [0.3, 0.02, 0.08, 0.6]
    assert decode(page(3), p).tolist() == [NAV, NAV, NAV]


def test_pages_are_decoded_one_by_one():
    labels = [NAV, BODY, NAV, BODY, BODY]
    p = probabilities(labels)
    text = "\n".join("abcde")
    both = decode(pack([Page.from_text(text)] * 2), np.concatenate([p, p]))
    assert both.tolist() == [*decode(page(5), p).tolist()] * 2


def test_no_lines_no_labels():
    assert decode(pack([]), np.zeros((0, 4))).tolist() == []


def path_cost(is_body: tuple[bool, ...], p: np.ndarray, costs: Transitions) -> float:
    """What a labelling into body and other costs by the definition, worked out without dynamic programming."""
    lines = -np.log(p)
    needed = thresholds(page(len(p)), p[:, BODY])[0].clip(0.12, 0.5)
    lines[:, BODY] -= np.log((1 - needed) / needed)
    total = sum(lines[n, BODY] if body else np.delete(lines[n], BODY).min() for n, body in enumerate(is_body))
    if any(is_body):
        last = len(is_body) - 1 - is_body[::-1].index(True)
        gaps = sum(before and not body for before, body in itertools.pairwise(is_body[: last + 1]))
        total += costs.begin + gaps * (costs.leave + costs.back) + (costs.end if last < len(is_body) - 1 else 0)
    return total


@pytest.mark.parametrize("costs", [Transitions(), Transitions(2.0, 0.7, 0.4, 0.3)])
def test_no_labelling_is_likelier_than_the_one_chosen(costs):
    random = np.random.default_rng(0)
    for _ in range(30):
        p = random.dirichlet([0.7] * 4, 8).clip(1e-6)
        chosen = tuple((decode(page(8), p, costs) == BODY).tolist())
        best = min(itertools.product([False, True], repeat=8), key=lambda path: path_cost(path, p, costs))
        assert path_cost(chosen, p, costs) == pytest.approx(path_cost(best, p, costs))


def test_leaning_moves_doubtful_lines_and_no_sure_ones():
    p = probabilities([NAV, BODY, BODY, NAV, BODY])
    p[2], p[3] = [0.01, 0.6, 0.01, 0.38], [0.01, 0.3, 0.01, 0.68]
    lean = {prefer: (decode(page(5), p, lean=prefer) == BODY).tolist() for prefer in (-1.0, 0.0, 1.0)}
    assert lean[-1.0] == [False, True, False, False, True]
    assert lean[0.0] == [False, True, True, False, True]
    assert lean[1.0] == [False, True, True, True, True]


def test_where_no_line_is_likely_text_the_likeliest_are_it():
    p = probabilities([NAV, HEADLINE, NAV, NAV])
    p[2] = [0.01, 0.42, 0.12, 0.45]
    assert decode(page(4), p).tolist() == [NAV, HEADLINE, BODY, NAV]
    p[2] = [0.01, 0.08, 0.12, 0.79]
    assert decode(page(4), p).tolist() == [NAV, HEADLINE, NAV, NAV]


def test_a_line_too_doubtful_for_a_sure_page_is_kept_on_a_doubtful_one():
    sure = probabilities([HEADLINE, BODY, BODY, BODY, NAV, NAV])
    doubtful = sure.copy()
    doubtful[1:4] = [0.05, 0.5, 0.05, 0.4]
    for p in (sure, doubtful):
        p[4] = [0.1, 0.35, 0.1, 0.45]
    assert decode(page(6), sure).tolist() == [HEADLINE, BODY, BODY, BODY, NAV, NAV]
    assert decode(page(6), doubtful).tolist() == [HEADLINE, BODY, BODY, BODY, BODY, NAV]


@pytest.mark.parametrize("compiled", [False, True])
def test_the_threshold_is_half_of_the_greatest_f1_that_can_be_expected(compiled):
    random = np.random.default_rng(1)
    texts = ["\n".join("x" * random.integers(1, 80) for _ in range(random.integers(1, 12))) for _ in range(20)]
    batch = dataclasses.replace(pack([Page.from_text(text) for text in texts]), compile=compiled)
    body = random.beta(0.4, 0.6, len(batch))
    expected = []
    for start, end in itertools.pairwise(batch.page_start.tolist()):
        p, width = body[start:end], batch.width[start:end].astype(float)
        best = 0.0
        for subset in itertools.product([False, True], repeat=end - start):
            kept = np.array(subset)
            if kept.any():
                best = max(best, 2 * (p * width)[kept].sum() / (width[kept].sum() + (p * width).sum()))
        expected.append(best / 2)
    assert thresholds(batch, body) == pytest.approx(expected)


def test_a_page_of_sure_furniture_keeps_nothing():
    p = np.tile([0.001, 0.02, 0.079, 0.9], (200, 1))
    assert (decode(page(200), p) == NAV).all()
