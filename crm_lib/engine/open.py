"""The one door to the engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from crm_lib.engine.base import Engine
from crm_lib.engine.duck import DuckEngine, connect_duckdb

DUCKDB = "duckdb"


def connect(canonical: Path, known_until: date | None = None, threads: int | None = None, url: str = DUCKDB) -> Engine:
    """Engine over a folder of `<table>.parquet`; a table without a file is empty and not in `tables`.

    url: 'duckdb', 'spark-local', 'spark://host:port', 'sc://host:port' or 'postgresql://...'.
    threads: of DuckDB; without it two where the data are large, since a second one costs more on small data than it saves.
    """
    return move(connect_duckdb(canonical, known_until, threads), url)


def move(local: DuckEngine, url: str) -> Engine:
    """The engine at `url` with the tables of `local`."""
    if url == DUCKDB:
        return local
    if url.startswith("postgres"):
        from crm_lib.engine.postgresql import PostgresEngine

        return PostgresEngine(local, url)
    from crm_lib.engine.spark import SparkEngine

    return SparkEngine(local, url)
