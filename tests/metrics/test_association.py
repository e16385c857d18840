"""Tests of two shares and of many tests, against SciPy and published figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.metrics.association import beyond_rest, false_discovery, two_shares


def test_the_interval_of_a_difference_is_newcombes():
    # Newcombe 1998, Statistics in Medicine 17, table II, method 10 without continuity correction
    for (a, m, b, n), (low, high) in {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (5, 56, 0, 29): (-0.0381, 0.1926),
        (10, 10, 0, 10): (0.6075, 1.0000),
    }.items():
        found = two_shares(a, m, b, n)
        assert (float(found[0]), float(found[1])) == pytest.approx((low, high), abs=6e-5)


def test_p_is_that_of_the_chi_squared_test_of_the_two_by_two_table():
    from scipy.stats import chi2_contingency

    _, _, p = two_shares([33, 5, 4], [158, 50, 8], [388, 9, 4], [825, 40, 8])
    tables = [[[33, 125], [388, 437]], [[5, 45], [9, 31]], [[4, 4], [4, 4]]]
    assert list(p) == pytest.approx([chi2_contingency(table, correction=False).pvalue for table in tables])


def test_nothing_to_compare_has_no_p():
    assert np.isnan(two_shares([0], [0], [3], [9])[2][0])


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_q_is_that_of_benjamini_and_hochberg(p):
    from scipy.stats import false_discovery_control

    assert list(false_discovery(p)) == pytest.approx(list(false_discovery_control(p)))


def test_tests_that_were_not_made_do_not_count():
    assert list(false_discovery([0.01, np.nan, 0.04])) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_the_largest_of_many_parts_is_beyond_the_rest_only_beyond_the_chance_of_picking_it():
    x, n = [67, 150, 110, 60, 100], [281, 800, 600, 330, 560]  # 23.8 % is the largest of five, at z = 2.0
    rest, above = beyond_rest(x, n, [True] * 5)
    assert rest[0] == pytest.approx(420 / 2290)
    assert two_shares(x[0], n[0], 420, 2290)[2] < 0.05
    assert not above.any()
    _, above = beyond_rest([120, *x[1:]], n, [True] * 5)
    assert above.tolist() == [True, False, False, False, False]
    _, above = beyond_rest([120, *x[1:]], n, [False, True, True, True, True])
    assert not above.any()  # not compared


def test_one_part_has_no_rest():
    rest, above = beyond_rest([5], [9], [True])
    assert np.isnan(rest).all()
    assert not above.any()
