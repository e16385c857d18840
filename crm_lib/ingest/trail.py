"""What each cell said before it was brought to the standard, and which rows were taken for no data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.standardise import Change

_TABLES = {"taxes": "taxed"}  # what is kept under another name


def write_trail(
    connection: duckdb.DuckDBPyConnection, changes: Sequence[Change], opened: Sequence[Opened], into: Path
) -> None:
    """`trail/values.parquet` (source, column, raw, value, rule, cells), `trail/records.parquet`, and
    `trail/non_data.parquet` (source, file, line, kind); `trail/fills.parquet`: every value that a declared rule filled in, by
    its row; `trail/conversions.parquet`: every amount in another currency beside what it became, `trail/taxes.parquet` every amount with or without
    tax."""
    folder = into / "trail"
    folder.mkdir()
    connection.register("changes", _values(changes))
    order = "ORDER BY ALL"
    connection.execute(f"COPY (SELECT * FROM changes {order}) TO {sql.string(str(folder / 'values.parquet'))}")
    connection.execute(
        f"COPY (SELECT * FROM resolved_records {order}) TO {sql.string(str(folder / 'records.parquet'))}"
    )
    connection.unregister("changes")
    for name in ("fills", "conversions", "taxes"):
        kept = "SELECT _source AS source, _file AS file, _line AS line, * EXCLUDE (_source, _file, _line)"
        path = sql.string(str(folder / f"{name}.parquet"))
        connection.execute(f"COPY ({kept} FROM {_TABLES.get(name, name)} {order}) TO {path}")
    connection.register("skipped", _skipped(opened))
    connection.execute(f"COPY (SELECT * FROM skipped {order}) TO {sql.string(str(folder / 'non_data.parquet'))}")
    connection.unregister("skipped")


def _values(changes: Sequence[Change]) -> pa.Table:
    names = ("source", "column", "raw", "value", "rule")
    own = [change for change in changes if change.each is None]
    texts = [pa.array([getattr(change, name) for change in own], pa.string()) for name in names]
    table = pa.table([*texts, pa.array([change.cells for change in own], pa.int64())], names=[*names, "cells"])
    return pa.concat_tables([table, *(_each(change, table) for change in changes if change.each is not None)])


def _each(change: Change, like: pa.Table) -> pa.Table:
    assert change.each is not None
    said = {name: getattr(change, name) for name in ("source", "column", "rule")}
    table = change.each
    for name, word in said.items():
        table = table.append_column(name, pa.repeat(pa.scalar(word, pa.string()), table.num_rows))
    return table.select(like.column_names).cast(like.schema)


def _skipped(opened: Sequence[Opened]) -> pa.Table:
    rows = [(part.source.name, part.file.name, row.line, row.kind) for part in opened for row in part.file.skipped]
    names = {"source": pa.string(), "file": pa.string(), "line": pa.int64(), "kind": pa.string()}
    return pa.table([pa.array([row[i] for row in rows], kind) for i, kind in enumerate(names.values())], names=[*names])
