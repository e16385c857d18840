"""Rows of a file -> typed columns, whole columns at a time.

What is already as it should be is cast by the engine; every other distinct text is read once by `cells.parser` and
joined back. So a large source costs no more Python than it has odd values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.cells import MONEY, Cell, CellForm, is_identifier, parser
from crm_lib.ingest.dates import DateForm
from crm_lib.ingest.load import LINE, RawFile
from crm_lib.ingest.mapping import Mapped, source_columns
from crm_lib.ingest.text import SPACES
from crm_lib.tables import SOURCE_TABLES, Column

_ISO = r"(19|20)\d\d-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?"
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_FLOATING = frozenset({"FLOAT", "DOUBLE"})
_ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class Change:
    """`cells` of a column that held `raw` and now hold `value`; rule 'invalid' where it could not be read."""

    source: str
    column: str
    raw: str
    value: str | None
    rule: str
    cells: int


@dataclass(frozen=True)
class _Part:
    """SQL of one column: its value, whether it was given but unreadable, and the join that it needs."""

    value: str
    bad: str = "FALSE"
    join: str = ""


def cell_form(source: Source, region: str, zone: str) -> CellForm:
    dates = DateForm(source.date_order, source.format == "xlsx", zone)
    return CellForm(dates, source.amount_unit, region)


def standardise(
    connection: duckdb.DuckDBPyConnection, source: Source, file: RawFile, mapped: Mapping[str, Mapped], form: CellForm
) -> tuple[str, list[Change]]:
    """SELECT of the file's rows with every column of its table, typed, and `bad_<column>`; and what was changed."""
    table = SOURCE_TABLES[source.table]
    changes: list[Change] = []
    columns, joins = [], []
    for i, column in enumerate(source_columns(table)):
        part = _part(connection, source, file, mapped.get(column.name), column, form, f"map_{source.name}_{i}", changes)
        columns.append(f'{part.value} AS "{column.name}", {part.bad} AS "bad_{column.name}"')
        joins.append(part.join)
    return (
        f"SELECT {sql.string(source.name)} AS _source, {sql.string(file.name)} AS _file, raw.{LINE} AS _line,"
        f" {', '.join(columns)} FROM {file.relation} AS raw {' '.join(filter(None, joins))}"
    ), changes


def _part(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    file: RawFile,
    mapped: Mapped | None,
    column: Column,
    form: CellForm,
    name: str,
    changes: list[Change],
) -> _Part:
    parse = parser(source.table, column, form, source.values.get(column.name, {}))
    if mapped is None:
        return _Part(f"CAST(NULL AS {column.type})")
    if mapped.constant is not None:
        value = parse(mapped.constant).value
        return _Part(f"CAST({'NULL' if value is None else sql.string(value)} AS {column.type})")
    raw = f"raw.{sql.quoted(mapped.header)}"
    kind = file.types[mapped.header]
    if column.name not in source.values and (value := _native(raw, kind, column, form)):
        return _Part(value, f"({raw} IS NOT NULL AND {value} IS NULL)" if _may_fail(kind, column) else "FALSE")
    return _read_texts(connection, source, file, column, form, raw, kind, name, parse, changes)


def _native(raw: str, kind: str, column: Column, form: CellForm) -> str:
    """Cast of a value that the source already types; '' where its text has to be read."""
    if column.values or column.name in ("phone", "email") or column.low is not None:
        return ""
    target = column.type
    if target in ("DATE", "TIMESTAMP"):
        local = f"timezone({sql.string(form.dates.zone)}, {raw})" if kind == _ZONED else raw
        return f"CAST({local} AS {target})" if kind.startswith("TIMESTAMP") or kind == "DATE" else ""
    if target.startswith("DECIMAL") and (kind in _WHOLE | _FLOATING or kind.startswith("DECIMAL")):
        scaled = f"{raw} * {form.unit!r}" if target == MONEY and form.unit != 1 else raw
        return f"TRY_CAST({scaled} AS {target})"
    if target in ("BIGINT", "VARCHAR") and kind in _WHOLE:
        return f"CAST({raw} AS {target})"
    return raw if target == "BOOLEAN" and kind == "BOOLEAN" else ""


def _may_fail(kind: str, column: Column) -> bool:
    return column.type.startswith("DECIMAL") and kind not in _WHOLE


def _read_texts(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    file: RawFile,
    column: Column,
    form: CellForm,
    raw: str,
    kind: str,
    name: str,
    parse,  # type: ignore[no-untyped-def]
    changes: list[Change],
) -> _Part:
    text = raw if kind == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    ready = "FALSE" if column.name in source.values else _ready(text, column, form)
    odd = connection.execute(
        f"SELECT {text} AS cell, COUNT(*) FROM {file.relation} AS raw"
        f" WHERE trim({text}, {sql.string(SPACES)}) <> '' AND NOT ({ready}) GROUP BY ALL ORDER BY cell"
    ).fetchall()
    cast = f"TRY_CAST({text} AS {column.type})" if column.type != "DATE" else f"CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE)"
    value = f"CASE WHEN {ready} THEN {cast} END" if ready != "FALSE" else f"CAST(NULL AS {column.type})"
    if not odd:
        return _Part(value)
    cells = {cell: parse(cell) for cell, _ in odd}
    changes.extend(_changes(source, column, odd, cells))
    _keep(connection, name, cells)
    read = f"CAST({name}.value AS {column.type})"
    return _Part(
        f"CASE WHEN {name}.cell IS NOT NULL THEN {read} ELSE {value} END",
        f"COALESCE({name}.bad, FALSE)",
        f"LEFT JOIN {name} ON {name}.cell = {text}",
    )


def _keep(connection: duckdb.DuckDBPyConnection, name: str, cells: Mapping[str, Cell]) -> None:
    """The reading of each distinct text, for the engine to join."""
    table = pa.table(
        {
            "cell": pa.array(list(cells), pa.string()),
            "value": pa.array([cell.value for cell in cells.values()], pa.string()),
            "bad": pa.array([cell.rule == "invalid" for cell in cells.values()], pa.bool_()),
        }
    )
    sql.create_table(connection, name, table)


def _changes(
    source: Source, column: Column, odd: list[tuple[str, int]], cells: Mapping[str, Cell]
) -> Iterator[Change]:
    for raw, count in odd:
        if cells[raw].rule:
            yield Change(source.name, column.name, raw, cells[raw].value, cells[raw].rule, count)


def _ready(text: str, column: Column, form: CellForm) -> str:
    """Condition that a text is already in canonical form."""
    if column.values or column.name in ("phone", "email") or column.low is not None or column.type == "BOOLEAN":
        return "FALSE"
    if column.type in ("DATE", "TIMESTAMP"):
        return f"regexp_full_match({text}, '{_ISO}') AND TRY_CAST({text} AS TIMESTAMP) IS NOT NULL"
    if column.type == "BIGINT":
        return f"regexp_full_match({text}, '-?\\d{{1,15}}')"
    if column.type.startswith("DECIMAL"):
        places = 2 if column.type == MONEY else 3
        unscaled = column.type != MONEY or form.unit == 1
        return f"regexp_full_match({text}, '-?\\d{{1,12}}(\\.\\d{{1,{places}}})?')" if unscaled else "FALSE"
    if is_identifier(column):
        return f"regexp_full_match({text}, '[!#-&(-<>-~][!-~]*') AND NOT ends_with({text}, '.0')"
    return f"{text} <> '' AND {text} = trim({text}, {sql.string(SPACES)})"
