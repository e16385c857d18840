"""One level, one expected value, one light for a target, whichever report speaks of it."""

from datetime import date

import pandas as pd
import pytest

from crm_lib import metrics
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.metrics import STANDINGS, cycle_periods, light, span_words, standings
from tests.monitoring import shop

COLUMNS = ["target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due"]


def target(metric="average_order_value", baseline=100.0, goal=191.0, due="2026-06-30"):
    return pd.DataFrame([("t", metric, "all", baseline, baseline, baseline, goal, pd.Timestamp(due))], columns=COLUMNS)


def stand(orders, given, as_of, **changes):
    engagement = shop.engagement(**changes)
    periods = cycle_periods(engagement.cycle.start, as_of)
    measured = metrics.kpis(shop.engine(as_of, orders=orders), periods, engagement.definitions, None, [given.metric[0]])
    return standings(engagement, given, measured, as_of).iloc[0]


def months(*amounts, first=4):
    """Two customers buy once in each month from `first` on, for so much."""
    rows = [(who, f"2026-{first + i:02d}-10", amount) for i, amount in enumerate(amounts) for who in ("c1", "c2")]
    return shop.orders([("c1", "2026-01-10", 50.0), *rows])


def test_the_last_three_months_of_the_cycle_are_pooled():
    long = {"cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}]}
    orders = months(100.0, 120.0, 140.0, 160.0)
    row = stand(orders, target(due="2026-08-31"), date(2026, 7, 31), **long)
    assert row[["from_period", "to_period", "value", "base"]].tolist() == ["2026-05", "2026-07", 140, 6]
    assert (row["starts_on"], row["ends_on"]) == (pd.Timestamp("2026-05-01"), pd.Timestamp("2026-07-31"))
    ended = stand(orders, target(due="2026-08-31"), date(2026, 5, 31), **long)
    assert ended[["from_period", "to_period"]].tolist() == ["2026-04", "2026-05"]


def test_a_level_is_held_against_the_path_of_its_own_months():
    row = stand(months(131.0, 161.0, 191.0), target(), date(2026, 6, 30))
    assert row["value"] == 161
    assert row["expected"] == pytest.approx((130 + 161 + 191) / 3)
    assert (row["standing"], row["status"]) == ("on_track", "good")
    april = stand(months(130.0), target(), date(2026, 6, 30))
    assert april[["value", "expected"]].tolist() == pytest.approx([130, 130])  # as the table by month says


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(date(2026, 4, 30), 130), (date(2026, 6, 30), 191), (date(2026, 7, 31), 191), (date(2026, 3, 31), 100)],
)
def test_what_is_expected_lies_on_the_path_and_ends_at_the_target(as_of, expected):
    row = next(target().itertuples())
    assert metrics.expected(shop.engagement(), row, as_of) == pytest.approx(expected)


def test_of_a_target_met_at_the_baseline_no_decline_is_expected():
    row = next(target(baseline=100.0, goal=90.0).itertuples())
    assert metrics.expected(shop.engagement(), row, date(2026, 4, 30)) == 90
    unmeasured = stand(shop.orders([]), target(baseline=100.0, goal=90.0), date(2026, 4, 30))
    assert (unmeasured["standing"], unmeasured["status"]) == ("already", "unknown")


def test_without_a_baseline_nothing_is_expected_before_the_due_day():
    unknown = target(baseline=float("nan"))
    orders = months(150.0, 200.0, 300.0)
    assert stand(orders, unknown, date(2026, 5, 31))["standing"] == "no_path"
    assert stand(orders, unknown, date(2026, 6, 30))["standing"] == "reached"


@pytest.mark.parametrize(
    ("amount", "baseline", "goal", "standing", "status"),
    [
        (191.0, 100.0, 191.0, "reached", "good"),
        (150.0, 100.0, 191.0, "on_track", "good"),
        (110.0, 100.0, 191.0, "behind", "bad"),
        (99.0, 100.0, 90.0, "already", "unknown"),
        (100.0, 100.0, 100.0, "already", "unknown"),
        (80.0, 100.0, 90.0, "behind", "bad"),
    ],
)
def test_a_target_met_at_the_baseline_is_no_progress(amount, baseline, goal, standing, status):
    row = stand(months(amount), target(baseline=baseline, goal=goal), date(2026, 4, 30))
    assert (row["standing"], row["status"]) == (standing, status)
    assert pd.isna(row["progress"]) == (goal <= baseline)


def test_few_none_and_days_that_are_no_month_yet():
    many = {"definitions": {"smallest_base": 30}}
    assert stand(months(191.0), target(), date(2026, 4, 30), **many)["standing"] == "few"
    assert stand(shop.orders([]), target(), date(2026, 4, 30))["standing"] == "unmeasured"
    early = stand(months(191.0), target(), date(2026, 4, 20))
    assert (early["from_period"], early["value"]) == ("cycle", 191)
    assert "20" in catalogue("en").text(span_words(early))
    total = stand(months(191.0), target("orders", 1.0, 5.0), date(2026, 4, 20))
    assert total["standing"] == "unmeasured"  # twenty days' orders against a month's


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_standing_has_words(language):
    assert [name for name in STANDINGS if f"metric.standing.{name}" not in catalogue(language)] == []


@pytest.mark.parametrize(
    ("metric", "value", "low", "high", "base", "expected", "status"),
    [
        ("repurchase_rate", 0.5, 0.4, 0.6, 100, 0.5, "good"),
        ("repurchase_rate", 0.45, 0.4, 0.5, 100, 0.5, "watch"),
        ("repurchase_rate", 0.45, 0.41, 0.49, 100, 0.5, "bad"),
        ("repurchase_rate", 0.1, 0.0, 0.2, 1, 0.5, "unknown"),
        ("churn_rate", 0.5, 0.4, 0.6, 100, 0.5, "good"),
        ("churn_rate", 0.55, 0.5, 0.6, 100, 0.5, "watch"),
        ("churn_rate", 0.55, 0.51, 0.6, 100, 0.5, "bad"),
        ("orders", 96.0, None, None, 96, 100.0, "watch"),
        ("orders", 94.0, None, None, 94, 100.0, "bad"),
        ("orders", 0.0, None, None, 0, 100.0, "bad"),
        ("complaints", 104.0, None, None, 104, 100.0, "watch"),
        ("complaints", 106.0, None, None, 106, 100.0, "bad"),
        ("orders", None, None, None, 0, 100.0, "unknown"),
        ("orders", 100.0, None, None, 100, None, "unknown"),
    ],
)
def test_the_light_follows_its_rule(metric, value, low, high, base, expected, status):
    row = {"metric": metric, "value": value, "low": low, "high": high, "base": base, "expected": expected}
    assert light(row, 30) == status


def test_what_is_written_as_expected_is_not_short():
    row = {"metric": "churn_rate", "value": 0.0534, "low": 0.04, "high": 0.06, "base": 2000, "expected": 0.0531}
    assert light(row, 30) == "good"
    assert light(row | {"value": 0.0537}, 30) == "watch"
