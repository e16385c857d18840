"""A figure that fell before the work began is not told as a fall of the cycle."""

import pandas as pd
import pytest

from crm_lib.language import catalogue
from crm_lib.monitoring.before_start import before_start, since_words
from tests.monitoring import shop

MADE = shop.engagement(definitions={"smallest_base": 30, "repurchase_window_days": 60})
READINGS = pd.DataFrame({"target_id": ["t"], "metric": ["repurchase_rate"], "group_id": ["all"]})


def monthly(metric: str = "repurchase_rate", base: int = 100, **values: float) -> pd.DataFrame:
    starts = pd.to_datetime([f"2026-{month[1:]}-01" if month[0] == "m" else month for month in values])
    frame = pd.DataFrame({"starts_on": starts, "value": list(values.values())})
    frame = frame.assign(ends_on=starts + pd.offsets.MonthEnd(0), period=starts.strftime("%Y-%m"), span="month")
    frame = frame.assign(metric=metric, group_id="all", base=base, denominator=float(base))
    return frame.assign(numerator=frame["value"] * base, low=frame["value"] - 0.1, high=frame["value"] + 0.1)


def test_the_months_between_are_those_whose_window_had_not_passed_at_the_baseline():
    months = monthly(m01=0.41, m02=0.37, m03=0.42, m04=0.40)  # 31 Jan and 60 days is after 31 Mar
    (row,) = before_start(MADE, READINGS, months).to_dict("records")
    assert row == {"target_id": "t", "stood": pytest.approx(0.40), "stood_from": "2026-01", "stood_to": "2026-03"}
    thirty = shop.engagement(definitions={"smallest_base": 30, "repurchase_window_days": 30})
    assert before_start(thirty, READINGS, months)["stood_from"].tolist() == ["2026-03"]
    assert before_start(MADE, READINGS, months.assign(base=29)).empty
    at_once = READINGS.assign(metric="average_order_value")
    assert before_start(MADE, at_once, monthly("average_order_value", m03=1.0, m04=1.0)).empty


@pytest.mark.parametrize(
    ("metric", "baseline", "stood", "value", "words"),
    [
        ("repurchase_rate", 0.45, 0.40, 0.403, "stood at 40.0% already: it had got worse before the work began."),
        ("repurchase_rate", 0.68, 0.61, 0.51, "-7.0 points of the change of -17.0 points had come by then."),
        ("repurchase_rate", 0.45, 0.46, 0.40, "still stood at 46.0%"),
        ("repurchase_rate", 0.45, 0.446, 0.40, "still stood at 44.6%"),
        ("churn_rate", 0.10, 0.15, 0.14, "stood at 15.0% already: it had got worse"),
        ("churn_rate", 0.10, 0.08, 0.14, "still stood at 8.0%"),
        ("repurchase_rate", 0.45, 0.40, 0.46, None),
        ("repurchase_rate", 0.45, float("nan"), 0.40, None),
    ],
)
def test_what_had_come_before_the_start_is_told(metric, baseline, stood, value, words):
    row = pd.Series({"metric": metric, "baseline": baseline, "stood": stood, "value": value})
    said = since_words(pd.concat([row, pd.Series({"stood_from": "2026-01", "stood_to": "2026-03"})]))
    assert (said is None) if words is None else (words in catalogue("en").text(said))
