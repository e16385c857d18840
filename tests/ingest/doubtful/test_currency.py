"""Amounts in several currencies: converted by declared rates, never summed as if they were one."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.errors import UserError
from crm_lib.ingest.values.currency_words import parse_currency
from crm_lib.ingest.values.numbers import read_number
from crm_lib.language import catalogue
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, rows, set_aside, table, write_csv

HEAD = ["order_id", "ordered_on", "amount", "currency", "customer_key"]
RATES = {"rates": {"USD": 7.1, "EUR": {"2026-01": 7.8, "2026-02": 8}}, "source": "Bank"}


def shop(folder, lines, head=HEAD):
    write_csv(folder / "pos.csv", [head, *lines])
    return folder


def test_amounts_are_converted_by_the_rate_of_their_month_and_both_are_kept(tmp_path):
    lines = [
        ["1", "2026-01-05", "100", "CNY", "a"],
        ["2", "2026-01-05", "10.05", "USD", "b"],
        ["3", "2026-01-05", "10", "欧元", "c"],
        ["4", "2026-02-05", "10", "EUR", "d"],
    ]
    made = canonical(shop(tmp_path, lines), ORDERS, currency=RATES)
    assert [float(v) for (v,) in rows(made, "SELECT amount FROM {orders} ORDER BY order_id")] == [100, 71.36, 78, 80]
    kept = duckdb.sql(
        f"SELECT line, currency, original, amount FROM '{made}/trail/conversions.parquet' ORDER BY line"
    ).fetchall()
    assert [tuple(map(str, row)) for row in kept] == [
        ("3", "USD", "10.05", "71.36"),
        ("4", "EUR", "10.00", "78.00"),
        ("5", "EUR", "10.00", "80.00"),
    ]
    assert account(made).iloc[0]["amount_read"] == 329.36


@pytest.mark.parametrize(
    ("header", "costs"),
    [
        ("Cost", [60, 426, 468]),  # as the row's amount
        ("Cost CNY", [60, 60, 60]),  # in the currency of the books, whatever the customer pays in
        ("cost_cny", [60, 60, 60]),
        ("Cost (EUR)", [468, 468, 468]),
        ("Cost of all", [60, 426, 468]),  # ALL is a currency too, but none of the engagement's
    ],
)
def test_costs_are_in_the_currency_that_their_header_names(tmp_path, header, costs):
    lines = [[str(i), "2026-01-05", "100", code, "60", "a"] for i, code in enumerate(["CNY", "USD", "EUR"])]
    shop(tmp_path, lines, [*HEAD[:4], header, HEAD[4]])
    made = canonical(tmp_path, ORDERS | {"columns": {"cost": header}}, currency=RATES)
    found = rows(made, "SELECT amount, cost FROM {order_lines} ORDER BY order_id")
    assert [tuple(map(float, row)) for row in found] == list(zip([100, 710, 780], costs, strict=True))


def test_what_rounding_by_row_adds_is_told(tmp_path):
    """The client multiplies the sum: 3 x 10.05 x 7.1 = 214.07, and not 3 x 71.36 = 214.08."""
    lines = [[str(i), "2026-01-05", "10.05", "USD", "a"] for i in range(3)]
    made = canonical(shop(tmp_path, lines), ORDERS, currency=RATES)
    (row,) = inventory(made)["currencies"].itertuples()
    assert (row.amount_original, row.amount, row.amount_of_sum) == pytest.approx((30.15, 214.08, 214.07))
    (said,) = [m for m in told_of(made, date(2026, 6, 30)) if m.id == "currency.rounded"]
    assert "converted to 214.08" in catalogue("en").text(said)
    assert "214.07" in catalogue("en").text(said)


def test_nothing_is_told_of_rounding_that_adds_nothing(tmp_path):
    made = canonical(shop(tmp_path, [["1", "2026-01-05", "10", "USD", "a"]]), ORDERS, currency=RATES)
    assert "currency.rounded" not in {message.id for message in told_of(made, date(2026, 6, 30))}


def test_a_currency_column_without_a_rate_is_refused_with_its_counts(tmp_path):
    lines = [[str(i), "2026-03-05", "10", code, "a"] for i, code in enumerate(["CNY", "EUR", "HKD", "HKD"])]
    with pytest.raises(UserError) as caught:
        canonical(shop(tmp_path, lines), ORDERS, currency=RATES)
    (problem,) = caught.value.problems
    assert problem.where == "engagement.toml [[sources]] #1 (pos) columns.currency"
    assert "EUR (1 row)" in str(caught.value)
    assert "HKD (2 rows)" in str(caught.value)


def test_or_its_rows_are_set_aside_and_count_as_no_money_of_ours(tmp_path):
    lines = [[str(i), "2026-03-05", "10", code, "a"] for i, code in enumerate(["CNY", "EUR", "HKD", "", "???"])]
    made = canonical(shop(tmp_path, lines), ORDERS, currency=RATES | {"without_rate": "quarantine"})
    assert [(row["line"], row["reason"]) for row in set_aside(made, "pos")] == [
        ("3", "no_rate"),
        ("4", "no_rate"),
        ("5", "required_missing"),
        ("6", "invalid_value"),
    ]
    file = account(made).iloc[0]
    assert (file["amount_read"], file["amount_accepted"], file["amount_quarantined"]) == (30, 10, 20)
    frame = inventory(made)["currencies"]
    assert list(frame[["currency", "rows", "without_rate"]].itertuples(index=False, name=None)) == [
        ("EUR", 1, 1),
        ("HKD", 1, 1),
    ]
    assert "ingest.remark.no_rate" in {message.id for message in told_of(made, date(2026, 6, 30))}


def test_a_constant_currency_without_a_rate_is_always_refused(tmp_path):
    lines = [["1", "2026-03-05", "10", "", "a"]]
    source = ORDERS | {"constants": {"currency": "HKD"}}
    with pytest.raises(UserError) as caught:
        canonical(shop(tmp_path, lines), source, currency={"without_rate": "quarantine"})
    assert caught.value.problems[0].where.endswith("constants.currency")


def test_a_sign_beside_the_amount_says_its_currency_where_nothing_else_does(tmp_path):
    lines = [["1", "2026-03-05", "￥10", "a"], ["2", "2026-03-05", "$10", "b"], ["3", "2026-03-05", "£10", "c"]]
    made = canonical(shop(tmp_path, lines, [*HEAD[:3], "customer_key"]), ORDERS, currency=RATES)
    assert [float(a) for (a,) in rows(made, "SELECT amount FROM {orders} ORDER BY order_id")] == [10, 71]
    assert [row["reason"] for row in set_aside(made, "pos")] == ["no_rate"]


def test_a_sign_that_contradicts_the_row_sets_it_aside(tmp_path):
    lines = [["1", "2026-03-05", "€10", "USD", "a"], ["2", "2026-03-05", "$10", "USD", "a"]]
    made = canonical(shop(tmp_path, lines), ORDERS, currency=RATES)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "pos")] == [("2", "other_currency")]


def test_the_report_can_be_in_dollars(tmp_path):
    lines = [["1", "2026-03-05", "$10", "a"], ["2", "2026-03-05", "10", "a"]]
    made = canonical(shop(tmp_path, lines, [*HEAD[:3], "customer_key"]), ORDERS, report={"currency": "USD"})
    assert table(made, "orders")["amount"].sum() == 20


@pytest.mark.parametrize(
    ("text", "amount", "currencies"),
    [
        ("12万", "120000.00", ()),
        ("1.5亿元", "150000000.00", ("CNY", "TWD", "HKD", "SGD")),
        ("3千", "3000.00", ()),
        ("3千万", "30000000.00", ()),
        ("20k", "20000.00", ()),
        ("1.5M", "1500000.00", ()),
        ("5万美元", "50000.00", ("USD",)),
        ("HK$30", "30.00", ("HKD",)),
        ("CHF 1'000.50", "1000.50", ("CHF",)),
        ("¥12元", "12.00", ("CNY",)),
        ("12 pcs", "12.00", ()),
    ],
)
def test_units_and_currencies_beside_a_number(text, amount, currencies):
    number = read_number(text)
    assert (str(number.value), number.currencies) == (amount, currencies)


def test_a_unit_in_the_cell_takes_the_place_of_the_declared_one():
    assert [str(read_number(t, unit=10000).value) for t in ("12", "12万")] == ["120000.00", "120000.00"]
    assert read_number("$5 €") is None


def test_names_of_currencies():
    words = ["RMB", "人民币", "美元", "usd", "US Dollar", "港币", "xyz", "12", ""]
    assert [parse_currency(w) for w in words] == ["CNY", "CNY", "USD", "USD", "USD", "HKD", None, None, None]


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(st.sampled_from(["CNY", "USD", "EUR", "HKD", ""]), st.integers(-500, 500), st.sampled_from("123")),
        min_size=1,
        max_size=8,
    )
)
def test_money_is_accounted_for_in_one_currency(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("shop")
    written = [[str(i), f"2026-0{m}-05", str(n), code, "a"] for i, (code, n, m) in enumerate(lines)]
    made = canonical(shop(folder, written), ORDERS, currency=RATES | {"without_rate": "quarantine"})
    rate = {("USD", m): 7.1 for m in "123"} | {("CNY", m): 1 for m in "123"} | {("EUR", "1"): 7.8, ("EUR", "2"): 8}
    expected = sum(n * rate.get((code, m), 0 if code else 1) for code, n, m in lines)
    file = account(made).iloc[0]
    assert file["amount_read"] == pytest.approx(expected, abs=0.01 * len(lines))
    kept = file[["amount_accepted", "amount_quarantined", "amount_duplicates"]].sum()
    assert file["amount_read"] == pytest.approx(kept, abs=1e-6)
    assert file["accepted"] == sum((code, m) in rate for code, _, m in lines)
