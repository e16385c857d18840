"""Rows set aside, as they stood in the file: one CSV a source, for the client to mend."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.readers.encoding import MARK
from crm_lib.ingest.readers.raw import LINE

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


def _rows(connection: duckdb.DuckDBPyConnection, part: Opened) -> list[tuple[str, int | None, str, str, str]]:
    file = part.file
    cells = ", ".join(f"{sql.string(header)}: raw.{sql.quoted(header)}" for header in file.headers)
    typed = connection.execute(
        f"SELECT t._line, t._reason, COALESCE(t._column, ''), to_json({{{cells}}}) FROM {file.relation} AS raw"
        f' JOIN "rows_{part.source.table}" AS t ON t._line = raw.{LINE}'
        " WHERE t._source = ? AND t._file = ? AND t._reason IS NOT NULL",
        [part.source.name, file.name],
    ).fetchall()
    found = [(file.name, line, reason, column, row) for line, reason, column, row in typed]
    for rejected in file.rejected:
        row = json.dumps(rejected.cells, ensure_ascii=False).replace(MARK, "\ufffd")
        found.append((file.name, rejected.line, rejected.reason, "", row))
    return sorted(found, key=lambda row: (row[1], row[2]))
