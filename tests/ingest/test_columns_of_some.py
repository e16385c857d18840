"""Columns that only some clients have are written where a source gives them, and read as NULL elsewhere."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from crm_lib.engine import connect
from crm_lib.run.data_checks import alike_words
from tests.ingest.folder import MEMBERS, ORDERS, canonical, write_csv

HEADS = {
    "order_lines": (ORDERS, ["order_id", "ordered_on", "amount", "customer_key", "sold by"], "salesperson", "Ann"),
    "tickets": (
        {"name": "desk", "table": "tickets", "file": "desk.csv"},
        ["ticket_id", "opened_at", "kind", "customer_key", "queue"],
        "team",
        "East",
    ),
    "customers": (MEMBERS, ["customer_key", "name", "joined_on", "city", "legal"], "customer_type", "company"),
}
CELLS = {
    "order_lines": ["A{i}", "2026-01-0{i}", "10", "c{i}"],
    "tickets": ["T{i}", "2026-01-0{i} 10:00", "complaint", "c{i}"],
    "customers": ["c{i}", "N{i}", "2026-01-0{i}", "X"],
}


def made(folder, table, **more):
    source, head, _, word = HEADS[table]
    lines = [[cell.format(i=i) for cell in CELLS[table]] + [word if i % 2 else word.upper()] for i in range(1, 5)]
    write_csv(folder / source["file"], [head, *lines])
    return canonical(folder, source | more)


@pytest.mark.parametrize("table", HEADS)
def test_a_column_of_some_is_written_only_where_it_is_mapped(tmp_path, table):
    _, head, column, word = HEADS[table]
    without = made(tmp_path / "without", table)
    mapped = made(tmp_path / "mapped", table, columns={column: head[-1]})
    assert column not in pq.read_schema(without / f"{table}.parquet").names
    assert column in pq.read_schema(mapped / f"{table}.parquet").names
    query = f"SELECT {column} AS said FROM {table} ORDER BY said"
    for known in (None, date(2026, 6, 30)):
        assert connect(without, known).sql(query)["said"].isna().all()
        assert connect(mapped, known).sql(query)["said"].tolist() == sorted([word, word.upper()] * 2)
    assert [message.args["column"].value for message in alike_words(mapped)] == [column]
    assert list(alike_words(without)) == []


def test_an_owner_by_last_name_first_is_told_beside_the_same_name_in_order(tmp_path):
    names = ["Anna Moser", "Moser, Anna", "Karl Weiß", "Huber, Sabine, Dr."]
    lines = [[f"c{i}", "2026-01-05", name] for i, name in enumerate(names)]
    write_csv(tmp_path / "people.csv", [["customer_key", "joined_on", "owner"], *lines])
    made = canonical(tmp_path, {"name": "people", "table": "customers", "file": "people.csv"})
    (told,) = alike_words(made)
    assert told.args["column"].value == "owner"
    assert told.args["written"].value == "Anna Moser (1), Moser, Anna (1)"
