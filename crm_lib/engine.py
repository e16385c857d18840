"""The engine that runs the metric SQL: DuckDB on canonical Parquet, cut off at what was known on a day.

Metric files are one SELECT in the portable subset (ARCHITECTURE.md, "Portable SQL"); `transpile` gives them in
another engine's dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from crm_lib.tables import TABLES, Table

SMALL = 8_000_000  # bytes of Parquet


class Engine:
    """One connection with a view a canonical table; `tables` are the ones that have data.

    Rows that were not known at the end of `known_until` are not there, and values that came later are NULL.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: frozenset[str], known_until: date | None) -> None:
        self.connection = connection
        self.tables = tables
        self.known_until = known_until

    def has(self, *tables: str) -> bool:
        return set(tables) <= self.tables

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Frame of a query with `$name` parameters; DECIMAL comes as float64, DATE and TIMESTAMP as datetime64."""
        used = {name: value for name, value in parameters.items() if f"${name}" in query}
        frame = self.connection.execute(query, used or None).df()
        return frame

    def run(self, path: Path, **parameters: Any) -> pd.DataFrame:
        """Frame of a SQL file."""
        return self.sql(_read(path), **parameters)

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Make a frame readable as table `name` for later queries."""
        self.connection.register(name, frame)

    def count(self, table: str) -> int:
        row = self.connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self.connection.close()


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def connect(canonical: Path, known_until: date | None = None, threads: int | None = None) -> Engine:
    """Engine over a folder of `<table>.parquet`; a table without a file is an empty view and not in `tables`.

    threads: two where the data are large; handing small data to a second one costs more than it saves.
    """
    connection = _open(threads or (1 if _size(canonical) < SMALL else 2))
    tables = set()
    for table in TABLES.values():
        path = canonical / f"{table.name}.parquet"
        if path.exists():
            connection.execute(f'CREATE VIEW "raw_{table.name}" AS SELECT * FROM read_parquet({_quote(str(path))})')
            tables.add(table.name)
    return _finish(connection, tables, known_until)


def connect_frames(frames: Mapping[str, pd.DataFrame], known_until: date | None = None) -> Engine:
    """Engine over frames by table name; columns that are missing are NULL. For tests and for the analyst."""
    connection = _open(1)
    for name, frame in frames.items():
        table = TABLES[name]
        connection.register(f"given_{name}", frame)
        columns = ", ".join(
            f'CAST("{c.name}" AS {c.type}) AS "{c.name}"'
            if c.name in frame
            else f'CAST(NULL AS {c.type}) AS "{c.name}"'
            for c in table.columns
        )
        connection.execute(f'CREATE TABLE "raw_{name}" AS SELECT {columns} FROM "given_{name}"')
        connection.unregister(f"given_{name}")
    return _finish(connection, set(frames), known_until)


def _size(canonical: Path) -> int:
    return sum(path.stat().st_size for path in canonical.glob("*.parquet"))


def _open(threads: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:", config={"threads": threads, "autoinstall_known_extensions": False, "preserve_insertion_order": True}
    )


def _finish(connection: duckdb.DuckDBPyConnection, tables: set[str], known_until: date | None) -> Engine:
    for table in TABLES.values():
        if table.name in tables:
            connection.execute(f'CREATE VIEW "{table.name}" AS {_known(table, known_until)}')
        else:
            empty = ", ".join(f'CAST(NULL AS {c.type}) AS "{c.name}"' for c in table.columns)
            connection.execute(f'CREATE VIEW "{table.name}" AS SELECT {empty} WHERE FALSE')
    filled = {name for name in tables if connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()}
    return Engine(connection, frozenset(filled), known_until)


def _known(table: Table, until: date | None) -> str:
    if until is None:
        return f'SELECT * FROM "raw_{table.name}"'
    day = f"DATE '{until.isoformat()}'"
    columns = ", ".join(
        f'CASE WHEN CAST("{c.known_with}" AS DATE) <= {day} THEN "{c.name}" END AS "{c.name}"'
        if c.known_with
        else f'"{c.name}"'
        for c in table.columns
    )
    where = f' WHERE "{table.event}" IS NULL OR CAST("{table.event}" AS DATE) <= {day}' if table.event else ""
    return f'SELECT {columns} FROM "raw_{table.name}"{where}'


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def transpile(query: str, dialect: str) -> str:
    """The query in the dialect of 'postgres', 'spark' or another engine that sqlglot knows."""
    import sqlglot

    return sqlglot.transpile(query, read="duckdb", write=dialect)[0]
