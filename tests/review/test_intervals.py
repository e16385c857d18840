"""Intervals against numbers that others published, and against SciPy."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crm_lib.review.intervals import Estimate, mean_of, minus, needed_per_arm, newcombe, proportion, weighted, welch


# Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_own_examples(counts, low, high):
    found = newcombe(*counts)
    assert round(found.low, 4) == low
    assert round(found.high, 4) == high


# Fleiss, Levin and Paik 2003, table A.4, alpha .05, power .80, without the continuity correction.
@pytest.mark.parametrize(("rate", "effect", "n"), [(0.6, 0.1, 356), (0.25, 0.15, 152)])
def test_customers_needed(rate, effect, n):
    assert needed_per_arm(rate, effect) == n


def test_no_number_of_customers_shows_no_effect():
    assert needed_per_arm(0.2, 0.0) is None
    assert needed_per_arm(float("nan"), 0.05) is None
    assert needed_per_arm(1.0, 0.05) is None


def test_welch_is_scipys():
    rng = np.random.default_rng(7)
    first, second = rng.gamma(2, 30, 45), rng.gamma(1, 40, 23)
    found = welch(first, second)
    theirs = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert found.low == pytest.approx(theirs.low, rel=1e-5)
    assert found.high == pytest.approx(theirs.high, rel=1e-5)


def test_the_mean_of_large_amounts_keeps_its_digits():
    values = np.array([1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3])
    found = mean_of(values)
    low, high = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_nothing_is_said_of_nothing():
    assert isnan(proportion(0, 0).value)
    assert not newcombe(0, 0, 1, 2).known
    assert not welch(np.array([1.0]), np.array([1.0, 2.0])).known
    assert mean_of(np.array([])).sign == 0


arms = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(arms, arms)
def test_a_difference_lies_in_its_interval_and_turns_round(first, second):
    there, back = newcombe(*first, *second), newcombe(*second, *first)
    assert there.low <= there.value + 1e-12
    assert there.value <= there.high + 1e-12
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.low >= -1
    assert there.high <= 1


@given(arms, arms)
def test_a_sum_with_weights_one_and_minus_one_is_the_difference(first, second):
    a, b = proportion(*first), proportion(*second)
    assert weighted((1.0, -1.0), (a, b)) == minus(a, b)


def test_the_sign_is_that_of_the_whole_interval():
    assert Estimate(0.1, 0.01, 0.2).sign == 1
    assert Estimate(-0.1, -0.2, -0.01).sign == -1
    assert Estimate(0.1, -0.01, 0.2).sign == 0
