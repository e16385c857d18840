"""Figures against the straight line from baseline to target, and the traffic light that takes chance into account."""

from datetime import date

import pandas as pd
import pytest

from crm_lib import handoff, monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.words import deviation_words
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
    return engagement, aims, found, monitoring.against_path(engagement, aims, found)


def read(orders: pd.DataFrame, aims: pd.DataFrame, as_of: date = date(2026, 4, 30), **changes):
    engagement, aims, found, paths = measured_by(orders, aims, as_of, **changes)
    return monitoring.readings(engagement, aims, found, paths, as_of)


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


def test_what_depends_on_the_length_of_the_period_is_read_by_month_only():
    orders = shop.orders([(f"c{i}", f"2026-04-{day:02d}", 10.0) for i in range(5) for day in (7, 20)])
    aims = targets("repurchase_rate", 0.5, 0.6)
    short = {"definitions": {"smallest_base": 2, "repurchase_window_days": 30}}
    engagement, _, _, paths = measured_by(orders, aims, date(2026, 6, 30), **short)
    assert (paths["span"] == "week").any()
    assert paths.loc[paths["span"] == "week", "expected"].isna().all()
    assert not len(monitoring.period_table(engagement, paths, "week"))
    assert len(monitoring.period_table(engagement, paths, "month"))


def test_the_latest_period_is_the_last_month_else_the_last_week():
    late = read(ORDERS, targets()).iloc[0]
    assert late[["latest_span", "latest_period", "latest_value"]].tolist() == ["month", "2026-04", 125]
    early = read(ORDERS, targets(), date(2026, 4, 20)).iloc[0]
    assert early[["latest_span", "latest_period"]].tolist() == ["week", "2026-04-13"]
    assert early[["from_period", "base"]].tolist() == ["cycle", 6]  # the days so far, not a week's chance
    none = read(ORDERS.head(0), targets())
    assert none[["status", "standing", "latest_period"]].to_numpy().tolist() == [["unknown", "unmeasured", ""]]
    assert monitoring.status_table(shop.engagement(), none)["status"].tolist() == ["unknown"]


def test_what_a_target_is_judged_by_is_handed_over(tmp_path):
    handoff.write(tmp_path, "kpi_status", monitoring.kpi_handoff(read(ORDERS, targets())))
    row = handoff.read(tmp_path, "kpi_status").iloc[0]
    assert row[["actual", "expected", "status"]].tolist() == pytest.approx([125, 130, "bad"])


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
    readings = monitoring.readings(engagement, aims, found, paths, date(2026, 4, 30))
    id, title, frame, spec, _ = monitoring.path_charts(engagement, readings, found)[0]
    line = frame[frame["measure"] == "path"]
    assert line["period"].tolist() == ["2026-03", "2026-04", "2026-05", "2026-06"]
    assert line["value"].tolist() == pytest.approx([100, 130, 161, 191])
    assert frame.loc[frame["measure"] == "actual", "period"].tolist() == ["2026-03", "2026-04"]
    assert (id, title.id) == ("monitoring.path_aov", "monitoring.title.path_behind")
    assert "value:price" in spec


def test_a_month_without_a_value_breaks_the_line():
    days = ["2026-01-10", "2026-03-10", "2026-04-10"]
    engagement, aims, found, paths = measured_by(shop.orders([("c1", day, 100.0) for day in days]), targets())
    readings = monitoring.readings(engagement, aims, found, paths, date(2026, 4, 30))
    frame = monitoring.path_charts(engagement, readings, found)[0][2]
    actual = frame[frame["measure"] == "actual"].set_index("period")["value"]
    assert actual.index.tolist() == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert actual.isna().tolist() == [False, True, False, False]


def test_a_negative_deviation_is_a_negative_number():
    behind, ahead = read(ORDERS, targets()).iloc[0], read(ORDERS, targets(target=100.0)).iloc[0]
    words = [deviation_words(row) for row in (behind, ahead)]
    assert [round(one.args["value"].value, 3) for one in words] == [-0.038, 0.25]
    assert [catalogue("en").text(one) for one in words] == ["-3.8%", "+25.0%"]
