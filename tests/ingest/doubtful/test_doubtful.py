"""Dates without an order, times that the clock skipped or repeated, numbers that Excel cut, words for nothing."""

from datetime import date, datetime

import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.doubtful.local_times import skipped_and_repeated
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, account, canonical, engagement, rows, set_aside, write_csv

HEAD = ["order_id", "ordered_on", "amount", "customer_key"]
BERLIN = {"time_zone": "Europe/Berlin"}
TICKETS = {"name": "tickets", "table": "tickets", "file": "t.csv"}


def days(folder, *texts):
    write_csv(folder / "pos.csv", [HEAD, *([str(i), text, "10", "a"] for i, text in enumerate(texts))])
    return folder


def rules(made, source):
    frame = inventory(made)["standardised"].query("source == @source")
    return {(row.column, row.rule): row.changed for row in frame.itertuples()}


def test_a_date_whose_order_nobody_said_is_set_aside(tmp_path):
    made = canonical(days(tmp_path, "2026-01-05", "01/02/2026", "25/12/2025", "26-01-05"), ORDERS)
    assert [(row["line"], row["reason"], row["column"]) for row in set_aside(made, "pos")] == [
        ("3", "ambiguous_date", "ordered_on"),
        ("4", "ambiguous_date", "ordered_on"),
        ("5", "ambiguous_date", "ordered_on"),
    ]
    assert account(made).iloc[0]["amount_quarantined"] == 30


def test_declaring_the_order_settles_it(tmp_path):
    made = canonical(days(tmp_path, "01/02/2026", "25/12/2025"), ORDERS | {"date_order": "DMY"})
    assert rows(made, "SELECT ordered_on FROM {orders} ORDER BY order_id") == [
        (date(2026, 2, 1),),
        (date(2025, 12, 25),),
    ]


@pytest.mark.parametrize(
    ("texts", "id"),
    [
        (("01/02/2026", "25/12/2025"), "errors.data.ambiguous_dates_order"),
        (("01/02/2026", "03/04/2026"), "errors.data.ambiguous_dates"),
    ],
)
def test_or_is_refused_with_the_order_that_fits(tmp_path, texts, id):
    with pytest.raises(UserError) as caught:
        canonical(days(tmp_path, "2026-01-05", *texts), ORDERS, data={"ambiguous_dates": "refuse"})
    (problem,) = caught.value.problems
    assert problem.message.id == id
    assert problem.where == "engagement.toml [[sources]] #1 (pos) date_order"
    assert "line 3" in str(caught.value)


def test_check_names_the_order_of_dates_that_were_set_aside(tmp_path):
    found = check_data(days(tmp_path, "01/02/2026", "25/12/2025", "2026-01-01"), engagement(ORDERS))
    assert "errors.data.date_order" in [problem.message.id for problem in found]
    assert "DMY" in found[0].text(catalogue("en"))


@pytest.mark.parametrize(("policy", "kept"), [("quarantine", 1), ("missing", 2)])
def test_a_date_that_a_row_can_do_without(tmp_path, policy, kept):
    write_csv(tmp_path / "members.csv", [["customer_key", "birth_date"], ["a", "1990-01-02"], ["b", "01/02/1990"]])
    made = canonical(tmp_path, MEMBERS, data={"ambiguous_dates": policy})
    assert account(made).iloc[0]["accepted"] == kept
    said = {message.id for message in told_of(made, date(2026, 6, 30))}
    assert "ingest.remark.ambiguous_date" in said


def test_clocks_go_forward_and_back():
    skipped, repeated = skipped_and_repeated("Europe/Berlin", 2024, 2024)
    assert (datetime(2024, 3, 31, 2), datetime(2024, 3, 31, 3)) in skipped
    assert (datetime(2024, 10, 27, 2), datetime(2024, 10, 27, 3)) in repeated
    assert skipped_and_repeated("Asia/Shanghai", 2000, 2030) == ((), ())
    assert skipped_and_repeated("Australia/Lord_Howe", 2024, 2024)[0][-1] == (
        datetime(2024, 10, 6, 2),
        datetime(2024, 10, 6, 2, 30),
    )


