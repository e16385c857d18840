"""Measures of a forecast: against scikit-learn, by hand, and as laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from crm_lib.layering.churn.record import auc, auc_difference, calibration, gains, record

pairs = st.lists(st.tuples(st.integers(0, 10).map(lambda n: n / 10), st.booleans()), min_size=2, max_size=60)


@given(pairs)
def test_auc_is_scikit_learns(found):
    probability, outcome = np.array([p for p, _ in found]), np.array([o for _, o in found])
    area, error = auc(probability, outcome)
    if outcome.all() or not outcome.any():
        assert np.isnan(area)
        assert np.isnan(error)
    else:
        assert area == pytest.approx(roc_auc_score(outcome, probability))
        assert error >= 0


def test_the_standard_error_by_hand():
    # Positives .9 .4, negatives .5 .1: placements of positives 1, .5; of negatives .5, 1: S10 = S01 = .125
    area, error = auc(np.array([0.9, 0.4, 0.5, 0.1]), np.array([True, True, False, False]))
    assert area == pytest.approx(0.75)
    assert error == pytest.approx((0.125 / 2 + 0.125 / 2) ** 0.5)


def test_its_interval_covers_the_truth_as_often_as_it_says():
    # Two normals one apart: the area is Phi(1 / sqrt 2) = .7602
    random = np.random.default_rng(7)
    covered = []
    for _ in range(300):
        outcome = np.arange(200) < 80
        area, error = auc(random.normal(outcome.astype(float), 1), outcome)
        covered.append(abs(area - 0.76025) <= 1.96 * error)
    assert 0.91 <= np.mean(covered) <= 0.985


@given(pairs)
def test_a_forecast_is_not_better_than_itself(found):
    probability, outcome = np.array([p for p, _ in found]), np.array([o for _, o in found])
    difference = auc_difference(probability, probability, outcome)
    assert difference == (0, 0, 0) or np.isnan(difference[0])


@given(pairs)
def test_bands_hold_everybody_and_never_part_equals(found):
    probability, outcome = np.array([p for p, _ in found]), np.array([o for _, o in found])
    table = calibration(probability, outcome)
    assert table["customers"].sum() == len(found)
    assert (table["observed"] * table["customers"]).sum() == pytest.approx(outcome.sum())
    assert (table["forecast"].diff().dropna() > 0).all()
    assert (table["low"] <= table["observed"] + 1e-12).all()


def test_the_top_tenth_by_hand():
    probability = np.linspace(0.99, 0.01, 20)
    outcome = np.zeros(20, dtype=bool)
    outcome[[0, 5, 9, 15]] = True
    found = record(probability, outcome)
    assert (found.top_n, found.top_precision, found.base, found.lift) == (2, 0.5, 0.2, 2.5)
    assert found.brier == pytest.approx(np.mean((probability - outcome) ** 2))
    assert found.brier_of_base == pytest.approx(0.16)
    table = gains(probability, outcome).set_index("customer_share")["found_share"]
    assert (table[0.0], table[0.1], table[0.5], table[1.0]) == (0, 0.25, 0.75, 1)
