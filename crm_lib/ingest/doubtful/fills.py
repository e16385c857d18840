"""Missing values filled by the engagement's rules, each flagged with its row (trail/fills.parquet) and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import duckdb

from crm_lib.engagement import FILE_NAME
from crm_lib.engagement_data import Fill
from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.amend import change_some
from crm_lib.ingest.rows import ACCEPTED
from crm_lib.ingest.values.cells import CellForm, parser
from crm_lib.language import msg
from crm_lib.tables import SOURCE_TABLES, Table

_KEPT = (
    "_source VARCHAR, _file VARCHAR, _line BIGINT, table_name VARCHAR, column_name VARCHAR, rule VARCHAR, value VARCHAR"
)
BEFORE_CUSTOMERS = ("constant", "from_column", "most_frequent", "median")


def fill(connection: duckdb.DuckDBPyConnection, table: Table, fills: Iterable[Fill], rules: Sequence[str]) -> None:
    """Fill empty cells of the accepted rows of `rows_<table>`; the first entry that has a value for a cell gives it.

    The most frequent value is the smallest of several; a median is the mean of the two in the middle, rounded.
    'from_customer' is the one value that the customer's other rows of the table agree on, and needs `named_<table>`."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS fills ({_KEPT})")
    for entry in fills:
        if entry.table == table.name and entry.rule in rules:
            _fill(connection, table, entry)


def fill_problems(fills: Sequence[Fill]) -> Iterator[Problem]:
    """Constants that their column cannot hold."""
    for i, entry in enumerate(fills, 1):
        column = SOURCE_TABLES[entry.table].column(entry.column)
        if entry.rule == "constant" and parser(entry.table, column, CellForm(), {})(_constant(entry.value)).unread:
            args = {"column": column.name, "value": _constant(entry.value)}
            allowed = ", ".join(column.values) or column.type
            yield Problem(msg("errors.data.bad_constant", allowed=allowed, **args), f"{FILE_NAME} [[fills]] #{i} value")


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, entry: Fill) -> None:
    kind = table.column(entry.column).type
    allowed = ", ".join(map(sql.string, table.column(entry.column).values))
    listed = f" AND value IN ({allowed})" if allowed else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE filling AS SELECT _source, _file, _line, TRY_CAST(value AS {kind}) AS value"
        f" FROM ({_values(table, entry)}) AS v WHERE value IS NOT NULL{listed}"
    )
    connection.execute(
        f"INSERT INTO fills SELECT _source, _file, _line, '{table.name}', '{entry.column}', '{entry.rule}',"
        " CAST(value AS VARCHAR) FROM filling WHERE value IS NOT NULL"
    )
    change_some(connection, table, entry.column, "SELECT * FROM filling WHERE value IS NOT NULL")


def _values(table: Table, entry: Fill) -> str:
    """SELECT of _source, _file, _line, value for the rows to fill."""
    column = sql.quoted(entry.column)
    rows = f'"named_{table.name}"' if entry.rule == "from_customer" else f'"rows_{table.name}"'
    empty = f"SELECT * FROM {rows} WHERE {ACCEPTED} AND {column} IS NULL"
    if entry.rule == "constant":
        value = parser(table.name, table.column(entry.column), CellForm(), {})(_constant(entry.value)).value
        return f"SELECT _source, _file, _line, {sql.string(value or '')} AS value FROM ({empty})"
    if entry.rule == "from_column":
        return f"SELECT _source, _file, _line, {sql.quoted(entry.from_column or '')} AS value FROM ({empty})"
    keys = ["customer_id"] if entry.rule == "from_customer" else list(entry.by)
    by = ", ".join(map(sql.quoted, keys)) or "1"
    group = f"GROUP BY {by}" if keys else ""
    known = f"FROM {rows} WHERE {ACCEPTED} AND {column} IS NOT NULL"
    known += " AND customer_id IS NOT NULL" if entry.rule == "from_customer" else ""
    names = ", ".join(f"{sql.quoted(key)} AS key_{i}" for i, key in enumerate(keys)) or "1 AS key_0"
    same = " AND ".join(f"e.{sql.quoted(key)} = k.key_{i}" for i, key in enumerate(keys)) or "TRUE"
    value = {
        "from_customer": f"CASE WHEN MIN({column}) = MAX({column}) THEN MIN({column}) END",
        "median": f"ROUND(MEDIAN(CAST({column} AS DOUBLE)), {_places(table, entry)})",
    }.get(entry.rule)
    if value is None:
        ranked = f"SELECT {names}, {column} AS value, ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY COUNT(*) DESC, {column}) AS place"
        known = f"{ranked} {known} GROUP BY {', '.join(map(sql.quoted, [*keys, entry.column]))} QUALIFY place = 1"
    else:
        known = f"SELECT {names}, {value} AS value {known} {group}"
    return f"SELECT e._source, e._file, e._line, k.value FROM ({empty}) AS e JOIN ({known}) AS k ON {same}"


def _places(table: Table, entry: Fill) -> int:
    kind = table.column(entry.column).type
    return int(kind.rstrip(")").rpartition(",")[2]) if kind.startswith("DECIMAL") else 0


def _constant(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
