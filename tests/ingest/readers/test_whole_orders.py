"""Only the first row of an order says what holds for all of it, as Shopify exports: nothing is lost, nothing counted twice."""

import csv
import io

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.engagement import Source, load
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.readers.whole_orders import settled
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import prepare
from crm_lib.run.profile import look_at, write_draft
from tests.ingest.folder import account, engagement

HEAD = ["Name", "Email", "Financial Status", "Paid at", "Currency", "Total", "Discount Amount", "Lineitem quantity"]
HEAD += ["Lineitem name", "Lineitem price", "Id", "Refunded Amount"]
COLUMNS = {
    "order_id": "Name",
    "ordered_at": "Paid at",
    "email": "Email",
    "amount": "Total",
    "quantity": "Lineitem quantity",
}
COLUMNS |= {"product_name": "Lineitem name", "discount": "Discount Amount", "currency": "Currency"}
SOURCE = {"name": "shop", "table": "order_lines", "file": "shop.csv", "columns": COLUMNS, "whole_order": "Name"}
SOURCE |= {"split_by": ["Lineitem price", "Lineitem quantity"], "given_back": "Refunded Amount"}


def orders(n=60):
    """Orders of one to three items; every sixth is voided, every seventh given back in part, every eleventh wholly."""
    rows = []
    for i in range(n):
        items = [(f"Item {k}", 10 + k, 1 + (i + k) % 2) for k in range(1 + i % 3)]
        total = sum(price * n for _, price, n in items) + 4.99
        back = 0.0 if i % 6 == 5 else total if i % 11 == 3 else 5.0 if i % 7 == 1 else 0.0
        state = "voided" if i % 6 == 5 else "refunded" if back == total else "partially_refunded" if back else "paid"
        first = [
            f"a{i % 23}@shop.example",
            state,
            f"2026-01-{1 + i % 28:02d} 10:00:00 +0000",
            "USD",
            f"{total:.2f}",
            "1.00",
        ]
        for k, (item, price, number) in enumerate(items):
            head, tail = (first, [str(5000 + i), f"{back:.2f}"]) if k == 0 else ([""] * 6, ["", ""])
            rows.append([f"#{1000 + i}", *head, str(number), item, f"{price}.00", *tail])
    return rows


def text(rows):
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *rows])
    return out.getvalue().encode()


def table(rows):
    columns = {name: [row[i] for row in rows] for i, name in enumerate(HEAD)}
    return pa.table({LINE: list(range(2, 2 + len(rows))), **columns})


def test_rows_say_what_their_order_says_and_money_adds_up_to_the_cent():
    rows = [
        ["#1", "a@x.io", "paid", "2026-01-01", "USD", "10.00", "1.00", "1", "A", "1.00", "9", "0.01"],
        ["#1", "", "", "", "", "", "", "2", "B", "1.00", "", ""],
        ["#2", "", "paid", "2026-01-02", "EUR", "US$7.00", "0.00", "1", "A", "7.00", "8", ""],
        ["#3", "c@x.io", "paid", "2026-01-03", "USD", "abc", "", "1", "A", "7.00", "7", ""],
        ["#3", "", "", "", "", "", "", "1", "B", "7.00", "", ""],
    ]
    found = settled(table(rows), Source.model_validate(SOURCE)).to_pydict()
    assert found["Total"] == ["3.33", "6.66", "US$7.00", "abc", ""]
    assert found["Discount Amount"] == ["0.33", "0.67", "0.00", "", ""]
    assert found["Email"] == ["a@x.io", "a@x.io", "", "c@x.io", "c@x.io"]
    assert found["Paid at"][1] == "2026-01-01"
    assert found["Id"] == ["9", "", "8", "7", ""]  # nothing is mapped to it


def test_a_column_with_cells_of_its_own_in_other_rows_is_left():
    rows = [[*row] for row in orders(9)]
    rows[2][1] = "own@shop.example"
    found = settled(table(rows), Source.model_validate(SOURCE)).to_pydict()
    assert found["Email"] == [row[1] for row in rows]


def test_an_order_that_the_file_repeats_is_not_one_order_of_twice_the_rows():
    once = orders(9)
    found = settled(table(once + once[-3:]), Source.model_validate(SOURCE)).to_pydict()
    assert found["Total"][-3:] == found["Total"][-6:-3]


@given(st.lists(st.tuples(st.integers(1, 99_999), st.lists(st.integers(0, 9), min_size=1, max_size=5)), min_size=1))
def test_no_cent_is_lost_by_parting(asked):
    rows = []
    for i, (cents, weights) in enumerate(asked):
        for k, weight in enumerate(weights):
            whole = ["p@x.io", "paid", "2026-01-01", "USD", f"{cents / 100:.2f}", ""] if k == 0 else [""] * 6
            rows.append([f"#{i}", *whole, str(weight), "A", "1.00", "", ""])
    found = settled(table(rows), Source.model_validate(SOURCE)).to_pydict()
    assert round(sum(float(cell) for cell in found["Total"]) * 100) == sum(cents for cents, _ in asked)


@pytest.mark.parametrize("large", [False, True])
def test_the_draft_of_such_a_file_keeps_every_item_and_the_money_of_what_was_sold(tmp_path, monkeypatch, large):
    if large:
        monkeypatch.setattr("crm_lib.ingest.load.LARGE_BYTES", 1)
    (tmp_path / "orders_export.csv").write_bytes(text(orders()))
    found, problems = look_at([tmp_path / "orders_export.csv"])
    assert problems == []
    path = write_draft(found, tmp_path, catalogue("en"), "x", "retail")
    draft = path.read_text("utf-8")
    assert 'whole_order = "Name"' in draft
    assert 'split_by = ["Lineitem price", "Lineitem quantity"]' in draft
    assert "line_no" not in draft
    assert check_data(tmp_path, load(tmp_path)) == []
    place = prepare(tmp_path, load(tmp_path))
    kept = account(place).iloc[0]
    sold = [row for row in orders() if int(row[0][1:]) % 6 != (1000 + 5) % 6]
    assert (kept["accepted"], kept["quarantined"]) == (len(sold), 0)
    assert kept["non_data"] == len(orders()) - len(sold)
    money = sum(float(row[5]) - float(row[-1]) for row in sold if row[5])
    assert round(kept["amount_accepted"], 2) == round(money, 2)
    lines = duckdb.sql(
        f"SELECT COUNT(*), COUNT(customer_id), SUM(quantity) FROM '{place}/order_lines.parquet'"
    ).fetchone()
    assert lines == (len(sold), len(sold), sum(int(row[7]) for row in sold))


def test_rows_of_orders_are_told_of_order_files_only():
    with pytest.raises(ValueError, match="orders_of_what"):
        Source.model_validate(SOURCE | {"table": "tickets"})
    with pytest.raises(ValueError, match="split_of_what"):
        Source.model_validate(SOURCE | {"whole_order": None})


def test_without_it_the_rows_that_would_be_lost_are_told_with_the_setting(tmp_path):
    (tmp_path / "shop.csv").write_bytes(text([*orders(), *([f"#{i}", *orders()[0][1:]] for i in range(60))]))
    plain = {key: value for key, value in SOURCE.items() if key not in ("whole_order", "split_by", "given_back")}
    found = check_data(tmp_path, engagement(plain, report={"currency": "USD"}))
    assert any('whole_order = "Name"' in catalogue("en").text(problem.message) for problem in found)
