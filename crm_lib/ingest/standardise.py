"""Rows of a file -> typed columns, whole columns at a time.

What is already as it should be is cast by the engine; every other distinct text is read once by `cells.parser` and
joined back. So a large source costs no more Python than it has odd values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.engagement import Source
from crm_lib.engagement_data import MISSING_WORDS
from crm_lib.ingest import sql
from crm_lib.ingest.load import RawFile, Words
from crm_lib.ingest.mapping import Mapped, decisive, duration_units, source_columns
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.standardise_coded import (
    by_rows,
    plain_phones,
    show,
    text_column,
    typed_column,
    unpushed,
    with_country,
    words_of,
)
from crm_lib.ingest.values.cells import MONEY, Cell, CellForm, is_identifier, may_be_missing, parser
from crm_lib.ingest.values.dates import DateForm, parse_datetime
from crm_lib.ingest.values.masked import SQL_TEXT
from crm_lib.ingest.values.text import SPACES, folded, tidy
from crm_lib.tables import SOURCE_TABLES, Column

_DAY = r"(19|20)\d\d-\d\d-\d\d"
_ISO = r"(19|20)\d\d-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?"
_PLAIN_KEY = "[0-9]*[1-9][0-9]*|[A-Za-z]{1,4}[0-9]+"  # others may stand for nobody
_PLAINEST = "^[A-Za-z]{1,4}[0-9]{3,}$"  # most numbers are; one cheap test before four
_ODD_ID = r".*\.0|\d([.,]\d+)?[eE]\+\d{1,2}"  # a number's point, or digits that Excel dropped
_WIDE_WORD = r"[\x{FF00}-\x{FFEF}]{1,6}"  # may be a word for nothing in full width
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_FLOATING = frozenset({"FLOAT", "DOUBLE"})
_ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class Change:
    """`cells` of a column that held `raw` and now hold `value`; a rule of `cells.UNREAD` where it could not be read. A
    text that several rules changed stands under each. `each`: where the engine read many texts itself, their raw, value
    and cells, in place of one."""

    source: str
    column: str
    raw: str
    value: str | None
    rule: str
    cells: int
    each: pa.Table | None = None


def cell_form(
    source: Source,
    file: RawFile,
    region: str,
    zone: str,
    missing: Sequence[str] = MISSING_WORDS,
    mapped: Mapping[str, Mapped] | None = None,
) -> CellForm:
    own = source.time_zone if source.time_zone and source.time_zone != zone else ""
    dates = DateForm(source.date_order or "", file.format in ("xlsx", "xls"), zone, own, file.from_1904)
    words = missing if source.missing is None else source.missing
    known = frozenset(map(folded, words))
    units = duration_units(source, mapped or {})
    return CellForm(dates, source.amount_unit, region, known, durations=units)


def standardise(
    connection: duckdb.DuckDBPyConnection, source: Source, file: RawFile, mapped: Mapping[str, Mapped], form: CellForm
) -> tuple[str, list[Change]]:
    """SELECT of the file's rows with every column of its table, typed, and what was changed.

    `bad_<column>` says where a value that decides about the row was given but could not be read.
    """
    form = replace(form, moments=_moments(connection, file, mapped, form)) if form.dates.own else form
    if file.coded is not None:
        return _standardise_coded(connection, source, file, file.coded, mapped, form)
    columns = source_columns(SOURCE_TABLES[source.table])
    texts = [c for c in columns if _is_text(source, file, mapped.get(c.name), c, form)]
    odd = _odd_cells(connection, source, file, mapped, texts, form)
    parsers = {c.name: parser(source.table, c, form, source.values.get(c.name, {})) for c in columns}
    read = {name: {cell: parsers[name](cell) if tidy(cell) else Cell(None) for cell in odd[name]} for name in odd}
    readings = _keep(connection, f"read_{file.relation}", read)
    changes = list(_changes(source, odd, read))
    values, joins = [], []
    for column in columns:
        given = mapped.get(column.name)
        value, bad = _value(file, given, column, form, parsers[column.name], column in texts)
        if read.get(column.name):
            name = sql.quoted(f"read_{column.name}")
            value = f"CASE WHEN {name}.cell IS NULL THEN {value} ELSE {_cast(f'{name}.value', column)} END"
            bad = f"COALESCE({name}.bad, FALSE)"
            text = _text(file, mapped[column.name])
            joins.append(f"LEFT JOIN {readings} AS {name} ON {name}.col = '{column.name}' AND {name}.cell = {text}")
        values.append(f'{value} AS "{column.name}"')
        if decisive(source.table, column):
            values.append(f'{bad} AS "bad_{column.name}"')
        elif bad != "FALSE" and column.name not in read:
            changes.append(_unread(connection, source, file, column, bad))
    return (
        f"SELECT {sql.string(source.name)} AS _source, {sql.string(file.name)} AS _file, raw.{LINE} AS _line,"
        f" {', '.join(values)} FROM {file.relation} AS raw {' '.join(joins)}"
    ), changes


def _moments(
    connection: duckdb.DuckDBPyConnection, file: RawFile, mapped: Mapping[str, Mapped], form: CellForm
) -> frozenset[str]:
    """Columns of dates any of which has a time beside midnight: in a column of days midnight is no time."""
    plain, found = replace(form.dates, own=""), set()
    for name, given in mapped.items():
        if given.column.type not in ("DATE", "TIMESTAMP") or given.constant is not None:
            continue
        query = f"SELECT DISTINCT {_text(file, given)} AS cell FROM {file.relation} AS raw ORDER BY cell"
        cells = (parse_datetime(cell, plain) for (cell,) in connection.execute(query).fetchall() if cell)
        if any(moment and moment.time() != time() for moment in cells):
            found.add(name)
    return frozenset(found)


def _standardise_coded(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    file: RawFile,
    coded: pa.Table,
    mapped: Mapping[str, Mapped],
    form: CellForm,
) -> tuple[str, list[Change]]:
    """The same of a large file: what is done for each distinct text is done for its code."""
    columns = source_columns(SOURCE_TABLES[source.table])
    given = [c for c in columns if c.name in mapped and mapped[c.name].constant is None]
    name = sql.unquoted(file.relation)
    headers = dict.fromkeys(mapped[c.name].header for c in given)
    texts = {h: words_of(coded, h) for h in headers}
    words = {h: show(connection, f"words_{name}_{i}", texts[h]) for i, h in enumerate(headers)}
    phones = {
        c.name: plain_phones(texts[mapped[c.name].header]["cell"].chunk(0))
        for c in given
        if _has_plain(source, c, form)
    }
    odd = {
        c.name: _odd_words(connection, source, c, form, texts[mapped[c.name].header], phones.get(c.name)) for c in given
    }
    parsers = {c.name: parser(source.table, c, form, source.values.get(c.name, {})) for c in columns}
    read = {n: {cell: parsers[n](cell) if tidy(cell) else Cell(None) for cell in cells} for n, cells in odd.items()}
    readings = _keep(connection, f"read_{name}", {n: cells for n, cells in read.items() if cells})
    changes = list(_changes(source, odd, read))
    shown, parts = {}, []
    for column in columns:
        bad = "FALSE"
        if column not in given:
            value, bad = _value(file, mapped.get(column.name), column, form, parsers[column.name], True)
        else:
            value, header = unpushed(f"raw.{sql.quoted(column.name)}", column), mapped[column.name].header
            cells = texts[header]["cell"].chunk(0)
            if column.type == "VARCHAR":
                values, marks = text_column(cells, read[column.name], phones.get(column.name))
            else:
                as_value = _cast("NULLIF(w.cell, '')", column)
                if read[column.name]:
                    as_value = f"CASE WHEN r.cell IS NULL THEN {as_value} ELSE {_cast('r.value', column)} END"
                values, marks = typed_column(
                    connection, words[header], column, as_value, readings if read[column.name] else None
                )
            shown[column.name] = by_rows(coded[header], values)
            own = column.type == "VARCHAR" and not read[column.name]
            file.words[column.name] = Words(header, values, own, texts[header]["n"].to_numpy())
            if column.name in phones:
                changes += _plain_changes(source, column, texts[header], phones[column.name])
            if marks is not None and decisive(source.table, column):
                shown[f"bad_{column.name}"] = by_rows(coded[header], marks)
                bad = f'raw."bad_{column.name}"'
        parts.append(f'{value} AS "{column.name}"')
        if decisive(source.table, column):
            parts.append(f'{bad} AS "bad_{column.name}"')
    relation = show(connection, f"typed_{name}", pa.table({LINE: coded[LINE], **shown}))
    return (
        f"SELECT {sql.string(source.name)} AS _source, {sql.string(file.name)} AS _file, raw.{LINE} AS _line,"
        f" {', '.join(parts)} FROM {relation} AS raw"
    ), changes


def _has_plain(source: Source, column: Column, form: CellForm) -> bool:
    """Whether plain mobile numbers of a column are brought to the standard without the parser."""
    return column.name == "phone" and form.region == "CN" and column.name not in source.values


def _odd_words(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    column: Column,
    form: CellForm,
    words: pa.Table,
    phones: pa.Array | None,
) -> dict[str, int]:
    ready = "FALSE" if column.name in source.values else _ready(source.table, column, form)
    missing = any(re.search(_PLAINEST, word, re.IGNORECASE) for word in form.missing)
    if is_identifier(column) and ready != "FALSE" and not missing:
        words = words.filter(pc.invert(pc.match_substring_regex(words["cell"], _PLAINEST)))
    if phones is not None:
        words = words.filter(pc.invert(phones))
    show(connection, "unsure", words)
    query = f"SELECT cell, n FROM unsure AS w WHERE n > 0 AND cell <> '' AND NOT ({ready})"
    return dict(sorted(connection.execute(query).fetchall()))


def _plain_changes(source: Source, column: Column, words: pa.Table, phones: pa.Array) -> list[Change]:
    found = words.filter(pc.and_(phones, pc.greater(words["n"], 0)))
    if not found.num_rows:
        return []
    each = pa.table({"raw": found["cell"], "value": with_country(found["cell"]), "cells": found["n"]})
    return [Change(source.name, column.name, "", None, "phone", pc.sum(found["n"]).as_py(), each)]


def _text(file: RawFile, mapped: Mapped) -> str:
    raw = f"raw.{sql.quoted(mapped.header)}"
    return raw if file.types[mapped.header] == "VARCHAR" else f"CAST({raw} AS VARCHAR)"


def _is_text(source: Source, file: RawFile, mapped: Mapped | None, column: Column, form: CellForm) -> bool:
    """Whether the column's cells have to be read as text."""
    if mapped is None or mapped.constant is not None:
        return False
    return column.name in source.values or not _native("raw", file.types[mapped.header], column, form)


