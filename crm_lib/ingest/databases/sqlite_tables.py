"""An SQLite file that nobody has declared: its tables and what they hold."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from crm_lib.ingest.databases.database_url import DatabaseFailed
from crm_lib.ingest.databases.read_sqlite import ask

MOST = 200_000  # rows of a table that are looked at
SECONDS = 60
_HEAD = b"SQLite format 3\x00"
_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"


def is_sqlite(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_HEAD)) == _HEAD


def tables_of(path: Path) -> list[str]:
    """Names of tables and views. Raise DatabaseFailed."""
    return [str(name) for name in _read(path, f"{_TABLES} ORDER BY name")[1].column(0).to_pylist()]


def rows_of(path: Path, query: str) -> pa.Table:
    """The first MOST rows, every value as text. Raise DatabaseFailed."""
    names, table = _read(path, f"{query} LIMIT {MOST}")
    return table.rename_columns(names)


def _read(path: Path, query: str) -> tuple[list[str], pa.Table]:
    with ask(f"sqlite:////{path.resolve().as_posix().lstrip('/')}", query, SECONDS) as answer:
        return list(answer.names), pa.Table.from_batches(list(answer.batches))


__all__ = ["DatabaseFailed", "is_sqlite", "rows_of", "tables_of"]
