"""Rules and the value of a warning, by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from crm_lib.engagement import Churn
from crm_lib.layering.churn.rules import compare, flags, methods
from crm_lib.layering.churn.value import at_risk, break_even, of_stayers, pays, thresholds, worth

SETTINGS = Churn(contact_cost=5, win_back_rate=0.1)


def test_worth_is_the_own_pace_over_a_window():
    frame = pd.DataFrame({"revenue": [360.0, 30.0, -20.0], "observed_days": [180, 10, 100]})
    assert list(worth(frame, 90)) == [180, 30, 0]


def test_what_stayers_spend_is_learnt_from_those_who_stayed():
    pace = np.tile([100.0, 300.0], 20)
    past = pd.DataFrame({"active": True, "churned": False, "worth": pace, "spent": 150 + 0.25 * pace})
    gone = past.assign(churned=True, spent=0.0)
    assert of_stayers(pd.concat([past, gone])) == pytest.approx((150, 0.25))
    assert of_stayers(past.assign(spent=0.5 * pace - 20)) == pytest.approx((0, 0.4))
    assert of_stayers(past.assign(spent=3 * pace)) == pytest.approx((400, 1))
    assert of_stayers(past.assign(worth=0.0)) == pytest.approx((past["spent"].mean(), 0))
    assert of_stayers(past.head(29)) == (0, 1)


def test_the_break_even_is_where_a_contact_earns_its_cost():
    assert break_even(200, 0.5, SETTINGS) == pytest.approx(0.5)
    assert break_even(20, 1.0, SETTINGS) == pytest.approx(2.5)
    assert math.isnan(break_even(0, 1.0, SETTINGS))
    frame = pd.DataFrame({"churn_probability": [0.5, 0.49, 1.0, np.nan], "worth": [200.0, 200.0, 0.0, 500.0]})
    assert list(pays(frame, 0.5, SETTINGS)) == [True, False, False, False]
    free = pays(frame, 0.5, Churn(contact_cost=0))
    assert list(free) == [True, True, False, False]


def test_the_revenue_at_risk_has_the_interval_of_independent_losses():
    expected, low, high = at_risk(np.full(100, 0.5), np.full(100, 10.0))
    assert expected == 500
    assert (expected - low, high - expected) == pytest.approx((1.96 * 50, 1.96 * 50), abs=0.1)
    random = np.random.default_rng(3)
    probability, value = random.random(50), random.gamma(2, 50, 50)
    losses = (random.random((4000, 50)) < probability) @ value
    expected, low, high = at_risk(probability, value)
    assert losses.mean() == pytest.approx(expected, rel=0.02)
    assert np.mean((losses >= low) & (losses <= high)) == pytest.approx(0.95, abs=0.015)


def test_what_contacting_would_have_brought():
    past = pd.DataFrame(
        {
            "churn_probability": [0.95, 0.6, 0.35, 0.1],
            "worth": [100.0, 100, 1000, 10],
            "churned": [True, False, True, True],
        }
    )
    table = thresholds(past, past.head(2), 1.0, SETTINGS).set_index("threshold")
    assert list(table["contacted"]) == [3, 3, 2, 2, 2, 1, 1, 1]
    own = table.iloc[0]
    assert (own["left"], own["saved"], own["cost"], own["net"], own["now"]) == (2, 110, 15, 95, 2)
    assert table.loc[0.9, "precision"] == 1


def test_rules_and_model_side_by_side():
    past = pd.DataFrame(
        {
            "silent_days": [100.0, 95, 30, 10],
            "gap_days": [60.0, 40, 14, 30],
            "churn_probability": [0.3, 0.8, 0.9, 0.1],
            "churned": [False, True, True, False],
            "active": [False, False, True, True],
        }
    )
    found = flags(past, Churn(rule_days=90))
    assert list(found["no_order"]) == [True, True, False, False]
    assert list(found["overdue"]) == [False, True, True, False]
    table = compare(past, methods(past, Churn(rule_days=90), np.array([False, True, True, False])))
    rows = table.set_index(["group", "method"])
    assert tuple(rows.loc[("all", "no_order"), ["flagged", "left", "precision", "recall", "lift"]]) == (
        2,
        1,
        0.5,
        0.5,
        1,
    )
    assert tuple(rows.loc[("all", "model_same"), ["flagged", "left", "precision", "recall", "lift"]]) == (2, 2, 1, 1, 2)
    assert rows.loc[("active", "no_order"), "flagged"] == 0
    assert math.isnan(rows.loc[("active", "no_order"), "precision"])
    assert rows.loc[("active", "model_pays"), "recall"] == 1
