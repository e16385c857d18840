"""Local times that the clock skipped or showed twice, when it was put forward or back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import duckdb

from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.amend import as_table
from crm_lib.ingest.doubtful.texts import of_file
from crm_lib.ingest.mapping import decisive
from crm_lib.ingest.opened import Opened, source_place
from crm_lib.ingest.standardise import Change
from crm_lib.language import msg
from crm_lib.tables import Column, Table

Span = tuple[datetime, datetime]  # from, until (local time, the end not included)
_STEP = timedelta(days=7)  # no zone changed its clocks twice within a week


@lru_cache(maxsize=8)
def skipped_and_repeated(zone: str, first_year: int, last_year: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Spans of local time that did not exist, and that were there twice."""
    skipped: list[Span] = []
    repeated: list[Span] = []
    at, end = datetime(first_year, 1, 1, tzinfo=UTC) - _STEP, datetime(last_year + 1, 1, 1, tzinfo=UTC) + _STEP
    local = ZoneInfo(zone)
    before = _offset(at, local)
    while at < end:
        after = _offset(at + _STEP, local)
        if after != before:
            wall = _change(at, at + _STEP, local).replace(tzinfo=None)
            span = (wall + min(before, after), wall + max(before, after))
            (skipped if after > before else repeated).append(span)
        at, before = at + _STEP, after
    return tuple(skipped), tuple(repeated)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset changes."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def settle_times(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    parts: Sequence[Opened],
    changes: Sequence[Change],
    zone: str,
    policy: str,
) -> tuple[list[Change], list[tuple[str, str, str, int]], list[Problem]]:
    """Set aside rows of a time that the clock skipped (`impossible_time`), or leave the time out, by policy; a time that it
    showed twice is the first. Return what could not be read, (source, column, 'repeated_hour', cells), problems."""
    found: list[Change] = []
    repeated: list[tuple[str, str, str, int]] = []
    problems: list[Problem] = []
    for column in (c for c in table.columns if c.type == "TIMESTAMP"):
        doubtful: dict[str, int] = {}
        for part in (p for p in parts if column.name in p.mapped and not _zoned(p, column, zone)):
            skipped, twice = _spans(connection, table, part, column, zone)
            if skipped and (told := _skipped(connection, table, part, column, skipped)):
                found += told
                problems += [_problem(connection, table, part, column, skipped, told)] if policy == "refuse" else []
                _settle(connection, table, part, column, skipped, policy)
            if twice:
                sure = 0 if part.source.name in doubtful else _with_offset(changes, part, column, twice)
                count = _count(connection, table, part, column, twice) - sure
                doubtful[part.source.name] = doubtful.get(part.source.name, 0) + count
        repeated += [(source, column.name, "repeated_hour", count) for source, count in doubtful.items() if count > 0]
    return found, repeated, problems


def _zoned(part: Opened, column: Column, zone: str) -> bool:
    """Whether its times are of another clock: they were brought to the report's."""
    if part.source.time_zone not in (None, zone):
        return True
    return part.file.types.get(part.mapped[column.name].header) == "TIMESTAMP WITH TIME ZONE"


def _spans(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, column: Column, zone: str
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    query = f'SELECT MIN({column.name}), MAX({column.name}) FROM "rows_{table.name}" WHERE {of_file(part)}'
    first, last = connection.execute(query).fetchone() or (None, None)
    if first is None:
        return (), ()
    both = skipped_and_repeated(zone, first.year, last.year)
    return tuple(s for s in both[0] if s[1] > first and s[0] <= last), tuple(
        s for s in both[1] if s[1] > first and s[0] <= last
    )


def _within(column: Column, spans: Sequence[Span]) -> str:
    """Midnight sharp is a day without a time, even where clocks are put forward at midnight."""
    name = column.name
    inside = " OR ".join(f"({name} >= TIMESTAMP '{a}' AND {name} < TIMESTAMP '{b}')" for a, b in spans)
    return f"({inside or 'FALSE'}) AND {name} <> date_trunc('day', {name})"


def _skipped(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, column: Column, spans: Sequence[Span]
) -> list[Change]:
    rows = connection.execute(
        f'SELECT CAST({column.name} AS VARCHAR) AS raw, COUNT(*) FROM "rows_{table.name}" WHERE {of_file(part)}'
        f" AND {_within(column, spans)} GROUP BY raw ORDER BY raw"
    ).fetchall()
    return [Change(part.source.name, column.name, raw, None, "impossible_time", n) for raw, n in rows]


def _settle(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    part: Opened,
    column: Column,
    spans: Sequence[Span],
    policy: str,
) -> None:
    here = f"WHERE {of_file(part)} AND {_within(column, spans)}"
    as_table(connection, table)
    rows = f'UPDATE "rows_{table.name}"'
    if policy == "missing" and not decisive(table.name, column):
        connection.execute(f"{rows} SET {column.name} = NULL {here}")
    else:
        aside = f"_reason = 'impossible_time', _column = {sql.string(column.name)}"
        connection.execute(f"{rows} SET {aside} {here} AND _reason IS NULL")


def _count(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, column: Column, spans: Sequence[Span]
) -> int:
    where = f"{of_file(part)} AND {_within(column, spans)}"
    return sql.one(connection, f'SELECT COUNT(*) FROM "rows_{table.name}" WHERE {where}')


def _with_offset(changes: Sequence[Change], part: Opened, column: Column, spans: Sequence[Span]) -> int:
    """Times that said their offset: of these nothing is in doubt."""
    own = [c for c in changes if (c.source, c.column, c.rule) == (part.source.name, column.name, "time_zone")]
    return sum(c.cells for c in own if any(a <= datetime.fromisoformat(c.value or "1900-01-01") < b for a, b in spans))


def _problem(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    part: Opened,
    column: Column,
    spans: Sequence[Span],
    told: Sequence[Change],
) -> Problem:
    where = f"{of_file(part)} AND {_within(column, spans)}"
    line = sql.one(connection, f'SELECT MIN(_line) FROM "rows_{table.name}" WHERE {where}')
    args = {"file": part.file.name, "header": part.mapped[column.name].header, "column": column.name}
    count = sum(change.cells for change in told)
    return Problem(msg("errors.data.impossible_times", n=count, line=line, **args), source_place(part.source))
