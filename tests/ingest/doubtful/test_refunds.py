"""Refunds find the order that they take back, where that is beyond doubt; none is dropped."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.build import _ORDERS
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, rows, text_of, write_csv

HEAD = ["order_id", "line_no", "ordered_on", "customer_key", "product_id", "amount", "kind", "refund_of"]


def shop(folder, *lines):
    write_csv(folder / "pos.csv", [HEAD, *lines])
    return canonical(folder, ORDERS)


def linked(made):
    return dict(rows(made, "SELECT order_id, refund_of FROM {orders} WHERE kind = 'refund' ORDER BY order_id"))


def how(made):
    frame = inventory(made)["refunds"]
    return {row.how: (row.rows, row.amount) for row in frame.itertuples()}


def test_a_refund_is_linked_by_customer_product_and_amount(tmp_path):
    made = shop(
        tmp_path,
        ["A", "1", "2026-01-01", "m1", "p", "10", "sale", ""],
        ["B", "1", "2026-01-02", "m1", "q", "10", "sale", ""],
        ["C", "1", "2026-01-03", "m2", "p", "10", "sale", ""],
        ["R1", "1", "2026-01-05", "m1", "p", "10", "refund", ""],
        ["R2", "1", "2026-01-05", "m1", "q", "-10", "refund", "B"],
        ["R3", "1", "2026-01-05", "m2", "p", "9", "refund", ""],
        ["R4", "1", "2026-01-05", "", "p", "9", "refund", ""],
        ["R5", "1", "2026-01-05", "m1", "p", "9", "refund", "before the export"],
        ["A", "2", "2026-01-01", "m1", "x", "-1", "sale", ""],
    )
    assert linked(made) == {"R1": "A", "R2": "B", "R3": None, "R4": None, "R5": "before the export"}
    assert how(made) == {
        "matched": (1, -10),
        "given": (1, -10),
        "unmatched": (1, -9),
        "no_customer": (1, -9),
        "not_there": (1, -9),
        "same_order": (1, -1),
    }
    (remark,) = [m for m in told_of(made, date(2026, 6, 30)) if m.id == "ingest.remark.refunds"]
    for language in LANGUAGES:
        assert "27" in catalogue(language).text(remark)


ALL_ORDERS = (
    "SELECT order_id, customer_id IS NULL, ordered_on, kind, refund_of, CAST(amount AS INT) FROM {orders} ORDER BY 1"
)


@pytest.mark.parametrize(("sale", "refund"), [("sale", "refund"), ("sale", "sale"), ("", "")])
def test_money_given_back_under_the_number_of_the_sale_is_taken_off_on_its_own_day(tmp_path, sale, refund):
    first, again = date(2026, 3, 2), date(2026, 4, 7)
    made = shop(
        tmp_path,
        ["A", "1", "2026-03-02", "m1", "p", "100", sale, ""],
        ["A", "2", "2026-03-02", "m1", "q", "50", sale, ""],
        ["A", "3", "2026-03-02", "m1", "voucher", "-5", sale, ""],
        ["A", "4", "2026-04-07", "", "p", "-60", refund, ""],
        ["A", "5", "2026-04-09", "", "p", "-20", refund, ""],
        ["B", "1", "2026-04-07", "m1", "p", "70", sale, ""],
    )
    assert rows(made, ALL_ORDERS) == [
        ("A", False, first, "sale", None, 145),
        ("A / 2026-04-07", False, again, "refund", "A", -60),
        ("A / 2026-04-09", False, date(2026, 4, 9), "refund", "A", -20),
        ("B", False, again, "sale", None, 70),
    ]
    assert account(made).iloc[0]["amount_accepted"] == 135


def test_a_refund_of_several_days_has_a_row_for_each(tmp_path):
    made = shop(
        tmp_path,
        ["R", "1", "2026-01-05", "m1", "p", "10", "refund", "A"],
        ["R", "2", "2026-01-06", "m1", "q", "20", "refund", "A"],
    )
    assert rows(made, ALL_ORDERS) == [
        ("R", False, date(2026, 1, 5), "refund", "A", -10),
        ("R / 2026-01-06", False, date(2026, 1, 6), "refund", "A", -20),
    ]


def test_a_positive_line_of_what_is_taken_for_a_refund_keeps_its_sign(tmp_path):
    made = shop(
        tmp_path,
        ["A", "1", "2026-01-05", "m1", "p", "5", "", ""],
        ["A", "2", "2026-01-05", "m1", "q", "-12", "", ""],
    )
    assert rows(made, "SELECT kind, CAST(amount AS INT) FROM {orders}") == [("refund", -7)]


def test_repeats_are_told_alike_whether_refunds_carry_the_number_of_their_sale(tmp_path):
    head = ["order_id", "ordered_on", "customer_key", "amount"]
    sales = [[f"A{i}", "2026-03-02", f"m{i}", "100"] for i in range(40)]
    back = [["A1", "2026-03-09", "m1", "-100"], ["A2", "2026-03-09", "m2", "-100"]]
    write_csv(tmp_path / "pos.csv", [head, *sales, *back, sales[5]])
    (file,) = account(canonical(tmp_path, ORDERS)).itertuples()
    assert (file.rows_read, file.accepted, file.duplicates) == (43, 42, 1)


def test_a_later_order_is_not_what_was_taken_back(tmp_path):
    made = shop(
        tmp_path,
        ["A", "1", "2026-01-09", "m1", "p", "10", "sale", ""],
        ["R", "1", "2026-01-05", "m1", "p", "10", "refund", ""],
    )
    assert linked(made) == {"R": None}


def test_where_two_orders_can_be_meant_none_is(tmp_path):
    made = shop(
        tmp_path,
        ["A", "1", "2026-01-01", "m1", "p", "10", "sale", ""],
        ["B", "1", "2026-01-02", "m1", "p", "10", "sale", ""],
        ["R", "1", "2026-01-05", "m1", "p", "10", "refund", ""],
    )
    assert linked(made) == {"R": None}
    assert how(made) == {"ambiguous": (1, -10)}


def test_what_was_taken_back_already_is_not_taken_back_again(tmp_path):
    made = shop(
        tmp_path,
        ["A", "1", "2026-01-01", "m1", "p", "10", "sale", ""],
        ["B", "1", "2026-01-02", "m1", "p", "10", "sale", ""],
        ["R1", "1", "2026-01-05", "m1", "p", "10", "refund", "A"],
        ["R2", "1", "2026-01-05", "m1", "p", "10", "refund", ""],
    )
    assert linked(made) == {"R1": "A", "R2": "B"}


@pytest.mark.parametrize(("lines", "found"), [(1, {"R1": None, "R2": None}), (2, {"R1": "A", "R2": "A"})])
def test_no_more_is_taken_back_than_was_bought(tmp_path, lines, found):
    sold = [["A", str(i), "2026-01-01", "m1", "p", "10", "sale", ""] for i in range(lines)]
    back = [[f"R{i}", "1", "2026-01-05", "m1", "p", "10", "refund", ""] for i in (1, 2)]
    assert linked(shop(tmp_path, *sold, *back)) == found


LINE = st.tuples(
    st.sampled_from("ABCD"),
    st.sampled_from(["2026-01-01", "2026-01-02"]),
    st.sampled_from(["m1", "m2", ""]),
    st.sampled_from(["p", ""]),
    st.sampled_from(["5", "-5", "7"]),
    st.sampled_from(["sale", "refund", ""]),
)


@settings(max_examples=5)
@given(st.lists(st.lists(LINE, min_size=1, max_size=9), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_links_do_not_depend_on_the_order_of_rows(tmp_path_factory, sets, shuffle):
    """Three sets of orders, customers and products of their own in each preparation."""
    written = [
        [f"{id}{n}", str(i), day, who and f"{who}-{n}", what and f"{what}{n}", amount, kind, ""]
        for n, lines in enumerate(sets)
        for i, (id, day, who, what, amount, kind) in enumerate(lines)
    ]
    made = [shop(tmp_path_factory.mktemp("x"), *part) for part in (written, shuffle.sample(written, len(written)))]
    assert (made[0] / "orders.parquet").read_bytes() == (made[1] / "orders.parquet").read_bytes()
    frames = [inventory(folder)["refunds"] for folder in made]
    assert frames[0].equals(frames[1])
    negative = rows(made[0], "SELECT COUNT(*), SUM(amount) FROM {order_lines} WHERE amount < 0 OR kind = 'refund'")
    assert (int(frames[0]["rows"].sum()), frames[0]["amount"].sum()) == (negative[0][0], float(negative[0][1] or 0))
    assert account(made[0]).iloc[0]["accepted"] == len(written), text_of(written)


def test_refunds_without_line_numbers_are_refunds():
    """A line without a number is told from a sale by itself, not by a join on its number."""
    with duckdb.connect() as connection:
        empty = "NULL::VARCHAR AS {}"
        texts = ", ".join(empty.format(name) for name in ("refund_of", "channel", "store"))
        numbers = ", ".join(f"NULL::DECIMAL(18,2) AS {name}" for name in ("cost", "discount", "quantity"))
        connection.execute(
            f"CREATE TABLE order_lines AS SELECT *, {texts}, {numbers}, 'x' AS category, NULL::DATE AS paid_until"
            " FROM (VALUES ('A', NULL::BIGINT, 'm1', DATE '2026-01-01', 'sale', 10.00::DECIMAL(18,2)),"
            " ('A', NULL, 'm1', DATE '2026-01-03', 'refund', -4.00), ('TH1', NULL, 'm2', DATE '2026-01-02', 'refund', -5.00),"
            " ('TH1', NULL, 'm2', DATE '2026-01-02', 'refund', -1.00))"
            " AS lines (order_id, line_no, customer_id, ordered_on, kind, amount)"
        )
        found = connection.sql(f"SELECT order_id, kind, refund_of, CAST(amount AS INT) FROM ({_ORDERS})").fetchall()
    assert found == [
        ("A", "sale", None, 10),
        ("A / 2026-01-03", "refund", "A", -4),
        ("TH1", "refund", None, -6),
    ]
