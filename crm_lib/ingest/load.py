"""A source's files, package or database -> relations of the engine, text as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.children.in_child import UnreadableFile
from crm_lib.ingest.databases.snapshot import snapshot
from crm_lib.ingest.locate import Found, NotThere, locate
from crm_lib.ingest.mapping import amount_headers, map_columns, required_headers, summed_headers, unknown_headers
from crm_lib.ingest.readers.encoding import find_encoding, find_encoding_of_file, known
from crm_lib.ingest.readers.file_kind import REFUSED, WORKBOOKS, file_kind, fits
from crm_lib.ingest.readers.merged_cells import Unmerged, unmerged
from crm_lib.ingest.readers.mojibake import count_mojibake
from crm_lib.ingest.readers.not_data import declared_rule, rule_of
from crm_lib.ingest.readers.odd_cells import blank
from crm_lib.ingest.readers.raw import LINE, Parsed, Rejected, Skipped
from crm_lib.ingest.readers.read_csv import parse_csv
from crm_lib.ingest.readers.read_excel import Sheet, Sheets, Wanted, read_sheets
from crm_lib.ingest.readers.read_json import read_json
from crm_lib.ingest.readers.read_large_csv import parse_large_csv
from crm_lib.ingest.readers.read_parquet import check_parquet
from crm_lib.ingest.readers.text_columns import headed, without
from crm_lib.ingest.readers.whole_orders import is_settled, settled
from crm_lib.ingest.values.forms import form
from crm_lib.ingest.values.text import folded

NOTES = ("error", "uncached", "lost_digits", "hidden", "hidden_unread", "mojibake", "merged", "merged_left")
_HEAD = 1 << 20  # bytes that tell an encoding
_OF_THE_QUERY = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.SyntaxException)
LARGE_BYTES = 8 << 20  # a CSV file from this size on is read in blocks


class UnknownEncoding(Exception):
    """No encoding fits the bytes, or the declared one does not exist."""


class OtherFormat(Exception):
    """The file is of another format than declared: `actual` is how to declare it."""

    def __init__(self, actual: str) -> None:
        super().__init__(actual)
        self.actual = actual


class QueryFailed(Exception):
    """The query over the files; the words are the engine's. tables: name in the query -> the file as it was read."""

    def __init__(self, words: str, tables: Mapping[str, RawFile] | None = None) -> None:
        super().__init__(words)
        self.tables = tables or {}


class FilesFailed(Exception):
    """Files of a source that cannot be read: (name, why) of each, why being one of the exceptions above."""

    def __init__(self, failures: Sequence[tuple[str, Exception]]) -> None:
        super().__init__(", ".join(name for name, _ in failures))
        self.failures = failures


@dataclass(frozen=True)
class Note:
    """Something that a file does not show by itself; `kind` is one of NOTES. `n` cells, or `what`."""

    kind: str
    n: int = 0
    what: str = ""


class Words(NamedTuple):
    """A column of a large file by the words of its header; own: no two of them have one value; rows: how many say each."""

    header: str
    values: pa.Array
    own: bool
    rows: np.ndarray


@dataclass
class RawFile:
    """One file's rows in `relation`: `LINE` and a column a header. Of a workbook it is one sheet."""

    name: str
    format: str
    encoding: str
    relation: str
    types: dict[str, str]
    path: Path | None = None  # of a file that is read as text
    skipped: list[Skipped] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    sheet: str = ""
    from_1904: bool = False  # serial numbers of days begin in 1904
    words: dict[str, Words] = field(default_factory=dict)  # of a large file, by column
    coded: pa.Table | None = None  # of a large file: what `relation` shows, each text a code of its column's dictionary

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(name for name in self.types if name != LINE)


def sheets(source: Source, folder: Path) -> list[tuple[Path, Wanted]]:
    """Workbooks that the source's files are, with the sheets; none that are not there."""
    with suppress(NotThere):
        found = [] if source.database else locate(source, folder)
        said = [(source.of_file(one.named), one.path) for one in found]
        may_be = (None, *WORKBOOKS)
        return [(path, one.sheet) for one, path in said if one.format in may_be and file_kind(path) in WORKBOOKS]
    return []


