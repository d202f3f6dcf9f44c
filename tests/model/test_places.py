"""Where the lines of each label stand."""

import numpy as np
import pytest

from copytaster.model.places import Places, between


@pytest.mark.parametrize("labels", [[3, 0, 1, 3, 2, 1], np.array([3, 0, 1, 3, 2, 1], dtype=np.uint8)])
def test_each_label_has_its_lines_in_order(labels):
    assert Places.of(labels) == Places(headline=[1], body=[2, 5], teaser=[4], nav=[0, 3])


def test_a_page_without_lines_has_none_of_any_label():
    assert Places.of([]) == Places([], [], [], [])


def test_the_end_is_left_out():
    assert between([1, 4, 6, 9], 4, 9) == [4, 6]
    assert between([1, 4], -5, 1) == []
