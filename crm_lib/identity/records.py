"""From accepted rows to customer records, and from resolved records back to the rows' `customer_id`."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd
import pyarrow as pa

from crm_lib.engagement import Source
from crm_lib.identity.by_order import CUSTOMERS_OF_ORDERS
from crm_lib.ingest import sql
from crm_lib.ingest.rows import ACCEPTED, REFERENCE, as_json, columns_of
from crm_lib.tables import CUSTOMERS, SOURCE_TABLES, Table


def collect_records(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> pd.DataFrame:
    """One record a distinct reference of a source, in a customers table one a row; kept as table `customer_records`.

    Columns: record_id, source, key_space, customer_key, phone, email, name, first_on and last_on (first and newest event
    that names it), and of customers tables what else tells people apart (EVIDENCE).
    """
    tables = sorted({source.table for source in sources if SOURCE_TABLES[source.table].identity})
    parts = " UNION ALL ".join(_records_of(SOURCE_TABLES[name]) for name in tables)
    spaces = " ".join(f"WHEN {sql.string(s.name)} THEN {sql.string(s.key_space or s.name)}" for s in sources)
    connection.execute(
        "CREATE OR REPLACE TABLE customer_records AS SELECT 'R' || md5(source || chr(31) || content)[:16] AS record_id,"
        f" source, CASE source {spaces} END AS key_space, customer_key, phone, email, name, first_on, last_on, {', '.join(EVIDENCE)}"
        f" FROM ({parts or _NOTHING}) AS given ORDER BY record_id"
    )
    return connection.execute("SELECT * FROM customer_records ORDER BY record_id").df()


EVIDENCE = ("gender", "birth_date", "city", "address", "id_number")
_EVIDENCE_NULLS = ", ".join(f"CAST(NULL AS {CUSTOMERS.column(name).type}) AS {name}" for name in EVIDENCE)
_NOTHING = (
    "SELECT CAST(NULL AS VARCHAR) AS source, '' AS content, CAST(NULL AS VARCHAR) AS customer_key, CAST(NULL AS VARCHAR)"
    " AS phone, CAST(NULL AS VARCHAR) AS email, CAST(NULL AS VARCHAR) AS name, CAST(NULL AS DATE) AS first_on,"
    f" CAST(NULL AS DATE) AS last_on, {_EVIDENCE_NULLS} WHERE FALSE"
)


def _records_of(table: Table) -> str:
    own = table.name == "customers"
    names = columns_of(table) if own else REFERENCE
    grouped = ", ".join(map(sql.quoted, names))  # first, so that not every row is written as JSON
    event = f"CAST({table.event} AS DATE)"
    return (
        f"SELECT source, {as_json(names)} AS content, {', '.join(REFERENCE)}, first_on, last_on,"
        f" {', '.join(EVIDENCE) if own else _EVIDENCE_NULLS} FROM (SELECT _source AS source, {grouped},"
        f' MIN({event}) AS first_on, MAX({event}) AS last_on FROM "rows_{table.name}" WHERE {ACCEPTED}'
        f" GROUP BY _source, {grouped})"
    )


def keep_resolution(connection: duckdb.DuckDBPyConnection, resolved: pd.DataFrame) -> None:
    """Table `resolved_records`: the records with their customer, and the rule and probability that joined them."""
    names = ("record_id", "customer_id", "rule", "joined_to", "reference", "detail")
    arrays = {name: pa.array(resolved[name], pa.string(), from_pandas=True) for name in names}
    probability = pa.array(resolved["match_probability"], pa.float64(), from_pandas=True)
    sql.create_table(connection, "resolution", pa.table({**arrays, "match_probability": probability}))
    connection.execute(
        "CREATE OR REPLACE TABLE resolved_records AS SELECT c.*, r.* EXCLUDE (record_id)"
        " FROM customer_records AS c JOIN resolution AS r USING (record_id)"
    )


def give_customers(connection: duckdb.DuckDBPyConnection, table: Table, by_order: bool = False) -> None:
    """View `named_<table>`: the rows with `customer_id` (customers: `record_id` too), NULL where a row names nobody.

    by_order: that of its order where it names one instead (CUSTOMERS_OF_ORDERS), told as `_by_order`.
    """
    rows = f'"rows_{table.name}"'
    if not table.identity:
        query = f"SELECT * FROM {rows}"
    elif table.name == "customers":
        key = f"'R' || md5(t._source || chr(31) || {as_json(columns_of(table), 't')})[:16]"
        query = (
            f"SELECT t.*, r.record_id, r.customer_id FROM {rows} AS t LEFT JOIN resolution AS r ON r.record_id = {key}"
        )
    else:
        same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM r.{name}" for name in REFERENCE)
        join = f"LEFT JOIN resolved_records AS r ON t._source = r.source AND {same}"
        query = f"SELECT t.*, r.customer_id FROM {rows} AS t {join}"
        if by_order:
            query = (
                "SELECT t.*, coalesce(r.customer_id, o.customer_id) AS customer_id,"
                " r.customer_id IS NULL AND o.customer_id IS NOT NULL AS _by_order"
                f" FROM {rows} AS t {join} LEFT JOIN {CUSTOMERS_OF_ORDERS} AS o ON o.order_id = t.order_id"
            )
    if "customer_id" in table.key and table.name != "customers":  # its key can be settled only now
        connection.execute(f"CREATE OR REPLACE TABLE {rows} AS {query}")
        query = f"SELECT * FROM {rows}"
    connection.execute(f'CREATE OR REPLACE VIEW "named_{table.name}" AS {query}')