def load(
    source: Source, folder: Path, connection: duckdb.DuckDBPyConnection, sheets_of: Sheets = read_sheets
) -> list[RawFile]:
    """Every file of a source, of a workbook every sheet; one 'file' for a query. `sheets_of` gives sheets that may be read
    already.

    Raise NotThere, QueryFailed, FilesFailed, DatabaseFailed."""
    if source.database:
        return [_database(source, folder, connection)]
    found = locate(source, folder)
    if source.query:
        return [_query(source, found, connection, sheets_of)]
    files: list[RawFile] = []
    failures: list[tuple[str, Exception]] = []
    for i, one in enumerate(found):
        said = source.of_file(one.named)
        try:
            read = _file(said, one.file, one.path, connection, f"raw_{source.name}_{i}", sheets_of)
            files += [_settled(said, file, connection) for file in read] if is_settled(said) else read
        except (OtherFormat, UnreadableFile, UnknownEncoding) as error:
            failures.append((one.file, error))
    if failures:
        raise FilesFailed(failures)
    return files


def _file(
    source: Source, name: str, path: Path, connection: duckdb.DuckDBPyConnection, relation: str, sheets_of: Sheets
) -> list[RawFile]:
    kind = file_kind(path)
    if kind == "encrypted":
        raise UnreadableFile("encrypted")
    broken_lines = kind == "json" and source.format == "jsonl"  # its first line may be broken
    if kind in REFUSED and not broken_lines:
        raise UnreadableFile("no_table", kind=kind)
    if not fits(source.format, kind) and not broken_lines:
        raise OtherFormat(kind)
    if kind in WORKBOOKS:
        found = sheets_of(path, source.sheet)
        return [
            _sheet(source, _called(name, source, page), path, kind, page, connection, f"{relation}_{i}")
            for i, page in enumerate(found)
        ]
    if source.format in (*WORKBOOKS, "parquet") and not kind:
        raise UnreadableFile("broken_workbook" if source.format in WORKBOOKS else "broken_parquet")
    if kind == "parquet":
        return [_parquet(source, name, path, connection, relation)]
    if source.format == "jsonl" or (source.format is None and kind == "jsonl"):
        return [_json(source, name, path, kind, connection, relation)]
    if source.header_rows > 1:
        raise UnreadableFile("header_rows")
    if path.stat().st_size >= LARGE_BYTES:
        return [_large_csv(source, name, path, connection, relation)]
    parsed, encoding = parse(source, path)
    sql.create_table(connection, relation, _arrow(parsed))
    types = sql.described(connection, relation)
    notes = _mojibake({*parsed.headers, *chain.from_iterable(parsed.rows)})
    return [
        RawFile(name, source.format or "csv", encoding, relation, types, path, parsed.skipped, parsed.rejected, notes)
    ]


def _settled(source: Source, file: RawFile, connection: duckdb.DuckDBPyConnection) -> RawFile:
    """A file whose orders' rows each say what their order does; one that lacks the header is told of by its columns."""
    if unknown_headers(source, file.headers):
        return file
    texts = ", ".join(f"COALESCE(CAST({name} AS VARCHAR), '') AS {name}" for name in map(sql.quoted, file.headers))
    table = connection.execute(f"SELECT {LINE}, {texts} FROM {file.relation} ORDER BY {LINE}").to_arrow_table()
    table = settled(table, source)
    skipped: list[Skipped] = []
    if source.whole_order:
        table, skipped = without(table, declared_rule(source))
    relation = f"{file.relation}_orders"
    sql.create_table(connection, relation, table)
    skipped = sorted([*file.skipped, *skipped], key=lambda row: row.line)
    types = sql.described(connection, relation)
    return replace(file, relation=relation, types=types, skipped=skipped, words={}, coded=None)


def _mojibake(texts: Iterable[str]) -> list[Note]:
    count = count_mojibake(texts)
    return [Note("mojibake", count)] if count else []


def _called(name: str, source: Source, page: Sheet) -> str:
    """A workbook's name, with the sheet's where it has others or the engagement names it."""
    return f"{name} [{page.name}]" if page.among > 1 or source.sheet is not None else name


def _sheet(
    source: Source, name: str, path: Path, kind: str, page: Sheet, connection: duckdb.DuckDBPyConnection, relation: str
) -> RawFile:
    rule = rule_of(source)
    whole = _unmerged(source, page)
    table, skipped = without(whole.table, rule)
    _check_results(source, page, table)
    _show(connection, relation, table)
    counts = {**page.notes, "merged": whole.filled, "merged_left": whole.left}
    notes = [Note(kind_of, n) for kind_of, n in counts.items() if n]
    notes += [] if page.visible else [Note("hidden", what=page.name)]
    notes += [Note("hidden_unread", what=", ".join(page.others))] if page.others else []
    types = sql.described(connection, relation)
    return RawFile(name, kind, "", relation, types, path, skipped, [], notes, page.name, page.from_1904)


