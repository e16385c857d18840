"""What is changed in `rows_<table>` after it was collected.

Of little data it is a table. Of a large file it is a view over the file's typed columns, which stay as they are: what
becomes of a row is in `aside_<table>` beside them, a changed column is an expression of the view. What needs more than
that turns the view into a table first (`as_table`), which takes time and room.
"""

from __future__ import annotations

import duckdb
import numpy as np

from crm_lib.ingest import sql
from crm_lib.tables import Table

ACCEPTED = "_reason IS NULL AND NOT _duplicate"
_PARTS = 40  # bits of a row's number that are its line


def collect_large(
    connection: duckdb.DuckDBPyConnection, table: Table, selects: list[str], reason: str, column: str
) -> None:
    """View `rows_<table>` of every file's SELECT; reason, column: SQL of the first verdict on a row."""
    numbered = [
        f"(SELECT *, CAST({i} AS BIGINT) << {_PARTS} | _line AS _row FROM ({select}))"
        for i, select in enumerate(selects)
    ]
    given, aside = f'"given_{table.name}"', f'"aside_{table.name}"'
    # Not knowing how many rows a file has, the engine would put them, not the few set aside, into the hash table, and
    # lose their order.
    connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {given} AS {' UNION ALL BY NAME '.join(numbered)}")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {aside} AS SELECT * FROM (SELECT _row, {reason} AS _reason, {column} AS _column,"
        f" FALSE AS _duplicate FROM {given}) WHERE _reason IS NOT NULL"
    )
    connection.execute(
        f'CREATE OR REPLACE TEMP VIEW "rows_{table.name}" AS SELECT given.*, aside._reason, aside._column,'
        f" COALESCE(aside._duplicate, FALSE) AS _duplicate FROM {given} AS given LEFT JOIN {aside} AS aside"
        " ON aside._row = given._row"
    )


