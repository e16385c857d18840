"""Missing values are filled by declared rules only; each is flagged with its row and counted."""

import duckdb
import pytest

from crm_lib.errors import UserError
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, canonical, engagement, rows, write_csv

HEAD = ["order_id", "line_no", "ordered_on", "customer_key", "amount", "channel", "store", "cost", "category"]
LINES = [
    ["A", "1", "2026-01-01", "m1", "10", "store", "North", "4", "x"],
    ["B", "1", "2026-01-02", "m1", "10", "", "North", "6", "x"],
    ["C", "1", "2026-01-03", "m1", "10", "", "", "", "x"],
    ["D", "1", "2026-01-03", "m2", "10", "online", "", "", "y"],
    ["E", "1", "2026-13-03", "m2", "10", "", "", "", "x"],
]


def made(folder, *fills):
    write_csv(folder / "pos.csv", [HEAD, *LINES])
    return canonical(folder, ORDERS, fills=list(fills))


def entry(column, rule, **more):
    return {"table": "order_lines", "column": column, "rule": rule, **more}


def column(folder, name):
    return [value for (value,) in rows(folder, f"SELECT {name} FROM {{order_lines}} ORDER BY order_id")]


@pytest.mark.parametrize(
    ("fill", "values"),
    [
        (entry("channel", "constant", value="other"), ["store", "other", "other", "online"]),
        (entry("channel", "from_column", from_column="store"), ["store", "North", None, "online"]),
        (entry("channel", "from_customer"), ["store", "store", "store", "online"]),
        (entry("channel", "most_frequent"), ["store", "online", "online", "online"]),
        (entry("channel", "most_frequent", by=["store"]), ["store", "store", None, "online"]),
        (entry("cost", "median"), [4, 6, 5, 5]),
        (entry("cost", "median", by=["category"]), [4, 6, 5, None]),
    ],
)
def test_each_rule_fills_what_it_can(tmp_path, fill, values):
    assert column(made(tmp_path, fill), fill["column"]) == values


def test_nothing_is_filled_that_nobody_declared(tmp_path):
    folder = made(tmp_path)
    assert column(folder, "channel") == ["store", None, None, "online"]
    assert inventory(folder)["filled"].empty


def test_what_is_filled_is_flagged_and_counted(tmp_path):
    folder = made(tmp_path, entry("channel", "from_customer"), entry("channel", "constant", value="other"))
    flags = duckdb.sql(
        f"SELECT file, line, column_name, rule, value FROM '{folder}/trail/fills.parquet' ORDER BY ALL"
    ).fetchall()
    assert flags == [("pos.csv", 3, "channel", "constant", "other"), ("pos.csv", 4, "channel", "constant", "other")]
    frames = inventory(folder)
    known = frames["columns"].set_index("column").loc["channel"]
    assert (known["filled"], known["filled_by_rule"]) == (4, 2)
    assert (known["completeness_before"], known["completeness"]) == (0.5, 1)
    assert list(frames["filled"].itertuples(index=False, name=None)) == [
        ("pos", "order_lines", "channel", "constant", 2)
    ]


@pytest.mark.parametrize(
    ("fill", "rule"),
    [
        (entry("amount", "median"), "fill.never"),
        (entry("phone", "constant", value="1"), "fill.unknown_column"),
        (entry("customer_id", "constant", value="1"), "fill.never"),
        (entry("channel", "constant"), "fill.incomplete"),
        (entry("channel", "from_column"), "fill.incomplete"),
        (entry("channel", "constant", value="x", by=["store"]), "fill.incomplete"),
        (entry("channel", "median"), "fill.no_number"),
        ({"table": "customers", "column": "may_contact", "rule": "constant", "value": True}, "fill.never"),
        ({"table": "customers", "column": "name", "rule": "constant", "value": "X"}, "fill.never"),
        ({"table": "campaigns", "column": "channel", "rule": "from_customer"}, "fill.no_customer"),
        ({"table": "sales", "column": "channel", "rule": "from_customer"}, "fill.unknown_table"),
    ],
)
def test_rules_that_cannot_be_are_refused(fill, rule):
    with pytest.raises(UserError) as caught:
        engagement(ORDERS, fills=[fill])
    assert [problem.message.id for problem in caught.value.problems] == [f"errors.engagement.{rule}"]


def test_a_constant_that_the_column_cannot_hold_is_refused(tmp_path):
    with pytest.raises(UserError) as caught:
        made(tmp_path, entry("kind", "constant", value="gift"), entry("cost", "constant", value="cheap"))
    assert [problem.message.id for problem in caught.value.problems] == ["errors.data.bad_constant"] * 2
    assert caught.value.problems[0].where == "engagement.toml [[fills]] #1 value"
