"""Sources opened and their columns mapped, or everything that is wrong with them, at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crm_lib.engagement import FILE_NAME, Engagement, Source
from crm_lib.engagement_data import BASIS
from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.children.in_child import UnreadableFile
from crm_lib.ingest.databases.database_url import DatabaseFailed
from crm_lib.ingest.groups import group_of
from crm_lib.ingest.load import FilesFailed, OtherFormat, QueryFailed, RawFile, load, sheets
from crm_lib.ingest.locate import NotThere
from crm_lib.ingest.mapping import (
    Mapped,
    closest,
    constant_text,
    duration_units,
    map_columns,
    missing_columns,
    source_columns,
    twice,
    unknown_headers,
)
from crm_lib.ingest.readers.encoding import find_encoding_of_file, python_codec
from crm_lib.ingest.readers.layout import better_layout, looks_like_data, matches, wanted_headers
from crm_lib.ingest.readers.mojibake import meanings
from crm_lib.ingest.readers.read_excel import Ahead, Sheets
from crm_lib.ingest.values.cells import INVALID, CellForm, parser
from crm_lib.ingest.values.durations import bare_number
from crm_lib.ingest.values.text import folded
from crm_lib.language import Message, Value, msg
from crm_lib.tables import IDENTITY, SOURCE_TABLES

_MOST_HEADERS = 40
_SEVERAL = 3  # mapped headers; of fewer each is told of by itself


@dataclass(frozen=True)
class Opened:
    """One file of a source, its headers mapped to canonical columns."""

    source: Source
    file: RawFile
    mapped: dict[str, Mapped]


def open_sources(
    engagement: Engagement, folder: Path, connection: duckdb.DuckDBPyConnection
) -> tuple[list[Opened], list[Problem]]:
    """Every file of every source, and every problem; the files are whole only where there is no problem."""
    with Ahead(sheet for source in engagement.sources for sheet in sheets(source, folder)) as ahead:
        opened, problems = _open(engagement.sources, folder, connection, ahead.sheets)
    problems += _without_unit(connection, opened)
    return opened, [*problems, *_without_rate(opened, engagement.data.amounts)]


def _without_unit(connection: duckdb.DuckDBPyConnection, opened: Iterable[Opened]) -> Iterator[Problem]:
    """Files with durations that are plain numbers, where neither the header nor the engagement says of what."""
    for part in opened:
        for name, unit in duration_units(part.source, part.mapped).items():
            given = part.mapped[name]
            header = given.header
            if given.constant is not None or unit:
                continue
            query = (
                f"SELECT DISTINCT CAST({sql.quoted(header)} AS VARCHAR) AS cell FROM {part.file.relation} ORDER BY cell"
            )
            if any(bare_number(cell) for (cell,) in connection.execute(query).fetchall() if cell):
                words = msg("errors.data.no_duration_unit", file=part.file.name, header=header, column=name)
                yield Problem(words, f"{source_place(part.source)} duration_units.{name}")


def _without_rate(opened: Iterable[Opened], basis: str | None) -> Iterator[Problem]:
    """Files whose amounts have to be brought to the basis, by a tax that nothing gives."""
    for part in opened:
        tax = part.source.tax
        if tax and basis and BASIS[tax] != basis and not part.mapped.keys() & {"tax_rate", "tax_amount"}:
            words = msg("errors.data.no_tax_rate", file=part.file.name, headers=_listed(part.file))
            yield Problem(words, f"{source_place(part.source)} tax")


def _open(
    sources: Iterable[Source], folder: Path, connection: duckdb.DuckDBPyConnection, sheets_of: Sheets
) -> tuple[list[Opened], list[Problem]]:
    opened: list[Opened] = []
    problems: list[Problem] = []
    for source in sources:
        where = source_place(source)
        problems.extend(_value_problems(source, where))
        try:
            files = load(source, folder, connection, sheets_of)
        except FilesFailed as failed:
            problems.extend(Problem(file_failure(name, error, source), where) for name, error in failed.failures)
            continue
        except (NotThere, QueryFailed, DatabaseFailed) as error:
            problems.append(Problem(_failure(source, error), where))
            continue
        for file in files:
            problems.extend(_column_problems(source, file, where))
            opened.append(Opened(source, file, map_columns(source, file.headers)))
    return opened, problems


def source_place(source: Source) -> str:
    return f"{FILE_NAME} {source.place}"


def _failure(source: Source, error: Exception) -> Message:
    if isinstance(error, NotThere):
        if error.reason == "no_package":
            group = group_of(error.what)
            rule = "no_package_group" if group else "no_package"
            return msg(f"errors.data.{rule}", package=error.what, group=group)
        if error.near:
            return msg("errors.data.no_file_near", file=error.what, near=error.near)
        return msg(f"errors.data.{error.reason}", file=error.what)
    if isinstance(error, DatabaseFailed):
        return msg(f"errors.data.sql.{error.rule}", **error.given)
    tables = error.tables if isinstance(error, QueryFailed) else {}
    failed = msg("errors.data.query_failed", reason=str(error))
    parts = [_table_words(source.of_file(name), name, file) for name, file in tables.items()]
    return msg("errors.data.query_tables", failed=failed, tables=Value("list", parts)) if parts else failed


def _table_words(source: Source, name: str, file: RawFile) -> Message:
    """What a query finds under a name; where a file was read in another encoding than its bytes are, both."""
    args = {"name": name, "file": file.name, "headers": _listed(file), "encoding": file.encoding}
    if not file.encoding or not file.path:
        return msg("errors.data.query_table", **args)
    meant = find_encoding_of_file(file.path) if source.encoding else None
    if meant and _codec(meant) != _codec(file.encoding) and not _is_ascii(file.path):
        return msg("errors.data.query_table_misread", meant=meant, **args)
    return msg("errors.data.query_table_text", **args)


def _codec(encoding: str) -> str:
    return python_codec(encoding).removesuffix("-sig")


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as stream:
        return all(block.isascii() for block in iter(lambda: stream.read(1 << 20), b""))


def file_failure(file: str, error: Exception, source: Source | None = None) -> Message:
    """Why a file cannot be read, one of what FilesFailed holds; `source` says how it was declared."""
    sheet = (source.sheet if source else None) or ""
    if isinstance(error, UnreadableFile):
        details = {**error.details, "kind": msg(f"errors.kind.{error.details.get('kind', 'archive')}")}
        asked = sheet if isinstance(sheet, str) else ", ".join(sheet)
        return msg(f"errors.data.{error.reason}", **{"file": file, "sheet": asked, **details})
    if isinstance(error, OtherFormat):
        return msg("errors.data.other_format", file=file, format=source.format if source else "", actual=error.actual)
    if source and source.encoding:
        return msg("errors.data.unknown_encoding", file=file, encoding=source.encoding)
    return msg("errors.data.undecodable", file=file, encoding="")


def _column_problems(source: Source, file: RawFile, where: str) -> Iterator[Problem]:
    headers = file.headers
    if not headers:
        empty = file.path is not None and not file.path.stat().st_size
        rule = "empty_file" if empty else "no_header"
        yield Problem(msg(f"errors.data.{rule}", file=file.name, row=source.header_row), where)
        return
    unknown = unknown_headers(source, headers)
    if len(unknown) > 1 and (misread := _misread(source, file, where)):
        yield misread
        return
    there = _listed(file)
    for key, header in unknown.items():
        near = closest(header, headers)
        rule = "unknown_header_near" if near else "unknown_header"
        message = msg(f"errors.data.{rule}", file=file.name, header=header, near=near, headers=there)
        yield Problem(message, f"{where} {key}")
    for key, header in twice(source, headers).items():
        yield Problem(msg("errors.data.header_twice", file=file.name, header=header), f"{where} {key}")
    if unknown.keys() & {f"columns.{column.name}" for column in IDENTITY}:
        return
    yield from _missing(source, file, there, where)


def _missing(source: Source, file: RawFile, there: str, where: str) -> Iterator[Problem]:
    for column in missing_columns(source, map_columns(source, file.headers)):
        if not source.columns.get(column):
            rule = "missing_customer" if column == "customer_key" else "missing_column"
            yield Problem(
                msg(f"errors.data.{rule}", file=file.name, table=source.table, column=column, headers=there),
                f"{where} columns.{column}",
            )


def _misread(source: Source, file: RawFile, where: str) -> Problem | None:
    """One problem where the file was read in a way that most mapped headers are not found."""
    wanted, here = wanted_headers(source), matches(wanted_headers(source), file.headers)
    args: dict[str, str | int] = {"file": file.name, "row": source.header_row, "here": here, "wanted": len(wanted)}
    if file.path and (better := better_layout(source, file.path, file.format, file.sheet, file.headers)):
        settings = ", ".join(
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in better.settings.items()
        )
        words = msg("errors.data.misread", found=better.found, settings=settings, **args)
        return Problem(words, f"{where} {', '.join(better.settings)}")
    if here or len(wanted) < _SEVERAL:
        return None
    if spoilt := _spoilt(wanted, file):
        return Problem(
            msg("errors.data.mojibake_header", file=file.name, was=spoilt[0], meant=spoilt[1]), f"{where} file"
        )
    return Problem(msg("errors.data.no_mapped_header", headers=_listed(file), **args), f"{where} columns")


def _spoilt(wanted: frozenset[str], file: RawFile) -> tuple[str, str] | None:
    """A header and what it was, where the file was once opened in a wrong encoding and saved so."""
    meant = max(meanings(file.headers), key=lambda headers: matches(wanted, headers))
    if 2 * matches(wanted, meant) < len(wanted):
        return None
    pairs = zip(file.headers, meant, strict=True)
    return next(((was, now) for was, now in pairs if was != now and folded(now) in wanted), None)


def _listed(file: RawFile) -> str:
    """The headers of a file; what may be a row of customers' data is not shown."""
    if file.path and looks_like_data(file.headers):
        return "***"
    return ", ".join(file.headers[:_MOST_HEADERS]) + (", ..." if len(file.headers) > _MOST_HEADERS else "")


def _value_problems(source: Source, where: str) -> Iterator[Problem]:
    """Constants and mapped values that their column cannot hold."""
    form = CellForm()
    for column in source_columns(SOURCE_TABLES[source.table]):
        parse = parser(source.table, column, form, {})
        if column.name in source.constants and parse(constant_text(source.constants[column.name])) == INVALID:
            given = str(source.constants[column.name])
            allowed = ", ".join(column.values) or column.type
            message = msg("errors.data.bad_constant", column=column.name, value=given, allowed=allowed)
            yield Problem(message, f"{where} constants.{column.name}")
        for ours in sorted(set(source.values.get(column.name, {}).values()) - {""}):
            if parse(ours) == INVALID:
                allowed = ", ".join(column.values) or column.type
                message = msg("errors.data.bad_value_map", column=column.name, value=ours, allowed=allowed)
                yield Problem(message, f"{where} values.{column.name}")
