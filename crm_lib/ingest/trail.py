"""What each cell said before it was brought to the standard: raw value, kept value, rule, how often."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from crm_lib.ingest import sql
from crm_lib.ingest.standardise import Change


def write_trail(connection: duckdb.DuckDBPyConnection, changes: Sequence[Change], into: Path) -> None:
    """`trail/values.parquet` (source, column, raw, value, rule, cells) and `trail/records.parquet`."""
    folder = into / "trail"
    folder.mkdir()
    names = ("source", "column", "raw", "value", "rule")
    table = pa.table(
        [pa.array([getattr(c, name) for c in changes], pa.string()) for name in names]
        + [pa.array([c.cells for c in changes], pa.int64())],
        names=[*names, "cells"],
    )
    connection.register("changes", table)
    order = "ORDER BY ALL"
    connection.execute(f"COPY (SELECT * FROM changes {order}) TO {sql.string(str(folder / 'values.parquet'))}")
    connection.execute(
        f"COPY (SELECT * FROM resolved_records {order}) TO {sql.string(str(folder / 'records.parquet'))}"
    )
    connection.unregister("changes")
