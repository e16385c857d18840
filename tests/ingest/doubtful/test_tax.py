"""Amounts with and without sales tax come to one declared basis; nothing is lost on the way."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_lib.engagement_references import reference_problems
from crm_lib.errors import UserError
from crm_lib.ingest.values.numbers import parse_rate
from crm_lib.ingest.values.tax_words import basis_of
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, rows, set_aside, write_csv

HEAD = ["order_id", "ordered_on", "amount", "vat", "rate", "cost", "discount", "customer_key"]
NET = {"data": {"amounts": "without_tax"}}
GROSS = {"data": {"amounts": "with_tax"}}
AMOUNTS = "SELECT amount FROM {orders} ORDER BY order_id"


def line(id, amount, vat="", rate="", cost="", discount=""):
    return [str(id), "2026-01-05", amount, vat, rate, cost, discount, "a"]


def shop(folder, *lines, name="pos.csv"):
    write_csv(folder / name, [HEAD, *lines])
    return folder


def source(tax, columns=None, **more):
    return ORDERS | {"tax": tax, "columns": columns or {}} | more


def amounts(made, query=AMOUNTS):
    return [str(value) for (value,) in rows(made, query)]


def test_one_rate_takes_the_tax_out_and_puts_it_in(tmp_path):
    shop(tmp_path, line(1, "120"), line(2, "0.03"), line(3, "-60"), line(4, "0"))
    out = canonical(tmp_path, source("included", constants={"tax_rate": 0.2}), **NET)
    assert amounts(out) == ["100.00", "0.03", "-50.00", "0.00"]  # 0.025 is rounded half up
    put_in = canonical(tmp_path, source("excluded", constants={"tax_rate": "20%"}), **GROSS)
    assert amounts(put_in) == ["144.00", "0.04", "-72.00", "0.00"]  # 0.036


def test_the_tax_that_a_row_states_goes_before_its_rate_whatever_its_sign(tmp_path):
    shop(tmp_path, line(1, "100", "13", "0.5"), line(2, "-100", "13"), line(3, "-100", "-13"), line(4, "80", "", "6%"))
    made = canonical(tmp_path, source("included", {"tax_amount": "vat", "tax_rate": "rate"}), **NET)
    assert amounts(made) == ["87.00", "-87.00", "-87.00", "75.47"]


def test_discounts_follow_the_amount_and_costs_only_where_that_is_said(tmp_path):
    shop(tmp_path, line(1, "113", "13", cost="56.5", discount="11.3"))
    lines = "SELECT cost || ' ' || discount FROM {order_lines}"
    how = {"tax_amount": "vat"}
    assert amounts(canonical(tmp_path, source("included", how), **NET), lines) == ["56.50 10.00"]
    made = canonical(tmp_path, source("included", how, tax_on_cost=True), **NET)
    assert amounts(made, lines) == ["50.00 10.00"]


def test_rows_whose_tax_is_not_known_or_cannot_be_are_set_aside_as_written(tmp_path):
    shop(tmp_path, line(1, "120", "20"), line(2, "120"), line(3, "10", "10"), line(4, "120", "?"), line(5, "0"))
    made = canonical(tmp_path, source("included", {"tax_amount": "vat"}), **NET)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "pos")] == [
        ("3", "no_tax"), ("4", "no_tax"), ("5", "no_tax"),
    ]  # fmt: skip
    assert amounts(made) == ["100.00", "0.00"]
    file = account(made).iloc[0]
    assert (file["amount_read"], file["amount_accepted"], file["amount_quarantined"]) == (350, 100, 250)
    with_rate = canonical(tmp_path, source("included", {"tax_amount": "vat"}, constants={"tax_rate": 0}), **NET)
    assert amounts(with_rate) == ["100.00", "120.00", "120.00", "0.00"]


def test_what_was_changed_is_counted_told_and_kept(tmp_path):
    shop(tmp_path, line(1, "120"), line(2, "60"))
    made = canonical(tmp_path, source("included", constants={"tax_rate": 0.2}), **NET)
    frames = inventory(made)
    (row,) = frames["taxes"].to_dict("records")
    assert row == {
        "source": "pos", "file": "pos.csv", "written": "with_tax", "counted": "without_tax",
        "rows": 2, "amount_written": 180, "amount": 150, "without_tax_known": 0,
    }  # fmt: skip
    assert dict(zip(frames["standardised"]["rule"], frames["standardised"]["changed"], strict=True))["tax_removed"] == 2
    kept = duckdb.sql(f"SELECT line, original, amount FROM '{made}/trail/taxes.parquet' ORDER BY line").fetchall()
    assert [tuple(map(str, one)) for one in kept] == [("2", "120.00", "100.00"), ("3", "60.00", "50.00")]
    said = {message.id: message for message in told_of(made, date(2026, 6, 30))}
    assert "ingest.remark.without_tax" in said


def test_sources_that_agree_are_left_as_they_are(tmp_path):
    shop(tmp_path, line(1, "120"))
    made = canonical(tmp_path, source("included"))
    assert amounts(made) == ["120.00"]
    (row,) = inventory(made)["taxes"].to_dict("records")
    assert (row["counted"], row["rows"]) == ("with_tax", 0)


def test_sources_that_differ_come_to_one_basis(tmp_path):
    shop(tmp_path, line(1, "113"))
    shop(tmp_path, line(2, "100"), name="web.csv")
    other = {"name": "web", "table": "order_lines", "file": "web.csv", "tax": "excluded"}
    made = canonical(tmp_path, source("included", constants={"tax_rate": 0.13}), other, **NET)
    assert amounts(made) == ["100.00", "100.00"]


@pytest.mark.parametrize(
    ("one", "other", "data", "where"),
    [
        ("included", "excluded", {}, "data.amounts"),
        ("included", None, {}, "[[sources]] #2 (web) tax"),
        (None, None, NET["data"], "[[sources]] #1 (pos) tax"),
    ],
)
def test_what_is_left_open_is_asked(one, other, data, where):
    sources = [
        {"name": name, "table": "order_lines", "file": f"{name}.csv"} | ({"tax": tax} if tax else {})
        for name, tax in (("pos", one), ("web", other))
    ]
    found = reference_problems({"sources": sources, "data": data}, "engagement.toml")
    assert where in {problem.where.removeprefix("engagement.toml ") for problem in found}


def test_a_basis_without_a_rate_is_refused(tmp_path):
    shop(tmp_path, line(1, "113"))
    with pytest.raises(UserError) as caught:
        canonical(tmp_path, source("included"), **NET)
    (problem,) = caught.value.problems
    assert problem.where == "engagement.toml [[sources]] #1 (pos) tax"


def test_headers_that_differ_without_a_word_are_asked_about(tmp_path):
    write_csv(
        tmp_path / "pos.csv",
        [["order_id", "ordered_on", "Net amount", "customer_key"], ["1", "2026-01-05", "100", "a"]],
    )
    write_csv(
        tmp_path / "web.csv", [["order_id", "ordered_on", "价税合计", "customer_key"], ["2", "2026-01-05", "113", "a"]]
    )
    web = {"name": "web", "table": "order_lines", "file": "web.csv", "columns": {"amount": "价税合计"}}
    made = canonical(tmp_path, ORDERS | {"columns": {"amount": "Net amount"}}, web)
    assert "ingest.remark.two_bases" in {message.id for message in told_of(made, date(2026, 6, 30))}


@pytest.mark.parametrize(
    ("text", "rate"),
    [("13%", "0.13"), ("13", "0.13"), ("0.13", "0.13"), ("1", "0.01"), ("8.875", "0.08875"), ("0", "0")],
)
def test_a_rate_is_a_share_however_it_is_written(text, rate):
    assert parse_rate(text) == Decimal(rate)


def test_headers_say_whether_tax_is_in():
    said = {
        "Net amount": "excluded",
        "Gross": "included",
        "不含税金额": "excluded",
        "价税合计": "included",
        "Amount": None,
    }
    said |= {"Net sales": None, "Total (incl. VAT)": "included", "Price ex VAT": "excluded", "Internet": None}
    assert {header: basis_of(header) for header in said} == said


cents = st.integers(-10_000_000, 10_000_000).map(lambda n: Decimal(n) / 100)
RATES = st.sampled_from(["0", "0.01", "0.06", "0.09", "0.13", "0.2", "0.0825"])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cents, RATES), min_size=1, max_size=8))
def test_money_adds_up_to_the_cent(tmp_path_factory, lines):
    folder = shop(tmp_path_factory.mktemp("tax"), *(line(i, str(a), rate=r) for i, (a, r) in enumerate(lines)))
    made = canonical(folder, source("included", {"tax_rate": "rate"}), **NET)
    cent, one = Decimal("0.01"), Decimal(1)
    expected = [(abs(a) / (one + Decimal(r))).quantize(cent, ROUND_HALF_UP) * (1 if a >= 0 else -1) for a, r in lines]
    found = [
        Decimal(value) for value in amounts(made, "SELECT amount FROM {order_lines} ORDER BY CAST(order_id AS INT)")
    ]
    assert found == expected
    file, tax = account(made).iloc[0], inventory(made)["taxes"].iloc[0]
    assert file["amount_read"] == pytest.approx(float(sum(expected)))
    assert tax["amount_written"] == pytest.approx(float(sum(a for a, _ in lines)))
