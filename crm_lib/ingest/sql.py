"""Small pieces of SQL that ingest builds; it always runs on DuckDB."""

from __future__ import annotations

import duckdb
import pyarrow as pa

MEMORY = "1GB"  # of the engine, beyond which it spills


def connect(threads: int = 2, temporary: str | None = None) -> duckdb.DuckDBPyConnection:
    """In-memory engine; it spills to the folder `temporary`, where given."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "autoinstall_known_extensions": False,
    }
    if temporary:
        config["temp_directory"] = temporary
        config["memory_limit"] = MEMORY
    return duckdb.connect(":memory:", config=config)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """A plain name for what has a quoted one."""
    return name.replace('"', "").replace(".", "__")


def string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def described(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column -> type of a relation."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def create_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("arriving", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


def one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0
