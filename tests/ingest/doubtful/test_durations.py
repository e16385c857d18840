"""A ticket's duration says what two times would have said."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from crm_lib import metrics
from crm_lib.engagement import validate
from crm_lib.engine import connect
from crm_lib.errors import UserError
from crm_lib.ingest.remarks import remarks
from crm_lib.ingest.values.durations import parse_duration, unit_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import canonical, engagement, rows, set_aside, write_csv

TICKETS = {"name": "desk", "table": "tickets", "file": "desk.csv"}
NAMES = {"ticket_id": "no", "opened_at": "opened", "kind": "kind", "customer_key": "who"}
OPENED = [datetime(2026, 1, 5, 8) + timedelta(hours=13 * i, minutes=7 * i) for i in range(60)]
ANSWERED = [2 + 5 * (i % 7) for i in range(60)]  # minutes
CLOSED = [1 + 7 * (i % 6) for i in range(60)]  # hours


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("36", "hours", 129_600),
        ("1.5", "hours", 5400),
        ("1,5", "hours", 5400),
        ("0", "minutes", 0),
        ("2:35", "", 9300),
        ("2:35", "minutes", 155),
        ("26:10:05", "minutes", 94_205),
        ("1天3小时", "hours", 97_200),
        ("1 天 3 小时 20 分钟", "", 98_400),
        ("45分钟", "hours", 2700),
        ("1d 3h", "", 97_200),
        ("2 hrs 5 mins", "", 7500),
        ("1 day, 2:00:00", "", 93_600),
        ("PT26H30M", "", 95_400),
        ("2 Std. 30 Min.", "", 9000),
        ("36", "", None),
        ("-3", "hours", None),
        ("3 months", "hours", None),
        ("2026-01-05 10:00", "hours", None),
        ("soon", "hours", None),
    ],
)
def test_a_duration_is_read_in_the_forms_that_systems_write(text, unit, seconds):
    assert parse_duration(text, unit) == seconds


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("处理时长(小时)", "hours"),
        ("首响时长（分钟）", "minutes"),
        ("处理天数", "days"),
        ("resolution hours", "hours"),
        ("resolutionHours", "hours"),
        ("First reply time (min)", "minutes"),
        ("Full resolution time (hrs)", "hours"),
        ("处理时长", ""),
        ("处理时长(工作小时)", ""),
        ("Resolution time in business hours", ""),
    ],
)
def test_a_header_names_the_unit_but_hours_of_work_are_none_of_the_clock(header, unit):
    assert unit_of(header) == unit


@pytest.fixture(params=[False, True], ids=["small", "large"])
def size(request, monkeypatch):
    if request.param:
        monkeypatch.setattr("crm_lib.ingest.load.LARGE_BYTES", 1)


def desk(folder, head, cells):
    lines = [[f"T{i}", at, "complaint", f"C{i % 9}", *cells(i)] for i, at in enumerate(OPENED)]
    write_csv(folder / "desk.csv", [["no", "opened", "kind", "who", *head], *lines])
    return folder


def kpis(made):
    months = metrics.months(date(2026, 1, 1), date(2026, 2, 28))
    names = ["complaints", "complaint_first_response_rate", "complaint_close_rate"]
    with_settings = validate(engagement(TICKETS).model_dump(exclude_none=True)).definitions
    return metrics.kpis(connect(made), months, with_settings, names=names)


def test_complaints_measure_the_same_by_durations_as_by_two_times(tmp_path, size):
    times = desk(
        tmp_path / "times",
        ["answered", "closed"],
        lambda i: [OPENED[i] + timedelta(minutes=ANSWERED[i]), OPENED[i] + timedelta(hours=CLOSED[i])],
    )
    spent = desk(
        tmp_path / "spent",
        ["首次响应时长(分钟)", "resolution hours"],
        lambda i: [ANSWERED[i], f"{CLOSED[i]}小时" if i % 2 else CLOSED[i]],
    )
    by_times = canonical(times, TICKETS | {"columns": NAMES | {"first_response_at": "answered", "closed_at": "closed"}})
    by_spent = canonical(
        spent,
        TICKETS | {"columns": NAMES | {"first_response_in": "首次响应时长(分钟)", "closed_in": "resolution hours"}},
    )
    pd.testing.assert_frame_equal(kpis(by_spent), kpis(by_times))
    assert 0 < kpis(by_times).query("metric == 'complaint_close_rate'")["value"].iloc[0] < 1
    assert (by_spent / "tickets.parquet").read_bytes() == (by_times / "tickets.parquet").read_bytes()


def test_where_only_the_end_is_known_the_beginning_follows(tmp_path, size):
    lines = [
        ["T1", "2026-01-06 09:00", "26", "complaint"],
        ["T2", "2026-01-06", "1", "complaint"],
        ["T3", "", "2", "x"],
    ]
    write_csv(tmp_path / "desk.csv", [["no", "closed", "hours", "kind"], *lines])
    names = {"ticket_id": "no", "closed_at": "closed", "closed_in": "hours"}
    made = canonical(tmp_path, TICKETS | {"columns": names | {"kind": ""}})
    assert rows(made, "SELECT ticket_id, opened_at, closed_at FROM {tickets}") == [
        ("T1", datetime(2026, 1, 5, 7), datetime(2026, 1, 6, 9)),
        ("T2", datetime(2026, 1, 6, 22, 59, 59), datetime(2026, 1, 6, 23, 59, 59)),
    ]
    assert [row["reason"] for row in set_aside(made, "desk")] == ["required_missing"]


def test_a_duration_that_the_two_times_contradict_is_told_and_the_times_stand(tmp_path, size):
    lines = [
        ["T1", "2026-01-05 08:00", "2026-01-05 10:20", "2"],  # rounded
        ["T2", "2026-01-05 08:00", "2026-01-06 08:00", "8"],  # hours of work
        ["T3", "2026-01-05", "2026-01-06", "30"],  # days without a time leave room
        ["T4", "2026-01-05 08:00", "", "5"],  # not closed: so far
    ]
    write_csv(tmp_path / "desk.csv", [["no", "opened", "closed", "处理时长(小时)"], *lines])
    names = {"ticket_id": "no", "opened_at": "opened", "closed_at": "closed", "closed_in": "处理时长(小时)"}
    made = canonical(tmp_path, TICKETS | {"columns": names})
    found = inventory(made)
    assert found["doubtful"][["column", "rule", "cells"]].values.tolist() == [["closed_in", "duration_differs", 1]]
    told = [message for message in remarks(found, date(2026, 6, 30)) if message.id == "ingest.remark.duration_differs"]
    assert [message.args["n"].value for message in told] == [1]
    closed = rows(made, "SELECT closed_at FROM {tickets} ORDER BY ticket_id")
    assert closed == [(datetime(2026, 1, 5, 10, 20),), (datetime(2026, 1, 6, 8),), (datetime(2026, 1, 6),), (None,)]


def test_numbers_without_a_unit_are_refused_until_one_is_said(tmp_path, size):
    write_csv(tmp_path / "desk.csv", [["no", "opened", "处理时长"], ["T1", "2026-01-05 08:00", "3"]])
    source = TICKETS | {"columns": {"ticket_id": "no", "opened_at": "opened", "closed_in": "处理时长"}}
    with pytest.raises(UserError) as told:
        canonical(tmp_path, source)
    assert [problem.message.id for problem in told.value.problems] == ["errors.data.no_duration_unit"]
    made = canonical(tmp_path, source | {"duration_units": {"closed_in": "days"}})
    assert rows(made, "SELECT closed_at FROM {tickets}") == [(datetime(2026, 1, 8, 8),)]
