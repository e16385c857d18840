"""Rows that name an order instead of a customer (a ticket with an order number, an answer with that of a booking)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from crm_lib.ingest.rows import ACCEPTED
from crm_lib.tables import SOURCE_TABLES

RULE = "by_order"
CUSTOMERS_OF_ORDERS = "customers_of_orders"


def names_orders(table: str, mapped: Iterable[Mapping[str, object]]) -> bool:
    """Whether a file of the table, which says so of nobody else, gives the number of an order."""
    said = {column.name for column in SOURCE_TABLES[table].said}
    return "order_id" in said and any("order_id" in columns for columns in mapped)


def find_customers_of_orders(connection: duckdb.DuckDBPyConnection) -> None:
    """Table CUSTOMERS_OF_ORDERS from `named_order_lines`: order_id, customer_id; none of an order whose lines name several."""
    connection.execute(
        f"CREATE OR REPLACE TABLE {CUSTOMERS_OF_ORDERS} AS SELECT order_id, any_value(customer_id) AS customer_id"
        f' FROM "named_order_lines" WHERE {ACCEPTED} AND customer_id IS NOT NULL'
        " GROUP BY order_id HAVING COUNT(DISTINCT customer_id) = 1"
    )


def given_by_order(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, str, int]]:
    """(source, column, rule, rows) of the rows of `named_<table>` whose customer only their order tells."""
    query = f'SELECT _source, COUNT(*) FROM "named_{table}" WHERE {ACCEPTED} AND _by_order GROUP BY ALL ORDER BY ALL'
    return [(source, "customer_id", RULE, rows) for source, rows in connection.execute(query).fetchall()]