def _unmerged(source: Source, page: Sheet) -> Unmerged:
    """Rows under their header with what merged cells say. Nobody says what a query sums: its cells stay as they are."""
    table = headed(page.columns, source.header_row, source.header_rows, page.spans)
    first = source.header_row + source.header_rows - 1
    names = table.column_names if source.query else summed_headers(source)
    return unmerged(table, first, page.spans, frozenset(map(folded, names)))


def _check_results(source: Source, page: Sheet, table: pa.Table) -> None:
    """Refuse a sheet none of whose rows has a value that each needs, for want of the results of its formulas."""
    needed = {folded(header) for header in [*required_headers(source), *amount_headers(source)]}
    lacking = [name for name in table.column_names if folded(name) in needed and pc.all(blank(table[name])).as_py()]
    formulas = page.notes["uncached"]
    if not source.query and lacking and formulas >= table.num_rows > 0:
        raise UnreadableFile("uncached", sheet=page.name, headers=", ".join(lacking), n=formulas)


def _show(connection: duckdb.DuckDBPyConnection, relation: str, table: pa.Table) -> None:
    """A relation of a table as it stands, not of a copy."""
    shown = sql.unquoted(relation)
    connection.register(shown, table)
    if shown != relation:
        connection.execute(f"CREATE VIEW {relation} AS SELECT * FROM {shown}")


def _large_csv(source: Source, name: str, path: Path, connection: duckdb.DuckDBPyConnection, relation: str) -> RawFile:
    encoding = source.encoding if source.encoding else find_encoding_of_file(path)
    if not encoding or not known(encoding):
        raise UnknownEncoding(encoding or "")
    parsed = parse_large_csv(
        path, encoding, _delimiter(source), source.header_row, rule_of(source), quote=source.quote, escape=source.escape
    )
    _show(connection, relation, parsed.table)
    types = {column: "BIGINT" if column == LINE else "VARCHAR" for column in parsed.table.column_names}
    notes = _mojibake(word for name in parsed.headers for word in _beyond_ascii(parsed.table.column(name)))
    return RawFile(
        name, "csv", encoding, relation, types, path, parsed.skipped, parsed.rejected, notes, coded=parsed.table
    )


def _beyond_ascii(column: pa.ChunkedArray) -> Iterator[str]:
    """The texts of a dictionary column that are not all ASCII: the others are quicker told here than in Python."""
    for chunk in column.chunks[:1]:
        yield from chunk.dictionary.filter(pc.invert(pc.string_is_ascii(chunk.dictionary))).to_pylist()


def _json(
    source: Source, name: str, path: Path, kind: str, connection: duckdb.DuckDBPyConnection, relation: str
) -> RawFile:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    encoding = source.encoding or find_encoding(head[: head.rfind(b"\n") + 1] or head)
    if not encoding or not known(encoding):
        raise UnknownEncoding(encoding or "")
    found = read_json(path, encoding)
    if found.rejected and not found.table.num_rows:
        raise UnreadableFile("no_table", kind=kind) if kind == "json" else OtherFormat("csv")
    table, skipped = without(found.table, rule_of(source))
    sql.create_table(connection, relation, table)
    skipped = sorted([*found.blank, *skipped], key=lambda row: row.line)
    types = sql.described(connection, relation)
    return RawFile(name, "jsonl", encoding, relation, types, path, skipped, found.rejected)


def parse(source: Source, path: Path) -> tuple[Parsed, str]:
    """Rows of a CSV file and its encoding."""
    data = path.read_bytes()
    encoding = source.encoding if source.encoding else find_encoding(data)
    if not encoding or not known(encoding):
        raise UnknownEncoding(encoding or "")
    how = (_delimiter(source), source.header_row, rule_of(source), source.quote, source.escape)
    return parse_csv(data, encoding, *how), encoding


def _delimiter(source: Source) -> str | None:
    return source.delimiter or ("\t" if source.format == "tsv" else None)


def _arrow(parsed: Parsed) -> pa.Table:
    columns = list(zip(*parsed.rows, strict=True)) or [()] * len(parsed.headers)
    arrays = [pa.array(parsed.lines, pa.int64()), *(pa.array(column, pa.string()) for column in columns)]
    return pa.table(arrays, names=[LINE, *parsed.headers])


def _parquet(source: Source, name: str, path: Path, connection: duckdb.DuckDBPyConnection, relation: str) -> RawFile:
    check_parquet(path)
    rows = f"read_parquet({sql.string(str(path))}, file_row_number = true)"
    try:
        connection.execute(
            f"CREATE OR REPLACE VIEW {relation} AS"
            f" SELECT file_row_number + 1 AS {LINE}, * EXCLUDE (file_row_number) FROM {rows}"
        )
    except duckdb.Error as error:
        raise QueryFailed(_first_line(error)) from None
    return _without_nul(source, RawFile(name, "parquet", "", relation, sql.described(connection, relation)), connection)


