"""Lists of customers by name: what a finding asks to call can be opened, by its owner only."""

import stat

import openpyxl
import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.engagement import validate
from crm_lib.run import lists
from crm_lib.run.plan import LISTS_FILE
from tests.ingest.folder import canonical, write_csv
from tests.run.small import WRITE, Place

GIVEN = {
    "id": "shop",
    "client": {"name": "Shop", "industry": "retail"},
    "as_of": "2026-06-30",
    "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}],
    "report": {"languages": ["en"]},
}
MEMBERS = {"name": "members", "table": "customers", "file": "members.csv", "label": "Members"}
ROWS = [["customer_key", "name", "phone"], ["007", "=1+2", "13800138000"], ["m2", "李伟", "13900139000"]]


@pytest.fixture
def made(tmp_path):
    write_csv(tmp_path / "members.csv", ROWS)
    return canonical(tmp_path, MEMBERS)


def ids(made):
    return pd.read_parquet(made / "customers.parquet").set_index("phone")["customer_id"]


def key_list(*customers):
    spent = [float(i) for i in range(len(customers))]
    return pd.DataFrame({"pain_point": "key_leaving", "customer_id": list(customers), "spent": spent})


def sheets(path):
    return {
        sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in openpyxl.load_workbook(path)
    }


def test_a_list_names_customers_as_the_client_knows_them_the_most_revenue_first(tmp_path, made):
    one, other = ids(made)["+8613800138000"], ids(made)["+8613900139000"]
    handoff.write(tmp_path / "h", "key_customer_list", key_list(one, other, "CGONE"))
    engagement = validate(GIVEN | {"sources": [MEMBERS]})
    path = lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", engagement)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    contents, rows = sheets(path).values()
    assert contents[3] == ["Key customers leaving", 3, 3]
    head, *found = rows
    assert head[1] == "Customer number (Members)"
    assert [row[:4] for row in found] == [
        [other, "m2", "李伟", "+8613900139000"],
        [one, "007", "=1+2", "+8613800138000"],
    ]


def test_numbers_that_several_sources_share_are_called_by_those_that_keep_the_customers(tmp_path):
    write_csv(tmp_path / "members.csv", ROWS)
    write_csv(
        tmp_path / "till.csv", [["order_id", "customer_key", "ordered_on", "amount"], ["1", "007", "2026-01-05", "9"]]
    )
    till = {"name": "till", "table": "order_lines", "file": "till.csv", "key_space": "member"}
    shared = [MEMBERS | {"key_space": "member"}, till]
    made = canonical(tmp_path, *shared)
    handoff.write(tmp_path / "h", "key_customer_list", key_list(*ids(made)))
    path = lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", validate(GIVEN | {"sources": shared}))
    _, (head, *_) = sheets(path).values()
    assert head[1] == "Customer number (Members)"
    unnamed = [{k: v for k, v in shared[0].items() if k != "label"}, till]
    path = lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", validate(GIVEN | {"sources": unnamed}))
    _, (head, *_) = sheets(path).values()
    assert head[1] == "Customer number (Customers)"


def test_who_is_forecast_to_leave_is_a_list_in_the_order_of_expected_loss(tmp_path, made):
    first, second = ids(made)["+8613900139000"], ids(made)["+8613800138000"]
    frame = pd.DataFrame({"finding": "leaving", "customer_id": [second, first], "expected_loss": [5.0, 70.0]})
    handoff.write(tmp_path / "h", "churn_contacts", frame)
    lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", validate(GIVEN | {"sources": [MEMBERS]}))
    (sheet,) = list(sheets(tmp_path / "lists.xlsx").values())[1:]
    assert [row[0] for row in sheet[1:]] == [first, second]
    assert next(title for title in sheet[0] if title.startswith("Expected loss"))
    assert 70.0 in sheet[1]


