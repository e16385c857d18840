"""A source's files, package or database -> relations of the engine, text as text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.database_url import called
from crm_lib.ingest.encoding import find_encoding, known
from crm_lib.ingest.locate import NotThere, locate
from crm_lib.ingest.not_data import rule_of
from crm_lib.ingest.raw import Parsed, Rejected, Skipped
from crm_lib.ingest.read_csv import parse_csv
from crm_lib.ingest.read_excel import Rows, parse_excel
from crm_lib.ingest.snapshot import snapshot

LINE = "_crm_line"  # the row's line in its file, from 1


class UnknownEncoding(Exception):
    """No encoding fits the bytes, or the declared one does not exist."""


class OtherFormat(Exception):
    """The file is of another format than declared: `actual` is how to declare it."""

    def __init__(self, actual: str) -> None:
        super().__init__(actual)
        self.actual = actual


class QueryFailed(Exception):
    """The query over the files; the words are the engine's."""


@dataclass
class RawFile:
    """One file's rows in `relation`: `LINE` and a column a header."""

    name: str
    format: str
    encoding: str
    relation: str
    types: dict[str, str]
    path: Path | None = None  # of a CSV or Excel file
    skipped: list[Skipped] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(name for name in self.types if name != LINE)


def sheets(source: Source, folder: Path) -> list[tuple[Path, str]]:
    """Workbooks that the source's files are, with the sheet; none that are not there."""
    if source.format != "xlsx" or source.database:
        return []
    with suppress(NotThere):
        return [(path, source.sheet or "") for path in locate(source, folder).values()]
    return []


def load(
    source: Source, folder: Path, connection: duckdb.DuckDBPyConnection, rows_of: Rows | None = None
) -> list[RawFile]:
    """Every file of a source; one 'file' for a query. `rows_of` gives the rows of a sheet that may be read already.

    Raise NotThere, OtherFormat, UnreadableWorkbook, UnknownEncoding, QueryFailed, DatabaseFailed."""
    if source.database:
        return [_database(source, folder, connection)]
    found = locate(source, folder)
    if source.query:
        return [_query(source, found, connection)]
    return [
        _file(source, source.files.get(name, name), path, connection, f"raw_{source.name}_{i}", rows_of)
        for i, (name, path) in enumerate(found.items())
    ]


def _file(
    source: Source,
    name: str,
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    rows_of: Rows | None = None,
) -> RawFile:
    if (actual := file_format(path)) and actual != source.format:
        raise OtherFormat(actual)
    if source.format == "parquet":
        return _parquet(name, path, connection, relation)
    parsed, encoding = parse(source, path, rows_of)
    sql.create_table(connection, relation, _arrow(parsed))
    types = sql.described(connection, relation)
    return RawFile(name, source.format, encoding, relation, types, path, parsed.skipped, parsed.rejected)


_BEGINNINGS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xlsx", b"PAR1": "parquet"}


def file_format(path: Path) -> str:
    """'xlsx', 'parquet' or 'csv' by the first bytes of a file; '' where they do not tell."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    told = next((name for begin, name in _BEGINNINGS.items() if head.startswith(begin)), "")
    return told or (
        "csv" if head and b"\0" not in head and find_encoding(head[: head.rfind(b"\n") + 1] or head) else ""
    )


def parse(source: Source, path: Path, rows_of: Rows | None = None) -> tuple[Parsed, str]:
    """Rows of a CSV or Excel file and its encoding."""
    if source.format == "xlsx":
        return parse_excel(path, source.sheet, source.header_row, rule_of(source), rows_of), ""
    data = path.read_bytes()
    encoding = source.encoding if source.encoding else find_encoding(data)
    if not encoding or not known(encoding):
        raise UnknownEncoding(encoding or "")
    return parse_csv(data, encoding, source.delimiter, source.header_row, rule_of(source)), encoding


def _arrow(parsed: Parsed) -> pa.Table:
    columns = list(zip(*parsed.rows, strict=True)) or [()] * len(parsed.headers)
    arrays = [pa.array(parsed.lines, pa.int64()), *(pa.array(column, pa.string()) for column in columns)]
    return pa.table(arrays, names=[LINE, *parsed.headers])


def _parquet(name: str, path: Path, connection: duckdb.DuckDBPyConnection, relation: str) -> RawFile:
    rows = f"read_parquet({sql.string(str(path))}, file_row_number = true)"
    try:
        connection.execute(
            f"CREATE OR REPLACE VIEW {relation} AS"
            f" SELECT file_row_number + 1 AS {LINE}, * EXCLUDE (file_row_number) FROM {rows}"
        )
    except duckdb.Error as error:
        raise QueryFailed(_first_line(error)) from None
    return RawFile(name, "parquet", "", relation, sql.described(connection, relation))


def _query(source: Source, found: dict[str, Path], connection: duckdb.DuckDBPyConnection) -> RawFile:
    """The query sees each file as a table of its name; nothing but a SELECT fits where it stands."""
    connection.execute(f'CREATE SCHEMA "{source.name}"')
    parts = [_file(source, n, p, connection, f'"{source.name}"."{n}"') for n, p in found.items()]
    relation = f"raw_{source.name}_0"
    connection.execute(f"SET schema = '{source.name}'")
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE main.{relation} AS SELECT row_number() OVER () AS {LINE}, * FROM ({source.query})"
        )
    except duckdb.Error as error:
        raise QueryFailed(_first_line(error)) from None
    finally:
        connection.execute("SET schema = 'main'")
    return RawFile(
        name=" + ".join(path.name for path in found.values()),
        format=source.format,
        encoding=next((part.encoding for part in parts), ""),
        relation=relation,
        types=sql.described(connection, relation),
        skipped=[row for part in parts for row in part.skipped],
        rejected=[row for part in parts for row in part.rejected],
    )


def _database(source: Source, folder: Path, connection: duckdb.DuckDBPyConnection) -> RawFile:
    relation = f"raw_{source.name}_0"
    connection.execute(f"CREATE OR REPLACE VIEW {relation} AS {snapshot(source, folder).select(LINE)}")
    return RawFile(called(source), "sql", "", relation, sql.described(connection, relation))


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0][:300]
