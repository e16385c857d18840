"""The inventory of the demo engagement says what was planted in it; small cases by hand."""

import json
import shutil
from datetime import date

import pandas as pd
import pytest

from crm_lib.engagement import Definitions, load
from crm_lib.engine import connect, connect_frames
from crm_lib.language import catalogue, msg
from crm_lib.layering.inventory import counts as tables
from crm_lib.layering.inventory import findings as says
from crm_lib.paths import PROJECT
from crm_lib.run.prepare import inventory, prepare
from tests.layering.inventory_frames import file_row

DEMO = PROJECT / "data" / "demo"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(DEMO / "raw", folder / "raw")
    shutil.copy(DEMO / "engagement.toml", folder)
    engagement = load(folder)
    canonical = prepare(folder, engagement)
    return inventory(canonical), connect(canonical, engagement.cycle.baseline), engagement


@pytest.fixture(scope="module")
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


def test_every_row_is_accounted_for_and_what_was_planted_is_set_aside(demo, truth):
    frames, engine, engagement = demo
    files = tables.account(frames, engine, engagement.cycle.baseline)
    assert (files["difference"] == 0).all()
    assert files.set_index(files["file"].str.removeprefix("raw/"))["rows_read"].to_dict() == truth["rows"]
    planted = dict.fromkeys(("row", "value", "duplicate"), 0)
    for faults in truth["faults"].values():
        for fault in faults.values():
            planted[fault["level"]] += fault["count"]
    assert files["quarantined"].sum() == planted["row"]
    assert files["duplicates"].sum() == planted["duplicate"]
    assert tables.quarantine(frames)["rows"].sum() == planted["row"]
    assert says.account_callout(files)[1] == "good"
    assert (files["newest_known"].dropna() <= pd.Timestamp(engagement.cycle.baseline)).all()


def test_records_become_customers_without_a_remainder(demo):
    frames, _, _ = demo
    counts = tables.records_to_customers(frames).set_index("stage")["count"]
    assert counts["records"] == counts.drop("records").sum()
    pairs = tables.source_overlap(frames)
    same = pairs[[one == other for one, other in zip(pairs["label"], pairs["other"], strict=True)]]
    assert (same["share"] == 1).all()
    assert tables.sources_per_customer(frames)["customers"].sum() == counts["customers"]


def test_only_what_describes_customers_is_in_the_completeness_map(demo):
    frames, _, _ = demo
    grid = tables.completeness_grid(tables.fields(frames))
    assert not grid.duplicated(["source", "column"]).any()
    assert "campaigns" not in set(grid["source"])
    assert set(grid.loc[grid["source"] == "pos_orders", "column"]) <= {"customer_key", "phone", "email", "name"}
    assert grid["completeness"].between(0, 1).all()


def test_rows_that_are_no_data_are_told_by_kind_and_later_ones_by_themselves():
    row = {"source": "a", "file": "a.csv", "table": "order_lines", "newest": pd.NaT}
    row |= {"rows_read": 12, "accepted": 6, "duplicates": 1, "quarantined": 0, "later": 2, "non_data": 3}
    row |= {f"amount_{name}": 1.0 for name in ("read", "accepted", "quarantined", "duplicates", "later")}
    row["amount_declared"] = 0.0
    kinds = pd.DataFrame([("a", "a.csv", "blank", 2), ("a", "a.csv", "total", 1)])
    frames = {"files": pd.DataFrame([row]), "non_data": kinds.set_axis(["source", "file", "kind", "rows"], axis=1)}
    files = tables.account(frames, connect_frames({}), date(2026, 3, 31))
    assert files[["difference", "blank", "total", "footer", "declared"]].iloc[0].tolist() == [0, 2, 1, 0, 0]
    assert files["accepted_share"].iloc[0] == 6 / 7
    amounts, tone, rows = says.account_callout(files)
    assert (tone, rows.id, amounts.id) == ("good", "layering.account.later", "layering.account.amount_later")
    for language, words in (
        ("en", ("Blank rows: 2", "Rows of totals: 1", "2 dated later")),
        ("zh", ("空行 2 行", "合计行 1 行")),
    ):
        assert all(word in catalogue(language).text(rows) for word in words)


def test_a_lost_row_is_not_hidden(demo):
    frames, engine, engagement = demo
    files = frames["files"].assign(rows_read=frames["files"]["rows_read"] + 1)
    _, tone, title = says.account_callout(tables.account({**frames, "files": files}, engine, engagement.cycle.baseline))
    assert tone == "bad"
    assert title.args["lost"].value == len(files)


@pytest.mark.parametrize(("back", "status"), [(0, "good"), (7, "good"), (8, "watch"), (31, "watch"), (32, "bad")])
def test_freshness_by_age(back, status):
    day = date(2026, 3, 31)
    row = dict.fromkeys(("rows_read", *tables.OUTCOMES), 1) | {"source": "a"}
    row |= {"newest": pd.Timestamp(day) - pd.Timedelta(days=back)}
    files = pd.DataFrame([row | {"table": "tickets"}, row | {"table": "customers"}])
    tickets = pd.DataFrame({"ticket_id": ["x"], "opened_at": [pd.Timestamp(day)]})
    found = tables.account({"files": files}, connect_frames({"tickets": tickets}), day)
    assert list(found["freshness"]) == [status, "unknown"]  # a list without a new customer is not stale