def test_strategies_and_classes_are_lists_with_what_is_known_of_each_customer(tmp_path, made):
    one, other = ids(made)
    layers = pd.DataFrame(
        {name: [1, 2] for name in handoff.ARTIFACTS["layers"].columns}
        | {"customer_id": [one, other], "segment": "champions", "quadrant": "maintain"}
        | {"operating_class": ["core", "dormant"]}
    )
    handoff.write(tmp_path / "h", "layers", layers)
    members = pd.DataFrame({"strategy": ["proposed_core"], "customer_id": [one]})
    handoff.write(tmp_path / "earlier", "strategy_members", members)
    engagement = validate(GIVEN | {"sources": [MEMBERS]})
    found = sheets(lists.write([tmp_path / "h", tmp_path / "earlier"], made, tmp_path / "l.xlsx", engagement))
    assert len(found) == 4
    strategy = next(rows for name, rows in found.items() if name.startswith("Strategy"))
    assert strategy[1][0] == one
    assert "Core customers" in strategy[1]


def test_without_lists_there_is_no_workbook(tmp_path, made):
    (tmp_path / "lists.xlsx").touch()
    assert (
        lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", validate(GIVEN | {"sources": [MEMBERS]})) is None
    )
    assert not (tmp_path / "lists.xlsx").exists()


def test_a_run_says_where_its_lists_are_and_publishes_none(tmp_path):
    more = """import pandas as pd
customers = session.engine.sql("SELECT customer_id FROM customers ORDER BY customer_id LIMIT 3")
session.write("key_customer_list", customers.assign(pain_point="key_leaving", spent=1.0))"""
    place = Place(tmp_path, {"diagnosis": f"{WRITE}\n{more}"})
    status, out, error = place.run("--lang", "en", "--format", "xlsx")
    assert status == 0, error
    assert str(place.engagement / LISTS_FILE) in out
    _contents, found = sheets(place.engagement / LISTS_FILE).values()
    assert len(found) == 4
    assert not list(place.out.rglob("lists*"))


def forecast_of(one, other, known=True):
    scores = pd.DataFrame(
        {
            "customer_id": [one, other],
            "churn_probability": [0.25, None] if known else [None, None],
            "repurchase_probability": [0.5, None] if known else [None, None],
            "stage": ["mature", "lost"],
            "reasons": ["silence;spend", ""] if known else ["", ""],
        }
    )
    names = handoff.ARTIFACTS["lifetime_values"].columns
    values = pd.DataFrame({name: [7.5] for name in names} | {"customer_id": [one]})
    return scores, values if known else values.iloc[:0]


def test_forecasts_stand_beside_each_customer_with_what_they_mean(tmp_path, made):
    one, other = ids(made)["+8613800138000"], ids(made)["+8613900139000"]
    handoff.write(tmp_path / "h", "key_customer_list", key_list(one, other))
    scores, values = forecast_of(one, other)
    handoff.write(tmp_path / "h", "churn_scores", scores)
    handoff.write(tmp_path / "h", "lifetime_values", values)
    path = lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", validate(GIVEN | {"sources": [MEMBERS]}))
    assert len(sheets(path)) == 2  # forecasts are columns, not lists
    head, *rows = list(sheets(path).values())[1]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    [leaving] = [name for name in head if name.startswith("Probability of no purchase in the 90 days after")]
    assert "2026" in leaving
    assert [found[id][leaving] for id in (one, other)] == [0.25, None]
    assert found[one]["Why likelier to leave than the typical active customer"] == "length of silence, spend"
    assert found[other]["Lifecycle stage"] == "presumed lost"
    assert found[one]["Lifetime value expected, next 12 months"] == 7.5
    book = openpyxl.load_workbook(path).worksheets[1]
    assert book.cell(3, 1 + head.index(leaving)).number_format == "0%"
    assert book.auto_filter.ref.startswith("A1:")


def test_what_no_model_gave_is_no_column(tmp_path, made):
    one, other = ids(made)
    handoff.write(tmp_path / "h", "key_customer_list", key_list(one, other))
    scores, values = forecast_of(one, other, known=False)
    handoff.write(tmp_path / "h", "churn_scores", scores)
    handoff.write(tmp_path / "h", "lifetime_values", values)
    engagement = validate(GIVEN | {"sources": [MEMBERS]})
    head, *_ = list(sheets(lists.write([tmp_path / "h"], made, tmp_path / "lists.xlsx", engagement)).values())[1]
    assert "Lifecycle stage" in head
    assert not [name for name in head if "robability" in name or "ifetime value" in name or "Why" in name]