def _value(
    file: RawFile, mapped: Mapped | None, column: Column, form: CellForm, parse: Callable[[str], Cell], as_text: bool
) -> tuple[str, str]:
    """SQL of a column, of its texts in canonical form; and whether it was given but unreadable."""
    if mapped is None:
        return f"CAST(NULL AS {column.type})", "FALSE"
    if mapped.constant is not None:
        value = parse(mapped.constant).value
        return f"CAST({'NULL' if value is None else sql.string(value)} AS {column.type})", "FALSE"
    raw, kind = f"raw.{sql.quoted(mapped.header)}", file.types[mapped.header]
    value = _native(raw, kind, column, form)
    if as_text or not value:
        return _cast(f"NULLIF({_text(file, mapped)}, '')", column), "FALSE"
    may_fail = column.type.startswith("DECIMAL") and kind not in _WHOLE
    return value, f"({raw} IS NOT NULL AND {value} IS NULL)" if may_fail else "FALSE"


def _odd_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    file: RawFile,
    mapped: Mapping[str, Mapped],
    columns: Sequence[Column],
    form: CellForm,
) -> dict[str, dict[str, int]]:
    """Column -> distinct texts that are not in canonical form yet -> how many cells say so."""
    parts = []
    for column in columns:
        ready = "FALSE" if column.name in source.values else _ready(source.table, column, form)
        # With n in it the condition stays above the GROUP BY; else it would be worked out for every row.
        parts.append(
            f"SELECT '{column.name}' AS col, cell, n FROM (SELECT {_text(file, mapped[column.name])} AS cell,"
            f" COUNT(*) AS n FROM {file.relation} AS raw GROUP BY 1) AS c"
            f" WHERE CASE WHEN n > 0 THEN cell <> '' AND NOT ({ready}) END"
        )
    query = " UNION ALL ".join(parts) or "SELECT '' AS col, '' AS cell, 0 AS n WHERE FALSE"
    found: dict[str, dict[str, int]] = {}
    for name, cell, count in connection.execute(query).fetchall():
        found.setdefault(name, {})[cell] = count
    return {name: dict(sorted(cells.items())) for name, cells in found.items()}