def test_a_constant_is_no_header():
    columns = pd.DataFrame({"table": "tickets", "column": ["kind", "reason"], "header": ["", "类别"]})
    columns = columns.assign(constant=["complaint", None], distinct=1, filled=1)
    words = [catalogue("en").text(message) for message in tables.fields({"columns": columns})["given_by"]]
    assert words == ["Declared for every row: complaint", "类别"]


def test_fields_that_nobody_delivers_do_not_lower_the_completeness():
    field_table = pd.DataFrame(
        {
            "field": ["a", "b"],
            "column": ["company_size", "phone"],
            "required": True,
            "filled": [0, 9],
            "customers": 10,
            "completeness": [0.0, 0.9],
        }
    )
    assert says.information(field_table).headline.args["share"].value == pytest.approx(0.9)


def test_overlap_by_hand():
    records = pd.DataFrame(
        [("1", "a", "x"), ("2", "a", "y"), ("3", "b", "x"), ("4", "b", "x"), ("5", "b", None)],
        columns=["record_id", "source", "customer_id"],
    )
    files = pd.DataFrame({"source": ["a", "b", "c"], "label": [{"en": n, "zh": n} for n in "abc"]})
    pairs = tables.source_overlap({"records": records, "files": files})
    assert list(pairs["customers"]) == [2, 1, 1, 1]
    assert list(pairs["share"]) == [1, 0.5, 1, 1]
    spread = tables.sources_per_customer({"records": records})
    assert spread.to_dict("list") == {"sources": [1, 2], "customers": [1, 1], "share": [0.5, 0.5]}


def test_required_fields_that_nobody_has_are_the_finding():
    customers = pd.DataFrame({"customer_id": ["a", "b"], "name": ["A", None], "phone": ["1", "2"]})
    table = says.customer_fields(
        connect_frames({"customers": customers}), Definitions(complete_fields=("name", "city"))
    )
    assert list(table["column"]) == ["city", "name", "phone"]
    assert list(table["completeness"]) == [0, 0.5, 1]
    finding = says.information(table)
    assert finding.severity == "medium"
    assert finding.headline.args["share"].value == 0.5  # of what was delivered
    assert finding.headline.args["weakest"].value == 0.5  # of the field that is in the data
    assert [field.id for field in finding.evidence.args["empty"].value] == ["column.customers.city"]
    assert says.information(table[table["column"] == "city"]).headline.id == "layering.finding.information_none"
    assert says.information(table[~table["required"]]) is None


def test_fields_that_are_equally_empty_are_named_together():
    table = pd.DataFrame({"field": [msg("column.customers.city"), msg("column.customers.gender")], "required": True})
    told = says.information(table.assign(column=["city", "gender"], filled=3, customers=10, completeness=0.3))
    assert len(told.headline.args["field"].value) == 2
    grid = table.assign(label=[{"zh": "甲", "en": "A"}] * 2, completeness=0.3, rows=10)
    assert "City, Gender in A" in catalogue("en").text(says.completeness_title(grid))


def test_a_year_that_another_file_goes_on_from_is_not_stale():
    files = pd.DataFrame([file_row("2024"), file_row("2025"), file_row("old")])
    files["newest"] = pd.to_datetime(["2024-12-31", "2026-03-30", "2023-01-31"])
    days = pd.DataFrame(
        [("2024", "2024.csv", "2024-07-01"), ("2025", "2025.csv", "2025-01-02"), ("old", "old.csv", "2022-01-01")],
        columns=["source", "file", "day"],
    )
    found = tables.account({"files": files, "days": days}, connect_frames({}), date(2026, 3, 31))
    assert list(found["freshness"]) == ["unknown", "good", "bad"]


def test_a_year_whose_last_orders_the_next_file_delivers_too_is_not_stale():
    files = pd.DataFrame([file_row("2024"), file_row("2025"), file_row("shop")])
    files["newest"] = pd.to_datetime(["2025-07-15", "2026-03-30", "2025-06-30"])
    days = pd.DataFrame(
        [("2024", "2024.csv", "2024-07-01"), ("2025", "2025.csv", "2025-07-01"), ("shop", "shop.csv", "2024-07-01")],
        columns=["source", "file", "day"],
    )
    twice = pd.DataFrame([("2024", "2025")], columns=["source", "other"])
    frames = {"files": files, "days": days, "twice": twice}
    found = tables.account(frames, connect_frames({}), date(2026, 3, 31))
    assert list(found["freshness"])[:2] == ["unknown", "good"]
    apart = tables.account(frames | {"twice": twice.iloc[:0]}, connect_frames({}), date(2026, 3, 31))
    assert list(apart["freshness"])[:2] == ["bad", "good"]