def is_large(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether `rows_<table>` is a view."""
    query = "SELECT COUNT(*) FROM duckdb_views() WHERE view_name = "
    return bool(sql.one(connection, query + sql.string(f"rows_{table.name}")))


def set_aside(connection: duckdb.DuckDBPyConnection, table: Table, found: str) -> None:
    """Give rows their verdict. found: SELECT of _source, _file, _line, reason, col, duplicate, each row once."""
    rows = f'"rows_{table.name}"'
    if not is_large(connection, table):
        connection.execute(
            f"UPDATE {rows} SET _reason = d.reason, _column = d.col, _duplicate = d.duplicate FROM ({found}) AS d"
            f" WHERE {rows}._source = d._source AND {rows}._file = d._file AND {rows}._line = d._line"
        )
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE newly_aside AS SELECT r._row, d.reason, d.col, d.duplicate"
        f" FROM ({found}) AS d JOIN {rows} AS r ON r._source = d._source AND r._file = d._file AND r._line = d._line"
    )
    aside = f'"aside_{table.name}"'
    connection.execute(f"DELETE FROM {aside} WHERE _row IN (SELECT _row FROM newly_aside)")
    connection.execute(f"INSERT INTO {aside} SELECT * FROM newly_aside")


def change(connection: duckdb.DuckDBPyConnection, table: Table, column: str, value: str, where: str) -> None:
    """Give a column another value where a condition holds; both are SQL over a row."""
    rows = f'"rows_{table.name}"'
    if not is_large(connection, table):
        connection.execute(f'UPDATE {rows} SET "{column}" = {value} WHERE {where}')
        return
    before, kind = _moved_aside(connection, table, column), table.column(column).type
    connection.execute(
        f"CREATE TEMP VIEW {rows} AS SELECT * REPLACE (CASE WHEN {where} THEN CAST({value} AS {kind})"
        f' ELSE "{column}" END AS "{column}") FROM {before}'
    )


def change_some(connection: duckdb.DuckDBPyConnection, table: Table, column: str, found: str) -> None:
    """Give a column another value in some rows. found: SELECT of _source, _file, _line, value, each row once."""
    rows, kind = f'"rows_{table.name}"', table.column(column).type
    same = " AND ".join(f"r.{name} = d.{name}" for name in ("_source", "_file", "_line"))
    if not is_large(connection, table):
        connection.execute(
            f'UPDATE {rows} AS r SET "{column}" = CAST(d.value AS {kind}) FROM ({found}) AS d WHERE {same}'
        )
        return
    some = f'"changed_{table.name}_{_views(connection, table)}"'
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {some} AS SELECT r._row, d.value FROM ({found}) AS d JOIN {rows} AS r ON {same}"
    )
    if sql.one(connection, f"SELECT COUNT(*) FROM {some}"):
        before = _moved_aside(connection, table, column)
        connection.execute(
            f'CREATE TEMP VIEW {rows} AS SELECT b.* REPLACE (COALESCE(CAST(d.value AS {kind}), b."{column}") AS "{column}")'
            f" FROM {before} AS b LEFT JOIN {some} AS d ON d._row = b._row"
        )


def _views(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many views of a table's rows there are, one upon the other."""
    return sql.one(connection, f"SELECT COUNT(*) FROM duckdb_views() WHERE view_name LIKE 'rows_{table.name}%'")


def _moved_aside(connection: duckdb.DuckDBPyConnection, table: Table, column: str) -> str:
    """The name under which the view goes on, so that another with a changed column takes its place."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS changed_columns (table_name VARCHAR, column_name VARCHAR)")
    connection.execute("INSERT INTO changed_columns VALUES (?, ?)", [table.name, column])
    before = f'"rows_{table.name} {_views(connection, table)}"'
    connection.execute(f'ALTER VIEW "rows_{table.name}" RENAME TO {before}')
    return before


def changed(connection: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """Columns of a large table that are no longer as the file has them."""
    if not sql.one(connection, "SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = 'changed_columns'"):
        return set()
    rows = connection.execute("SELECT column_name FROM changed_columns WHERE table_name = ?", [table.name]).fetchall()
    return {name for (name,) in rows}


def as_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make a table of `rows_<table>`, where it is none. A lasting one, as of small files: a temporary one would go on hiding
    what replaces it."""
    if is_large(connection, table):
        rows = f'"rows_{table.name}"'
        connection.execute(f"CREATE TABLE settled AS SELECT * EXCLUDE (_row) FROM {rows}")
        connection.execute(f"DROP VIEW {rows}")
        connection.execute(f"ALTER TABLE settled RENAME TO {rows}")


def rows_aside(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> np.ndarray:
    """Lines of a large file of a source that are not accepted."""
    query = f'SELECT _line FROM "rows_{table.name}" WHERE _source = ? AND NOT ({ACCEPTED})'
    return np.asarray(connection.execute(query, [source]).fetchnumpy()["_line"])


def keep_order(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Remember that the accepted rows of a large file stand in the order of their key, no two with the same.

    Once they do they do so for good: no row that was set aside is accepted again; changed keys are seen to by
    `increasing`."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS in_order (table_name VARCHAR)")
    connection.execute("INSERT INTO in_order VALUES (?)", [table.name])


def increasing(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether the accepted rows of a large file surely stand in the order of their key, no two with the same."""
    if not is_large(connection, table) or len(table.key) != 2:
        return False
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS in_order (table_name VARCHAR)")
    known = f"SELECT COUNT(*) FROM in_order WHERE table_name = {sql.string(table.name)}"
    if sql.one(connection, known) and not changed(connection, table) & set(table.key):
        return True
    first, second = map(sql.quoted, table.key)
    follows = f"{first} > LAG({first}) OVER () OR ({first} = LAG({first}) OVER () AND {second} > LAG({second}) OVER ())"
    query = f'SELECT {follows} AS follows FROM "rows_{table.name}" WHERE {ACCEPTED}'
    found = sql.one(connection, f"SELECT COUNT(*) - COUNT(*) FILTER (follows) FROM ({query})") <= 1
    if found:
        keep_order(connection, table)
    return found
