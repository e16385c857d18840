"""DuckDB in this process, over canonical Parquet: the default."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from crm_lib.engine.base import Engine
from crm_lib.tables import TABLES, Table

SMALL = 8_000_000  # bytes of Parquet
MEMORY = "2GB"  # of the engine over larger data, beyond which it spills beside them
_NAME = re.compile(r"[a-z_]+")
_PARAMETER = re.compile(r"\$([A-Za-z_0-9]+)")


class DuckEngine(Engine):
    """One connection with a view a canonical table."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: frozenset[str],
        known_until: date | None,
        to_hold: Collection[str] = (),
    ) -> None:
        """to_hold: small tables, which are read from their files once, when a query names them."""
        super().__init__(tables, known_until)
        self.connection = connection
        self._to_hold = set(to_hold)
        self._held: set[str] = set()  # names of frames

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        return self._executed("", query, parameters).df()

    def _executed(self, before: str, query: str, parameters: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        for name in self._to_hold.intersection(_NAME.findall(query)):
            self._hold_table(name)
        named = set(_PARAMETER.findall(query)) if parameters else set()
        used = {name: value for name, value in parameters.items() if name in named}
        return self.connection.execute(before + query, used or None)

    def _derive(self, name: str, query: str, parameters: dict[str, Any]) -> None:
        self._executed(f'CREATE OR REPLACE TEMP TABLE "{name}" AS ', query, parameters)

    def register(self, name: str, frame: pd.DataFrame) -> None:
        self._let_go(name)
        self.connection.register(name, frame)

    def hold(self, name: str, frame: pd.DataFrame) -> None:
        self._let_go(name)
        self.connection.register("arriving", frame)
        self.connection.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM arriving')
        self.connection.unregister("arriving")
        self._held.add(name)

    def _let_go(self, name: str) -> None:
        if name in self._held:
            self.connection.execute(f'DROP TABLE temp."{name}"')
            self._held.discard(name)
        else:
            self.connection.unregister(name)

    def _hold_table(self, name: str) -> None:
        """Put a copy in the place of a table's view."""
        self._to_hold.discard(name)
        self.connection.execute(f'CREATE TABLE "held_{name}" AS SELECT * FROM "{name}"')
        self.connection.execute(f'DROP VIEW "{name}"')
        self.connection.execute(f'ALTER TABLE "held_{name}" RENAME TO "{name}"')

    def close(self) -> None:
        self.connection.close()


def connect_duckdb(canonical: Path, known_until: date | None = None, threads: int | None = None) -> DuckEngine:
    """Engine over a folder of `<table>.parquet`; a table without a file is an empty view and not in `tables`.

    threads: two where the data are large; handing small data to a second one costs more than it saves. Small tables are
    held in memory once they are asked for.
    """
    small = _size(canonical) < SMALL
    connection = _open(threads or (1 if small else 2), None if small else canonical)
    given = {}
    for table in TABLES.values():
        path = canonical / f"{table.name}.parquet"
        if path.exists():
            given[table.name] = f"({_whole(connection, table, path)})"
    return _finish(connection, given, known_until, hold=small)


def connect_frames(frames: Mapping[str, pd.DataFrame], known_until: date | None = None) -> DuckEngine:
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
    return _finish(connection, {name: f'"raw_{name}"' for name in frames}, known_until)


def _whole(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> str:
    """SELECT of a file; columns that only some engagements have are NULL where it has none."""
    rows = f"SELECT * FROM read_parquet({_quote(str(path))})"
    some = [column for column in table.columns if column.of_some]
    there = {row[0] for row in connection.execute(f"DESCRIBE {rows}").fetchall()} if some else set()
    lacking = "".join(f', CAST(NULL AS {c.type}) AS "{c.name}"' for c in some if c.name not in there)
    return rows.replace("*", f"*{lacking}", 1)


def _size(canonical: Path) -> int:
    return sum(path.stat().st_size for path in canonical.glob("*.parquet"))


def _open(threads: int, spill_beside: Path | None = None) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "threads": threads,
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": True,
    }
    if spill_beside:
        config |= {"memory_limit": MEMORY, "temp_directory": str(spill_beside / f"spill-{os.getpid()}")}
    return duckdb.connect(":memory:", config=config)


def _finish(
    connection: duckdb.DuckDBPyConnection, given: Mapping[str, str], known_until: date | None, hold: bool = False
) -> DuckEngine:
    """given: table -> where all its rows are, as a query names it."""
    for table in TABLES.values():
        if table.name in given:
            connection.execute(f'CREATE VIEW "{table.name}" AS {_known(table, given[table.name], known_until)}')
        else:
            empty = ", ".join(f'CAST(NULL AS {c.type}) AS "{c.name}"' for c in table.columns)
            connection.execute(f'CREATE VIEW "{table.name}" AS SELECT {empty} WHERE FALSE')
    filled = {name for name in given if connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()}
    return DuckEngine(connection, frozenset(filled), known_until, to_hold=filled if hold else ())


def _known(table: Table, given: str, until: date | None) -> str:
    if until is None:
        return f"SELECT * FROM {given}"
    day = f"DATE '{until.isoformat()}'"
    columns = ", ".join(
        f'CASE WHEN CAST("{c.known_with}" AS DATE) <= {day} THEN "{c.name}" END AS "{c.name}"'
        if c.known_with
        else f'"{c.name}"'
        for c in table.columns
    )
    where = f' WHERE "{table.event}" IS NULL OR CAST("{table.event}" AS DATE) <= {day}' if table.event else ""
    return f"SELECT {columns} FROM {given}{where}"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
