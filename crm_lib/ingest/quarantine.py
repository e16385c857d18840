"""Rows set aside, as they stood in the file: one CSV a source, for the client to mend."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.readers.encoding import MARK
from crm_lib.ingest.readers.raw import LINE

Row = tuple[str, int | None, str, str, str]
HEADER = ("file", "line", "reason", "column", "row")


def write_quarantine(connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened], folder: Path) -> None:
    """`<source>.csv` for each source that has rows set aside; `row` is JSON: header -> cell, or a list of cells."""
    for source in dict.fromkeys(part.source.name for part in opened):
        rows = [row for part in opened if part.source.name == source for row in _rows(connection, part)]
        if rows:
            path = folder / f"{source}.csv"
            path.touch(mode=0o600)
            with path.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(HEADER)
                writer.writerows(rows)


def _rows(connection: duckdb.DuckDBPyConnection, part: Opened) -> list[Row]:
    file = part.file
    if file.coded is not None:
        return sorted([*_of_codes(connection, part, file.coded), *_rejected(part)], key=lambda row: (row[1], row[2]))
    cells = ", ".join(f"{sql.string(header)}: raw.{sql.quoted(header)}" for header in file.headers)
    typed = connection.execute(
        f"SELECT t._line, t._reason, COALESCE(t._column, ''), to_json({{{cells}}}) FROM {file.relation} AS raw"
        f' JOIN "rows_{part.source.table}" AS t ON t._line = raw.{LINE}'
        " WHERE t._source = ? AND t._file = ? AND t._reason IS NOT NULL",
        [part.source.name, file.name],
    ).fetchall()
    found = [(file.name, line, reason, column, row) for line, reason, column, row in typed]
    return sorted([*found, *_rejected(part)], key=lambda row: (row[1], row[2]))


def _rejected(part: Opened) -> Iterator[Row]:
    for rejected in part.file.rejected:
        row = json.dumps(rejected.cells, ensure_ascii=False).replace(MARK, "\ufffd")
        yield part.file.name, rejected.line, rejected.reason, "", row


def _of_codes(connection: duckdb.DuckDBPyConnection, part: Opened, coded: pa.Table) -> Iterator[Row]:
    """Of a large file the few rows are taken by their place, not looked for in all of them."""
    told = connection.execute(
        f"SELECT _line, _reason, COALESCE(_column, '') FROM \"rows_{part.source.table}\""
        " WHERE _source = ? AND _file = ? AND _reason IS NOT NULL ORDER BY _line",
        [part.source.name, part.file.name],
    ).fetchall()
    wanted = np.array([line for line, _, _ in told], dtype="int64")
    places = np.searchsorted(coded[LINE].to_numpy(), wanted)
    rows = coded.take(pa.array(places)).select(list(part.file.headers)).to_pylist()
    for (line, reason, column), row in zip(told, rows, strict=True):
        yield part.file.name, line, reason, column, json.dumps(row, ensure_ascii=False, separators=(",", ":"))
