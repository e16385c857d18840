"""Against SciPy and statsmodels' published figures; the library itself imports neither."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crm_lib.metrics import intervals


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 29, 100, 5000])
def test_t_quantile_is_that_of_scipy(freedom: int):
    assert intervals.t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=2e-3)
    assert math.isnan(float(intervals.t_quantile(0)))


def test_wilson_meets_newcombes_published_figures():
    """Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    low, high = intervals.wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_holds_the_proportion_and_stays_inside_zero_and_one(x: int, n: int):
    x = min(x, n)
    low, high = intervals.wilson(x, n)
    assert 0 <= low <= x / n <= high <= 1
    assert low < high


@given(st.lists(st.floats(-1000, 1000, width=32), min_size=2, max_size=40))
def test_mean_interval_is_that_of_scipy(values: list[float]):
    data = np.array(values, dtype=float)
    low, high = intervals.mean(data.sum(), (data**2).sum(), len(data))
    half = stats.t.ppf(0.975, len(data) - 1) * stats.sem(data)
    assert (low + high) / 2 == pytest.approx(data.mean(), abs=1e-6)
    assert (high - low) / 2 == pytest.approx(half, rel=5e-3, abs=0.02)


def test_one_value_has_no_interval():
    low, high = intervals.mean(5, 25, 1)
    assert math.isnan(low)
    assert math.isnan(high)


def test_ratio_is_the_linearised_one():
    refunds, sales = np.array([0.0, 0.0, 0.0, 40.0]), np.array([100.0, 300.0, 200.0, 0.0])
    ratio = refunds.sum() / sales.sum()
    error = math.sqrt(((refunds - ratio * sales) ** 2).sum()) / sales.sum()
    low, high = intervals.ratio(refunds.sum(), sales.sum(), (refunds**2).sum(), (sales**2).sum())
    assert high == pytest.approx(ratio + intervals.Z * error)
    assert low == max(0, ratio - intervals.Z * error)
