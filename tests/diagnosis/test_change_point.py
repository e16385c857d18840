import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.diagnosis.change_point import change_point

MONTHS = np.array([f"2025-{m:02d}" for m in range(1, 13)], dtype=object)


def test_a_step_is_found_in_its_month():
    values = np.array([10, 11, 10, 9, 10, 11, 10, 20, 21, 20, 19, 20.0])
    found = change_point(MONTHS, values, np.ones(12))
    assert found is not None
    assert found.period == "2025-08"
    assert round(found.before, 1) == 10.1
    assert found.after == 20


def test_a_level_younger_than_three_months_is_dated_by_its_own_first_month():
    months = np.array([f"2024-{m:02d}" for m in range(7, 13)] + list(MONTHS), dtype=object)
    old = [10, 11, 10, 9, 10, 11, 10, 10, 9, 10, 11, 10, 9, 10, 10]
    for latest, first in (((10, 20, 21), "2025-11"), ((20, 20, 30), "2025-10")):
        found = change_point(months, np.array([*old, *latest], float), np.ones(18))
        assert found is not None
        assert found.period == first


def test_a_flat_or_short_series_has_no_change():
    assert change_point(MONTHS, np.full(12, 5.0), np.ones(12)) is None
    assert change_point(MONTHS[:5], np.array([1, 1, 1, 9, 9.0]), np.ones(5)) is None
    assert change_point(MONTHS[:0], np.array([]), np.array([])) is None


def test_unknown_months_and_months_without_weight_are_left_out():
    values = np.array([10, np.nan, 10, 10, 10, 99, 10, 20, 20, np.nan, 20, 20.0])
    weights = np.ones(12)
    weights[5] = 0
    found = change_point(MONTHS, values, weights)
    assert found is not None
    assert found.period == "2025-08"


def test_noise_is_seldom_taken_for_a_change():
    rng = np.random.default_rng(1)
    found = [change_point(MONTHS, rng.normal(10, 1, 12), np.ones(12)) for _ in range(400)]
    assert sum(one is not None for one in found) <= 24  # 6 %


@given(st.lists(st.integers(0, 1000), min_size=6, max_size=12), st.integers(1, 9), st.integers(-500, 500))
def test_scale_and_level_do_not_matter(values: list[int], scale: int, level: int):
    series = np.array(values, float)
    one = change_point(MONTHS[: len(series)], series, np.ones(len(series)))
    other = change_point(MONTHS[: len(series)], series * scale + level, np.ones(len(series)))
    if one is not None and one.f < 1e6:
        assert other is not None
        assert other.period == one.period


def test_a_slow_fall_has_no_first_month_and_a_sudden_one_has():
    rng = np.random.default_rng(5)
    months = np.arange(12)
    slow, sudden = 20 - months * 0.8, np.where(months < 7, 20.0, 13.0)
    noise = rng.normal(0, 0.8, (200, 12))
    assert sum(change_point(MONTHS, slow + one, np.ones(12)) is not None for one in noise) <= 10
    assert sum(change_point(MONTHS, sudden + one, np.ones(12)) is not None for one in noise) >= 190
