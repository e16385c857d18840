"""A source that writes the times of another zone comes to the report's days."""

from datetime import date, datetime

import duckdb
import pandas as pd
import pytest

from crm_lib.errors import UserError
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, canonical, engagement, rows, set_aside, write_csv

DESK = {"name": "desk", "table": "tickets", "file": "t.csv", "time_zone": "UTC"}
ORDER_HEAD = ["order_id", "ordered_at", "amount", "customer_key"]
OPENED = "SELECT opened_at FROM {tickets} ORDER BY ticket_id"


@pytest.fixture(params=[False, True], ids=["small", "large"], autouse=True)
def size(request, monkeypatch):
    if request.param:
        monkeypatch.setattr("crm_lib.ingest.load.LARGE_BYTES", 1)


def tickets(folder, *opened, **more):
    write_csv(folder / "t.csv", [["ticket_id", "opened_at"], *([f"{i}", at] for i, at in enumerate(opened))])
    return canonical(folder, DESK | more.pop("source", {}), **more)


def standardised(made):
    frame = inventory(made)["standardised"]
    return {row["rule"]: row["changed"] for row in frame.to_dict("records")}


def test_times_of_a_source_are_of_its_own_zone_and_offsets_go_before_it(tmp_path):
    made = tickets(
        tmp_path, "2026-01-05 17:30", "2026-01-05T17:30:00+08:00", "2026/1/5 15:59:59", "2026-01-05 00:00:00"
    )
    assert rows(made, OPENED) == [
        (datetime(2026, 1, 6, 1, 30),),
        (datetime(2026, 1, 5, 17, 30),),
        (datetime(2026, 1, 5, 23, 59, 59),),
        (datetime(2026, 1, 5, 8),),  # among times midnight is one
    ]
    assert standardised(made)["time_zone"] == 4


def test_days_stay_the_days_that_they_are(tmp_path):
    made = tickets(tmp_path, "2026-01-05", "2026-01-06 00:00:00", source={"time_zone": "Pacific/Auckland"})
    assert rows(made, OPENED) == [(datetime(2026, 1, 5),), (datetime(2026, 1, 6),)]
    mixed = tickets(tmp_path, "2026-01-05", "2026-01-06 23:00", source={"time_zone": "America/New_York"})
    assert rows(mixed, OPENED) == [(datetime(2026, 1, 5),), (datetime(2026, 1, 7, 12),)]


def test_the_day_of_an_order_is_that_of_its_moment_here(tmp_path):
    lines = [
        ["A", "2026-03-31 15:59", "10", "c"],
        ["B", "2026-03-31 16:00", "10", "c"],
        ["C", "2026-03-31 00:00", "1", "c"],
    ]
    write_csv(tmp_path / "pos.csv", [ORDER_HEAD, *lines])
    write_csv(tmp_path / "here.csv", [ORDER_HEAD, ["D", "2026-03-31 16:00", "10", "c"]])
    made = canonical(tmp_path, ORDERS | {"time_zone": "UTC"}, ORDERS | {"name": "here", "file": "here.csv"})
    days = dict(rows(made, "SELECT order_id, ordered_on FROM {orders}"))
    assert days == {
        "A": date(2026, 3, 31),
        "B": date(2026, 4, 1),
        "C": date(2026, 3, 31),
        "D": date(2026, 3, 31),
    }


def test_typed_times_of_a_file_are_converted_too(tmp_path):
    moments = pd.to_datetime(["2026-03-31 15:59", "2026-03-31 16:00"])
    frame = pd.DataFrame({"order_id": ["A", "B"], "ordered_at": moments, "amount": [1.0, 2.0], "customer_key": "c"})
    frame["day"] = frame["ordered_at"].dt.normalize()
    duckdb.from_df(frame).write_parquet(str(tmp_path / "pos.parquet"))
    source = ORDERS | {"file": "pos.parquet", "time_zone": "UTC"}
    made = canonical(tmp_path, source)
    assert rows(made, "SELECT ordered_on FROM {orders} ORDER BY order_id") == [
        (date(2026, 3, 31),),
        (date(2026, 4, 1),),
    ]
    made = canonical(tmp_path, source | {"columns": {"ordered_on": "day", "ordered_at": ""}})
    assert rows(made, "SELECT ordered_on FROM {orders} ORDER BY order_id") == [(date(2026, 3, 31),)] * 2


def test_an_hour_is_skipped_and_repeated_by_the_clock_of_the_source(tmp_path):
    berlin = {"time_zone": "Europe/Berlin"}
    written = ["2026-03-29 01:59", "2026-03-29 02:30", "2025-10-26 02:30", "2025-10-26 04:00"]
    made = tickets(tmp_path, *written, source=berlin)
    assert rows(made, OPENED) == [
        (datetime(2026, 3, 29, 8, 59),),
        (datetime(2025, 10, 26, 8, 30),),
        (datetime(2025, 10, 26, 11),),
    ]
    assert [row["reason"] for row in set_aside(made, "desk")] == ["impossible_time"]
    assert standardised(made)["repeated_hour"] == 1
    with pytest.raises(UserError) as told:
        tickets(tmp_path, *written, source=berlin, data={"impossible_times": "refuse"})
    assert [problem.message.id for problem in told.value.problems] == ["errors.data.impossible_times"]


def test_hours_that_the_report_s_clock_skipped_are_there_in_the_source_s(tmp_path):
    report = {"report": {"time_zone": "Europe/Berlin"}}
    made = tickets(tmp_path, "2026-03-29 02:30", "2026-03-29 00:30", **report)
    assert rows(made, OPENED) == [(datetime(2026, 3, 29, 4, 30),), (datetime(2026, 3, 29, 1, 30),)]
    assert set_aside(made, "desk") == []


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(UserError) as told:
        engagement(DESK | {"time_zone": "Shanghai"})
    (problem,) = told.value.problems
    assert problem.message.id == "errors.engagement.report.unknown_time_zone"
    assert problem.where == "engagement.toml [[sources]] #1 (desk) time_zone"


@pytest.mark.parametrize("zone", ["report", "source"])
def test_a_late_moment_that_the_clock_skipped_costs_its_cell_and_not_its_row(tmp_path, zone):
    lines = [["1", "2026-03-28 10:00", "2026-03-29 02:30"], ["2", "2026-03-28 10:00", "2026-03-29 09:00"]]
    write_csv(tmp_path / "t.csv", [["ticket_id", "opened_at", "closed_at"], *lines])
    berlin = {"time_zone": "Europe/Berlin"}
    source, more = (DESK | berlin, {}) if zone == "source" else (DESK | berlin, {"report": berlin})
    made = canonical(tmp_path, source, **more)
    assert rows(made, "SELECT closed_at IS NULL FROM {tickets} ORDER BY ticket_id") == [(True,), (False,)]
    assert set_aside(made, "desk") == []
    left = inventory(made)["doubtful"]
    assert list(left[left["rule"] == "impossible_time"]["cells"]) == [1]
    whole = canonical(tmp_path, source, data={"impossible_times": "quarantine"}, **more)
    assert [row["column"] for row in set_aside(whole, "desk")] == ["closed_at"]
