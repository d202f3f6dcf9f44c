"""The benchmark of how far the numbers can be trusted."""

from pathlib import Path

import numpy as np
import pytest
from trust import area, bins, expected_error, report

from copytaster.labels import read_labelled
from copytaster.model.classifier import load

EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"


def test_the_error_is_the_distance_of_probability_and_share_right_by_lines():
    probability = np.array([0.95, 0.95, 0.95, 0.95, 0.5, 0.5])
    right = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    rows = bins(probability, right)
    assert rows == [(2, 0.5, 0.5), (4, pytest.approx(0.95), 0.75)]
    assert expected_error(rows) == pytest.approx(4 / 6 * 0.2)


def test_a_certain_probability_falls_into_the_last_bin():
    assert bins(np.array([1.0]), np.array([1.0])) == [(1, 1.0, 1.0)]


def test_the_area_tells_how_scores_rank_pages():
    assert area([0.9, 0.8, 0.1], [True, True, False]).startswith("1.000 (2 of 3")
    assert area([0.1, 0.8, 0.9], [True, True, False]).startswith("0.000")
    assert area([0.1, 0.8], [True, True]) == "not measurable: 2 pages, all alike"


def test_the_report_covers_lines_pages_and_preference():
    pages = list(read_labelled(EXAMPLES))
    text, rows = report(pages, load())
    labelled = sum(label is not None for page in pages for label in page.labels)
    assert sum(n for n, _, _ in rows) == labelled
    assert text.startswith(f"{len(pages)} labelled pages")
    recalls = [float(row.split("|")[3]) for row in text.splitlines() if "(+" in row or "(-" in row or "| +2" in row]
    assert recalls == sorted(recalls)
    assert len(recalls) == 4
