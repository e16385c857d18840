"""Levels pooled over months: sums by sums, means of totals, the last of a stock; intervals as phase 1 makes them."""

from datetime import date, timedelta
from math import hypot

import pandas as pd
import pytest

from crm_lib import metrics
from crm_lib.engine import connect_frames
from crm_lib.metrics.pool import COLUMNS
from crm_lib.review.levels import levels
from crm_lib.review.windows import Span
from tests.review.shop import AS_OF, START, engagement, orders

SETTINGS = engagement().definitions
CYCLE = Span(START, AS_OF)


def shop():
    rows = [(f"c{i}", date(2026, 4, 3) + timedelta(days=i % 25), 10.0 + i) for i in range(40)]
    rows += [(f"c{i}", date(2026, 5, 3) + timedelta(days=i % 25), 50.0 + 3 * i) for i in range(20)]
    return connect_frames({"orders": orders(rows)}, AS_OF)


def monthly(name):
    return metrics.kpis(shop(), metrics.months(START, AS_OF), SETTINGS, None, [name])


def test_a_mean_is_the_sum_by_the_sum_with_widths_squared_and_added():
    by_month = monthly("average_order_value").dropna(subset="value")
    row = levels(shop(), CYCLE, SETTINGS, None, ["average_order_value"]).iloc[0]
    assert row["value"] == pytest.approx(by_month["numerator"].sum() / by_month["denominator"].sum())
    assert (row["months"], row["base"]) == (2, 60)
    weights = by_month["denominator"] / by_month["denominator"].sum()
    assert row["value"] - row["low"] == pytest.approx(hypot(*(weights * (by_month["value"] - by_month["low"]))))


def test_the_same_customers_make_bounds_add_up():
    by_month = monthly("revenue_per_customer").dropna(subset="value")
    row = levels(shop(), CYCLE, SETTINGS, None, ["revenue_per_customer"]).iloc[0]
    weights = by_month["denominator"] / by_month["denominator"].sum()
    assert row["low"] == pytest.approx((weights * by_month["low"]).sum())
    assert row["base"] == 30


def test_a_total_is_the_mean_of_a_month_without_an_interval():
    row = levels(shop(), CYCLE, SETTINGS, None, ["orders"]).iloc[0]
    assert (row["value"], row["denominator"], row["months"]) == (20, 3, 3)
    assert pd.isna(row["low"])


def test_the_latest_months_only_where_so_many_are_asked_for():
    assert levels(shop(), CYCLE, SETTINGS, None, ["orders"], latest=2).iloc[0]["value"] == 10


def test_parts_are_pooled_over_the_months_of_the_whole():
    rows = [("a", date(2026, month, 3), 10.0) for month in (2, 3, 4, 5, 6)] + [("b", date(2026, 2, 3), 70.0)]
    engine = connect_frames({"orders": orders(rows)}, AS_OF)
    groups = pd.DataFrame({"group_id": ["a", "b"], "customer_id": ["a", "b"]})
    span = Span(date(2026, 2, 1), AS_OF)
    found = levels(engine, span, SETTINGS, groups, ["average_order_value"], latest=3)
    assert found["group_id"].tolist() == ["a"]  # b bought before the latest three months
    assert levels(engine, span, SETTINGS, groups, ["average_order_value"], latest=None)["months"].tolist() == [5, 1]


def test_nothing_measured_is_an_empty_table():
    found = levels(connect_frames({}, AS_OF), CYCLE, SETTINGS, None, ["orders", "nps"])
    assert list(found.columns) == COLUMNS
    assert len(found) == 0
