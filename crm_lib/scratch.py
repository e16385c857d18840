"""A DuckDB of this process for small tables: opening one takes longer than what is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 1}


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose registered frames nobody else sees."""
    cursor = _database().cursor()
    try:
        yield cursor
    finally:
        cursor.close()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config=_SETTINGS)
