"""The latest level pools the last months."""

import numpy as np
import pandas as pd
import pytest

from crm_lib.engagement import Definitions
from crm_lib.language import catalogue
from crm_lib.metrics import METRICS, definition
from crm_lib.metrics.pool import pooled


def monthly(metric: str, values: list[tuple[float, float, float]]) -> pd.DataFrame:
    """Rows of (numerator, denominator, half-width) by month; the oldest first."""
    frame = pd.DataFrame(values, columns=["numerator", "denominator", "half"])
    frame["value"] = frame["numerator"] / frame["denominator"]
    starts = pd.date_range("2026-01-01", periods=len(frame), freq="MS")
    return frame.assign(
        metric=metric,
        group_id="all",
        period=starts.strftime("%Y-%m"),
        starts_on=starts,
        low=frame["value"] - frame["half"],
        high=frame["value"] + frame["half"],
        base=frame["denominator"],
    )


def test_a_rate_of_events_is_the_sum_of_its_months():
    rows = [(9.0, 10.0, 0.1), (10.0, 100.0, 0.05), (40.0, 100.0, 0.05), (np.nan, np.nan, np.nan)]
    found = pooled(monthly("complaint_close_rate", rows), 2).iloc[0]
    assert found[["value", "base", "from_period", "to_period"]].tolist() == [0.25, 200, "2026-02", "2026-03"]
    assert found["high"] - found["value"] == pytest.approx(np.hypot(0.025, 0.025))


def test_the_same_customers_month_by_month_make_the_interval_no_narrower():
    found = pooled(monthly("churn_rate", [(20.0, 100.0, 0.05)] * 3)).iloc[0]
    assert found["value"] == pytest.approx(0.2)
    assert found["high"] == pytest.approx(0.25)
    assert found["base"] == 100


def test_a_total_is_its_mean_a_month_and_a_stock_is_its_last():
    assert pooled(monthly("orders", [(10.0, 1.0, np.nan), (20.0, 1.0, np.nan)])).iloc[0]["value"] == 15
    assert pooled(monthly("profile_completeness", [(10.0, 100.0, 0.1), (50.0, 100.0, 0.1)])).iloc[0]["value"] == 0.5


def test_nothing_measured_gives_no_row_and_order_does_not_matter():
    frame = monthly("churn_rate", [(1.0, 4.0, 0.1), (3.0, 4.0, 0.1)])
    assert pooled(frame.iloc[:0]).empty
    pd.testing.assert_frame_equal(pooled(frame), pooled(frame.iloc[::-1]))


@pytest.mark.parametrize(("language", "words"), [("en", "customers of a month on average"), ("zh", "平均每月的客户数")])
@pytest.mark.parametrize("metric", sorted(name for name, one in METRICS.items() if one.counted == "customers"))
def test_the_base_of_pooled_customers_is_explained(language, words, metric):
    if METRICS[metric].estimate != "total":  # a total shows no base
        assert words in catalogue(language).text(definition(metric, Definitions()))