def _query(source: Source, found: list[Found], connection: duckdb.DuckDBPyConnection, sheets_of: Sheets) -> RawFile:
    """The query sees the files of one name as a table of it; nothing but a SELECT fits where it stands."""
    connection.execute(f'CREATE SCHEMA "{source.name}"')
    parts, failures = list[RawFile](), list[tuple[str, Exception]]()
    tables: dict[str, list[RawFile]] = {}
    for i, one in enumerate(found):
        relation = f"part_{source.name}_{i}"
        try:
            read = _file(source.of_file(one.named), one.file, one.path, connection, relation, sheets_of)
        except (OtherFormat, UnreadableFile, UnknownEncoding) as error:
            failures.append((one.file, error))
            continue
        parts += read
        tables.setdefault(one.named or one.file, []).extend(read)
    if failures:
        raise FilesFailed(failures)
    for name, files in tables.items():
        rows = " UNION ALL BY NAME ".join(f"SELECT * EXCLUDE ({LINE}) FROM {file.relation}" for file in files)
        connection.execute(f'CREATE VIEW "{source.name}"."{name}" AS {rows}')
    relation = f"raw_{source.name}_0"
    connection.execute(f"SET schema = '{source.name}'")
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE main.{relation} AS SELECT row_number() OVER () AS {LINE}, * FROM ({source.query})"
        )
    except duckdb.Error as error:
        raise QueryFailed(_reason(error), {name: files[0] for name, files in tables.items()}) from None
    finally:
        connection.execute("SET schema = 'main'")
    return RawFile(
        name=" + ".join(
            dict.fromkeys(Path(source.files[one.named].file if one.named else one.file).name for one in found)
        ),
        format=parts[0].format,
        encoding=next((part.encoding for part in parts), ""),
        relation=relation,
        types=sql.described(connection, relation),
        skipped=[row for part in parts for row in part.skipped],
        rejected=[row for part in parts for row in part.rejected],
        notes=[note for part in parts for note in part.notes],
        from_1904=any(part.from_1904 for part in parts),
    )


def _database(source: Source, folder: Path, connection: duckdb.DuckDBPyConnection) -> RawFile:
    relation = f"raw_{source.name}_0"
    connection.execute(f"CREATE OR REPLACE VIEW {relation} AS {snapshot(source, folder).select(LINE)}")
    return _without_nul(
        source, RawFile(source.name, "sql", "", relation, sql.described(connection, relation)), connection
    )


def _without_nul(source: Source, file: RawFile, connection: duckdb.DuckDBPyConnection) -> RawFile:
    """A row with a NUL in a text that is used is set aside, as text readers do: it is no text, and servers refuse it."""
    used = set(file.headers) if source.query and not source.database else _used(source, file)
    texts = [sql.quoted(name) for name in file.headers if name in used and file.types[name] == "VARCHAR"]
    if not texts:
        return file
    broken = " OR ".join(f"contains({name}, chr(0))" for name in texts)
    cells = ", ".join(f"CAST({sql.quoted(name)} AS VARCHAR)" for name in file.headers)
    rows = connection.execute(f"SELECT {LINE}, {cells} FROM {file.relation} WHERE {broken} ORDER BY {LINE}").fetchall()
    if not rows:
        return file
    whole = f"{sql.unquoted(file.relation)}_whole"
    connection.execute(f"ALTER VIEW {file.relation} RENAME TO {sql.quoted(whole)}")
    kept = f"SELECT * FROM {sql.quoted(whole)} WHERE NOT COALESCE({broken}, FALSE)"
    connection.execute(f"CREATE VIEW {file.relation} AS {kept}")
    file.rejected = [Rejected(line, "nul_byte", tuple(cell or "" for cell in row)) for line, *row in rows]
    return file


def _used(source: Source, file: RawFile) -> set[str]:
    return {given.header for given in map_columns(source, file.headers).values()}


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0][:300]


def _reason(error: duckdb.Error) -> str:
    """What is wrong with a query, and in which of its lines. What fails on rows quotes their values: of these the form."""
    told, place = _first_line(error), re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    if not isinstance(error, _OF_THE_QUERY):
        kind, _, rest = str(error).partition(": ")
        value = re.match(r"""([^'"\n]*)(['"])(.*)\2([^'"\n]*)$""", rest, re.MULTILINE)
        told = f"{kind}: {value[1]}'{form(value[3])}'{value[4]}" if value else kind
    return f"{told} (LINE {place[1]})" if place else told
