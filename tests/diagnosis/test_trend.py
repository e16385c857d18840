import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crm_lib.diagnosis.trend import COLUMNS, theil_sen, trends
from crm_lib.diagnosis.words import cell
from crm_lib.language import Value, catalogue
from crm_lib.metrics import intervals


def months(count: int) -> list[str]:
    return [f"{2024 + i // 12}-{i % 12 + 1:02d}" for i in range(count)]


def proportions(rates: list[float], n: int = 100, metric: str = "churn_rate") -> pd.DataFrame:
    x = np.array(rates) * n
    low, high = intervals.wilson(x, n)
    frame = pd.DataFrame({"period": months(len(rates)), "numerator": x, "denominator": float(n), "base": n})
    missing = np.isnan(x)
    return frame.assign(
        metric=metric,
        group_id="all",
        value=np.array(rates),
        low=low,
        high=high,
        numerator=np.where(missing, np.nan, x),
        base=np.where(missing, 0, n),
    )


def totals(values: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"period": months(len(values)), "value": values, "numerator": values, "base": values})
    return frame.assign(metric="active_customers", group_id="all", denominator=1.0, low=np.nan, high=np.nan)


def only(frame: pd.DataFrame, smallest_base: int = 30) -> pd.Series:
    found = trends(frame, smallest_base)
    assert list(found.columns) == COLUMNS
    return found.iloc[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_pace_is_that_of_scipy(seed: int):
    values = np.random.default_rng(seed).normal(size=12).cumsum()
    found, known = theil_sen(values), stats.theilslopes(values)
    assert found["slope"] == pytest.approx(known.slope)
    assert found["slope_low"] == pytest.approx(known.low_slope, abs=0.15)
    assert found["slope_high"] == pytest.approx(known.high_slope, abs=0.15)


def test_a_pace_needs_six_months_and_skips_the_unknown():
    assert np.isnan(theil_sen(np.arange(5.0))["slope"])
    values = np.arange(8.0)
    values[[2, 5]] = np.nan
    assert theil_sen(values)["slope"] == 1


def test_without_a_year_the_months_before_are_compared():
    row = only(proportions([0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 0.4]))
    assert (row["compared"], row["from_period"], row["before_from_period"]) == ("months", "2024-05", "2024-02")
    assert (row["value"], row["before_value"]) == pytest.approx((0.4, 0.2))
    assert row["trend"] == "worse"
    assert row["since"] == "2024-05"


def test_with_a_year_the_same_months_are_compared():
    row = only(proportions([0.4] * 3 + [0.2] * 9 + [0.4] * 3))
    assert (row["compared"], row["before_from_period"], row["before_to_period"]) == ("year", "2024-01", "2024-03")
    assert row["change"] == pytest.approx(0)
    assert row["trend"] == "flat"


def test_unknown_months_at_the_end_are_passed_over():
    row = only(proportions([0.2] * 6 + [np.nan] * 2))
    assert row["to_period"] == "2024-06"


def test_too_few_are_not_judged():
    row = only(proportions([0.1] * 3 + [0.9] * 3, n=9))
    assert not row["enough"]
    assert row["trend"] == "unknown"


def test_the_same_customers_in_three_months_count_once():
    """Customers come again: the interval is as wide as that of one month, not of the three added up."""
    row = only(proportions([0.3] * 3))
    low, high = intervals.wilson(30, 100)
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["base"] == 100
    events = only(proportions([0.3] * 3, metric="campaign_response_rate"))
    assert events["base"] == 300
    assert events["high"] - events["low"] < (high - low) / 1.5


def test_a_total_needs_a_move_of_five_percent_and_a_proven_direction():
    assert only(totals([100, 101, 100, 99, 100, 101, 100, 99, 101]))["trend"] == "flat"
    assert only(totals([100, 98, 96, 94, 92, 90, 88, 86, 84]))["trend"] == "worse"
    assert only(totals([100, 140, 60, 130, 70, 110, 80, 120, 60]))["trend"] == "flat"


def test_a_total_may_also_be_judged_by_every_month_against_its_month_a_year_before():
    season = [100, 200, 100] * 4
    assert only(totals([*season, 85, 170, 85]))["trend"] == "worse"
    assert only(totals([*season, 85, 210, 85]))["trend"] == "flat"


def test_one_month_is_not_a_trend():
    row = only(proportions([0.5]))
    assert (row["value"], row["compared"], row["trend"]) == (0.5, "", "unknown")
    assert trends(proportions([0.5]).iloc[:0], 30).empty


def test_never_measured_is_unknown():
    row = only(proportions([np.nan, np.nan]))
    assert np.isnan(row["value"])
    assert row["trend"] == "unknown"


@pytest.mark.parametrize("count", [12, 13, 14, 15, 16])
def test_a_stock_is_compared_with_a_year_earlier_however_few_months_lie_before_it(count: int):
    """With thirteen or fourteen months the run had ended with an error of NumPy."""
    found = only(proportions([0.5 + i / 100 for i in range(count)], metric="profile_completeness"))
    assert found["compared"] == ("year" if count > 12 else "months")
    assert found["together"] == (count >= 15)


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        ([60.0, 58, 62, 30, 28, 32], "worse"),
        ([60.0, 58, 62, 57, 55, 59], "flat"),  # 5 % of 180 is chance
        ([110.0, 20, 50, 10, 70, 10], "flat"),  # as many, but the months themselves vary so
    ],
)
def test_new_customers_are_judged_as_counts_that_vary_from_month_to_month(values, trend):
    row = only(totals(values).assign(metric="new_customers"))
    assert row["trend"] == trend
    assert row["change_low"] < row["change"] < row["change_high"]


def test_an_interval_narrower_than_what_is_printed_is_left_out():
    said = [cell(Value("points", -0.001, None, low, -0.0009), sign=True) for low in (-0.0011, -0.004)]
    assert [catalogue("en").text(one) for one in said] == ["-0.1 points", "-0.1 points (-0.4 to -0.1)"]