def _cast(text: str, column: Column) -> str:
    """A text in canonical form as the column's type; a moment gives its day."""
    if column.type == "DATE":
        return f"CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE)"
    return text if column.type == "VARCHAR" else f"TRY_CAST({text} AS {column.type})"


def _keep(connection: duckdb.DuckDBPyConnection, name: str, read: Mapping[str, Mapping[str, Cell]]) -> str:
    """The reading of each distinct text, for the engine to join: col, cell, value, bad."""
    rows = [(col, cell, r.value, r.unread) for col, cells in read.items() for cell, r in cells.items()]
    schema = pa.schema([("col", pa.string()), ("cell", pa.string()), ("value", pa.string()), ("bad", pa.bool_())])
    arrays = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(schema.types)]
    sql.create_table(connection, name, pa.Table.from_arrays(arrays, schema=schema))
    return name


def _changes(
    source: Source, odd: Mapping[str, Mapping[str, int]], read: Mapping[str, Mapping[str, Cell]]
) -> Iterator[Change]:
    for name, cells in read.items():
        for raw, cell in cells.items():
            for rule in (cell.rule, *cell.also):
                if rule:
                    yield Change(source.name, name, raw, cell.value, rule, odd[name][raw])


def _unread(connection: duckdb.DuckDBPyConnection, source: Source, file: RawFile, column: Column, bad: str) -> Change:
    """Numbers of a typed source that are none or too large to keep."""
    count = sql.one(connection, f"SELECT COUNT(*) FROM {file.relation} AS raw WHERE {bad}")
    return Change(source.name, column.name, "", None, "invalid", count)


