"""Survival against published tables, and what being lost means, case by case."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.layering.lifetime_value.retention import DAYS_A_MONTH, retained_values, staying
from crm_lib.layering.lifetime_value.survival import (
    at_days,
    durations,
    holm,
    kaplan_meier,
    log_rank,
    new_since,
    survival,
)

DAY = date(2026, 3, 31)
# Weeks of remission of 42 patients with leukaemia; True: relapse (Freireich et al. 1963, Blood 21, 699).
TREATED = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0)]
TREATED += [(19, 0), (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def watched(rows):
    return pd.DataFrame(rows, columns=["days", "lost"]).astype({"lost": bool})


def test_kaplan_meier_is_the_published_one():
    """S of the treated: .857, .807, .753, .690, .627, .538, .448 (Kleinbaum and Klein, Survival Analysis, table 2.1)."""
    found, low, high = at_days(watched(TREATED), np.array([0, 5, 6, 7, 10, 13, 16, 22, 23, 35]))
    assert found == pytest.approx([1, 1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448], abs=0.0005)
    assert (low <= found).all()
    assert (found <= high).all()
    assert low[2:3] == pytest.approx([0.620], abs=0.001)  # log-log bounds of the same table in R's survival package
    assert high[2:3] == pytest.approx([0.952], abs=0.001)


def test_log_rank_is_the_published_one():
    """Chi-square 16.79 (Kleinbaum and Klein, Survival Analysis, chapter 2)."""
    statistic, p = log_rank(watched(TREATED), watched([(weeks, 1) for weeks in PLACEBO]))
    assert statistic**2 == pytest.approx(16.79, abs=0.005)
    assert p < 0.0001


def test_p_values_are_adjusted_for_their_number():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5]) == [0.5]
    assert holm([0.9, 0.9]) == [1.0, 1.0]


def engine(bought, channels=None):
    """bought: customer -> days before DAY with a purchase."""
    rows = [(who, back) for who, days in bought.items() for back in days]
    orders = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(rows))],
            "customer_id": pd.Series([who for who, _ in rows], dtype=object),
            "ordered_on": pd.to_datetime([pd.Timestamp(DAY) - pd.Timedelta(days=back) for _, back in rows]),
            "amount": [10.0] * len(rows),
            "kind": pd.Series(["sale"] * len(rows), dtype=object),
        }
    )
    frames = {"orders": orders}
    if channels:
        frames["customers"] = pd.DataFrame({"customer_id": list(channels), "join_channel": list(channels.values())})
    return connect_frames(frames, DAY)


def test_a_customer_is_lost_when_silent_longer_than_the_window():
    shop = engine(
        {
            "stays": [200, 120, 40], "gone": [200, 150], "back": [200, 100, 9], "edge": [90], "over": [91],
            "old": [400, 300, 5],
        }
    )  # fmt: skip
    found = durations(shop, DAY, date(2025, 9, 1), 90).set_index("customer_id")
    assert "old" not in found.index
    assert found["lost"].to_dict() == {"stays": False, "gone": True, "back": True, "edge": False, "over": True}
    assert found["returned"].to_dict() == {"stays": False, "gone": False, "back": True, "edge": False, "over": False}
    assert found["days"].to_dict() == {"stays": 200, "gone": 50 + 91, "back": 91, "edge": 90, "over": 91}


def test_who_joined_before_the_first_order_is_not_new():
    shop = engine(
        {"first": [455], "new": [200], "known": [200], "undated": [200]}, dict.fromkeys(("new", "known"), "store")
    )
    people = pd.DataFrame({"customer_id": ["new", "known"], "joined_on": pd.to_datetime(["2025-09-12", "2024-06-01"])})
    shop = connect_frames({"orders": shop.sql("SELECT * FROM orders"), "customers": people}, DAY)
    assert set(durations(shop, DAY, date(2025, 4, 1), 90)["customer_id"]) == {"new", "undated"}


@pytest.mark.parametrize(
    ("start", "window", "since"),
    [
        (date(2017, 1, 1), 60, date(2017, 4, 1)),  # as the cohorts, which leave three months out
        (date(2025, 1, 15), 180, date(2025, 7, 14)),
        (None, 90, date(2026, 6, 29)),
    ],
)
def test_new_customers_begin_where_cohorts_do_or_one_window_after_the_data(start, window, since):
    assert new_since(start, DAY, window) == since


def test_nobody_can_be_lost_before_the_window_is_over():
    shop = engine({f"c{i}": [300 - i] for i in range(60)})
    found = survival(shop, DAY, date(2025, 1, 1), 90, 30)
    assert (found.customers, found.lost) == (60, 60)
    curve = found.curve.set_index("days")["retained"]
    assert (curve[curve.index <= 90] == 1).all()
    assert found.median_days == 91


def test_the_curve_ends_where_few_are_left():
    found = kaplan_meier(watched([(day, 0) for day in range(100)]), 30)
    assert found["at_risk"].min() >= 30
    assert (found["retained"] == 1).all()
    assert kaplan_meier(watched([]), 30).empty


def test_channels_that_differ_are_told():
    draw = np.random.default_rng(2)
    bought, channels = {}, {}
    for i in range(240):
        channel = ("store", "online")[i % 2]
        last = draw.integers(95, 250) if channel == "online" else draw.integers(0, 60)
        bought[f"c{i:03}"] = sorted({270, *range(int(last), 270, 40)}, reverse=True)
        channels[f"c{i:03}"] = channel
    found = survival(engine(bought, channels), DAY, date(2025, 1, 1), 90, 30)
    tests = found.tests.set_index("join_channel")
    assert tests.loc["online", "retained"] < tests.loc["store", "retained"]
    assert (tests["p"] < 0.001).all()
    alone = survival(engine(bought, dict.fromkeys(bought, "store")), DAY, date(2025, 1, 1), 90, 30)
    assert alone.tests.empty


def test_retention_given_the_age_is_recovered():
    """Subscribers who leave at a constant rate: whoever is active stays with the same probability at any age."""
    draw, a_day = np.random.default_rng(11), 0.004
    until, seen = draw.exponential(1 / a_day, 4000), draw.integers(30, 720, 4000)
    rows = pd.DataFrame({"customer_id": [f"c{i:04}" for i in range(4000)], "lost": until <= seen})
    rows["days"] = np.minimum(np.ceil(until), seen).astype("int64")
    ages = np.array([60.0, 200.0, 600.0])
    found = staying(rows, 30, ages, 12, 0)
    months = np.arange(1, 13) * DAYS_A_MONTH
    assert np.abs(found - np.exp(-a_day * months)).max() < 0.06
    active = pd.DataFrame({"age_days": [60, 200], "monthly_purchases": 1.0, "monthly_value": 10.0})
    worth = retained_values(active, rows, 30, 12, 0.01, 0)
    expected = (10 * np.exp(-a_day * months) / 1.01 ** np.arange(1, 13)).sum()
    assert ((worth["clv_low"] < expected) & (expected < worth["clv_high"])).all()
    assert worth["expected_purchases"].between(worth["expected_purchases_low"], worth["expected_purchases_high"]).all()