def opened(folder, *times):
    write_csv(folder / "t.csv", [["ticket_id", "opened_at"], *([str(i), t] for i, t in enumerate(times))])
    return folder


TIMES = ("2024-03-31 01:59:59", "2024-03-31 02:30", "2024-03-31 03:00", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z")


def test_a_time_that_the_clock_skipped_is_set_aside(tmp_path):
    made = canonical(opened(tmp_path, *TIMES), TICKETS, report=BERLIN)
    (row,) = set_aside(made, "tickets")
    assert (row["line"], row["reason"], row["column"]) == ("3", "impossible_time", "opened_at")
    assert rules(made, "tickets")["opened_at", "repeated_hour"] == 1  # what says its offset is sure
    assert rules(made, "tickets")["opened_at", "time_zone"] == 1
    assert rows(made, "SELECT COUNT(*) FROM {tickets} WHERE opened_at = '2024-10-27 02:30'") == [(2,)]


def test_or_is_refused(tmp_path):
    with pytest.raises(UserError) as caught:
        canonical(opened(tmp_path, *TIMES), TICKETS, report=BERLIN, data={"impossible_times": "refuse"})
    assert [problem.message.id for problem in caught.value.problems] == ["errors.data.impossible_times"]


def test_elsewhere_the_hour_is_there(tmp_path):
    made = canonical(opened(tmp_path, *TIMES), TICKETS)
    assert set_aside(made, "tickets") == []


def test_numbers_that_excel_cut_are_told_and_not_guessed(tmp_path):
    write_csv(
        tmp_path / "pos.csv",
        [
            [*HEAD, "phone"],
            ["2.0260105E+17", "2026-01-05", "10", "a", ""],
            ["A1", "2026-01-05", "10", "1.38001E+10", "1.38001E+10"],
            ["110101199003070012", "2026-01-05", "10", "110101199003070012", ""],
        ],
    )
    made = canonical(tmp_path, ORDERS)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "pos")] == [("2", "excel_broken")]
    assert rows(made, "SELECT customer_id IS NULL FROM {orders} WHERE order_id = 'A1'") == [(True,)]
    assert rows(made, "SELECT order_id FROM {orders} ORDER BY 1") == [("110101199003070012",), ("A1",)]
    said = [message.id for message in told_of(made, date(2026, 6, 30))]
    assert said.count("ingest.remark.excel_broken") == 3


def test_words_for_nothing_count_as_missing_but_names_stay_names(tmp_path):
    head = ["customer_key", "name", "city", "tier", "phone"]
    write_csv(
        tmp_path / "members.csv",
        [
            head,
            ["a", "None", "N/A", "无", "-"],
            ["b", "NULL", "ＮＡ", "金卡", "无"],
            ["c", "-", "上海", "null", ""],
            ["nan", "NA", "", "", "13800138000"],
        ],
    )
    made = canonical(tmp_path, MEMBERS)
    records = made / "trail" / "records.parquet"
    named = rows(made, f"SELECT customer_key, name FROM read_parquet('{records}') ORDER BY customer_key, name")
    assert named == [("a", "None"), ("b", "NULL"), ("c", None), (None, "NA")]
    assert rules(made, "members") == {
        ("city", "missing"): 2,
        ("city", "place"): 1,
        ("tier", "missing"): 2,
        ("phone", "missing"): 2,
        ("phone", "phone"): 1,
        ("name", "missing"): 1,
        ("customer_key", "nobody"): 1,
    }


def test_the_words_for_nothing_can_be_declared(tmp_path):
    write_csv(tmp_path / "members.csv", [["customer_key", "tier"], ["a", "无"], ["b", "keine"]])
    made = canonical(tmp_path, MEMBERS | {"missing": ["KEINE"]})
    assert rows(made, "SELECT tier FROM {customers} ORDER BY tier NULLS LAST") == [("无",), (None,)]