def _native(raw: str, kind: str, column: Column, form: CellForm) -> str:
    """Cast of a value that the source already types; '' where its text has to be read."""
    if column.values or column.name in ("phone", "email", "currency") or column.low is not None:
        return ""
    target = column.type
    if target in ("DATE", "TIMESTAMP"):
        zoned = kind == _ZONED
        if column.name in form.moments and kind.startswith("TIMESTAMP") and not zoned:
            raw, zoned = f"timezone({sql.string(form.dates.own)}, CAST({raw} AS TIMESTAMP))", True
        local = f"timezone({sql.string(form.dates.zone)}, {raw})" if zoned else raw
        return f"CAST({local} AS {target})" if kind.startswith("TIMESTAMP") or kind == "DATE" else ""
    if target.startswith("DECIMAL") and (kind in _WHOLE | _FLOATING or kind.startswith("DECIMAL")):
        scaled = f"{raw} * {form.unit!r}" if target == MONEY and form.unit != 1 else raw
        return f"TRY_CAST({scaled} AS {target})"
    if target in ("BIGINT", "VARCHAR") and kind in _WHOLE:
        return f"CAST({raw} AS {target})"
    return raw if target == "BOOLEAN" and kind == "BOOLEAN" else ""


def _ready(table: str, column: Column, form: CellForm) -> str:
    """Condition that the text `cell` is in canonical form already."""
    plain = _plain(table, column, form)
    if plain == "FALSE" or column.type != "VARCHAR" or not form.missing or not may_be_missing(column):
        return plain
    words = ", ".join(map(sql.string, sorted(form.missing)))
    return f"{plain} AND lower(trim(cell)) NOT IN ({words}) AND NOT regexp_full_match(cell, '{_WIDE_WORD}')"


def _plain(table: str, column: Column, form: CellForm) -> str:
    """The same but for words that stand for nothing."""
    if (
        column.values
        or column.name in ("phone", "email", "currency", "city", "province")
        or column.low is not None
        or column.type == "BOOLEAN"
    ):
        return "FALSE"
    if column.type in ("DATE", "TIMESTAMP"):
        ready = _DAY if column.name in form.moments else _ISO
        return f"regexp_full_match(cell, '{ready}') AND TRY_CAST(cell AS TIMESTAMP) IS NOT NULL"
    if column.type == "BIGINT":
        return "regexp_full_match(cell, '-?\\d{1,15}')"
    if column.type.startswith("DECIMAL"):
        places = 2 if column.type == MONEY else 3
        unscaled = column.type != MONEY or form.unit == 1
        return f"regexp_full_match(cell, '-?\\d{{1,12}}(\\.\\d{{1,{places}}})?')" if unscaled else "FALSE"
    if column.name == "customer_key":
        return f"regexp_full_match(cell, '{_PLAIN_KEY}')"
    if is_identifier(column):
        return f"regexp_full_match(cell, '[!#-&(-<>-~][!-~]*') AND NOT regexp_full_match(cell, '{_ODD_ID}')"
    if column.name == "name" and table != "campaigns":
        return "FALSE"
    if column.name in ("id_number", "address"):
        return f"cell <> '' AND cell = trim(cell, {sql.string(SPACES)}) AND NOT regexp_matches(cell, '{SQL_TEXT}')"
    return f"cell <> '' AND cell = trim(cell, {sql.string(SPACES)})"
