"""Figures against the straight line from baseline to target, and the traffic light that takes chance into account."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from crm_lib import handoff, monitoring
from crm_lib.monitoring.path import light
from tests.monitoring import shop


def targets(metric: str = "average_order_value", baseline: float = 100.0, target: float = 191.0, group: str = "all"):
    row = ("aov", metric, group, baseline, baseline, baseline, target, pd.Timestamp("2026-06-30"))
    names = ["target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due"]
    return pd.DataFrame([row], columns=names)


def measured_by(orders: pd.DataFrame, aims: pd.DataFrame, as_of: date = date(2026, 4, 30), **changes):
    engagement = shop.engagement(**changes)
    engine = shop.engine(as_of, orders=orders)
    groups = monitoring.target_groups(shop.LAYERS, shop.NO_SCOPE)
    found = monitoring.measured(engine, engagement, aims, groups, as_of)
    aims = monitoring.anchored(engagement, aims, found)
    return engagement, aims, found, monitoring.against_path(engagement, aims, found)


ORDERS = shop.orders(
    [("c1", "2026-03-10", 100.0), ("c2", "2026-03-11", 100.0)]
    + [("c1", f"2026-04-{day:02d}", 120.0) for day in (2, 9, 16, 23)]
    + [("c2", f"2026-04-{day:02d}", 130.0) for day in (3, 10, 17, 24)]
)


def test_the_path_is_straight_by_date():
    _, _, _, paths = measured_by(ORDERS, targets())
    month = paths[paths["period"] == "2026-04"].iloc[0]
    assert month["expected"] == pytest.approx(100 + 91 * 30 / 91)  # 30 of 91 days
    assert month["value"] == 125
    assert month["deviation"] == pytest.approx(-5)
    week = paths[paths["period"] == "2026-04-06"].iloc[0]
    assert week["expected"] == pytest.approx(100 + 12)
    assert pd.isna(paths.loc[paths["period"] == "2026-03", "expected"]).all()


def test_totals_are_read_by_month_only():
    _, _, _, paths = measured_by(ORDERS, targets("orders", 2.0, 20.0))
    assert paths.loc[paths["span"] == "week", "expected"].isna().all()
    assert paths.loc[paths["period"] == "2026-04", "status"].tolist() == ["good"]


def test_the_reading_is_the_last_month_else_the_last_week():
    engagement, aims, _, paths = measured_by(ORDERS, targets())
    assert monitoring.readings(paths, aims, 2)["period"].tolist() == ["2026-04"]
    _, aims, _, early = measured_by(ORDERS, targets(), date(2026, 4, 20))
    assert monitoring.readings(early, aims, 2)["period"].tolist() == ["2026-04-13"]
    empty = monitoring.readings(paths.iloc[:0], aims, 2)
    assert empty["status"].tolist() == ["unknown"]
    assert monitoring.status_table(engagement, empty)["status"].tolist() == ["unknown"]


def test_a_small_month_is_read_together_with_those_before():
    rows = [("c1", f"2026-0{month}-10", amount) for month, amount in ((3, 100.0), (4, 100.0), (5, 120.0), (6, 140.0))]
    rows += [("c2", "2026-05-11", 120.0), ("c3", "2026-04-11", 100.0)]
    _, aims, _, paths = measured_by(shop.orders(rows), targets(), date(2026, 6, 30))
    alone = monitoring.readings(paths, aims, 1).iloc[0]
    assert alone[["period", "from_period", "value", "base"]].tolist() == ["2026-06", "2026-06", 140, 1]
    both = monitoring.readings(paths, aims, 3).iloc[0]
    assert both[["from_period", "period", "base"]].tolist() == ["2026-05", "2026-06", 3]
    assert both["value"] == pytest.approx(380 / 3)
    assert both["expected"] == pytest.approx((2 * 161 + 191) / 3)
    never = monitoring.readings(paths, aims, 9).iloc[0]
    assert never[["from_period", "base", "status"]].tolist() == ["2026-04", 5, "unknown"]


def test_a_class_without_baseline_starts_from_what_was_measured_before_the_start(tmp_path):
    nothing = targets(baseline=float("nan"), target=float("nan"), group="class:core")
    change = {"id": "aov", "metric": "average_order_value", "group": "class:core", "change": 0.1, "due": "2026-06-30"}
    _, aims, _, paths = measured_by(ORDERS, nothing, targets=[change])
    assert aims.loc[0, ["baseline", "target"]].tolist() == pytest.approx([100, 110])
    readings = monitoring.readings(paths, aims, 2)
    handoff.write(tmp_path, "kpi_status", monitoring.kpi_handoff(readings))
    assert handoff.read(tmp_path, "kpi_status").loc[0, "actual"] == 125


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
    row = SimpleNamespace(metric=metric, value=value, low=low, high=high, base=base, expected=expected)
    assert light(row, 30) == status


def test_two_red_periods_in_a_row_are_an_alert_with_the_day_it_began():
    days = pd.to_datetime(["2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"])
    paths = pd.DataFrame(
        {"target_id": "aov", "span": "week", "starts_on": days, "status": ["bad", "good", "bad", "bad"]}
    )
    found = monitoring.red_twice(paths, "week")
    assert found[["target_id", "periods"]].to_numpy().tolist() == [["aov", 2]]
    assert found.loc[0, "since"] == pd.Timestamp("2026-04-20")
    with_gap = paths.assign(status=["bad", "unknown", "unknown", "bad"])
    assert monitoring.red_twice(with_gap, "week").loc[0, "since"] == pd.Timestamp("2026-04-06")
    assert monitoring.red_twice(paths.head(3), "week").empty
    assert monitoring.red_twice(paths, "month").empty


def test_each_chart_holds_the_path_to_the_due_month():
    engagement, aims, found, paths = measured_by(ORDERS, targets())
    id, title, frame, spec = monitoring.path_charts(engagement, monitoring.readings(paths, aims, 2), found)[0]
    line = frame[frame["measure"] == "path"]
    assert line["period"].tolist() == ["2026-03", "2026-04", "2026-05", "2026-06"]
    assert line["value"].tolist() == pytest.approx([100, 130, 161, 191])
    assert frame.loc[frame["measure"] == "actual", "period"].tolist() == ["2026-03", "2026-04"]
    assert (id, title.id) == ("monitoring.path_aov", "monitoring.title.path_bad")
    assert "value:price" in spec
