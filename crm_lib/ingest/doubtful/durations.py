"""How long a ticket took -> when it was answered and closed; durations that a ticket's own two times contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.amend import as_table
from crm_lib.ingest.doubtful.texts import of_file
from crm_lib.ingest.mapping import Mapped, duration_units, opened_before
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.values.durations import UNITS
from crm_lib.tables import DURATIONS, Table

_DAY = UNITS["days"]


def with_beginning(select: str, mapped: Mapping[str, Mapped]) -> str:
    """SELECT of typed tickets, begun so long before they were closed where nothing else says when. A day without a time is
    the end of it."""
    if not opened_before(mapped):
        return select
    closed = f"CASE WHEN {_whole_day('closed_at')} THEN closed_at + INTERVAL {_DAY - 1} SECOND ELSE closed_at END"
    begun = f"CASE WHEN closed_in IS NOT NULL THEN {closed} - to_seconds(closed_in) END"
    return f"SELECT * REPLACE ({begun} AS opened_at, {closed} AS closed_at) FROM ({select})"


def settle_durations(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Opened]
) -> tuple[list[Change], list[tuple[str, str, str, int]]]:
    """Give tickets the times that their durations tell, in files that have no column of these; where a file has both, the
    two times stand. Return durations that differ from them by more than their unit, and (source, column, rule, cells)."""
    differing: list[Change] = []
    counted: list[tuple[str, str, str, int]] = []
    for part in parts if table.name == "tickets" else ():
        for name, moment in DURATIONS.items():
            if name not in part.mapped or (name == "closed_in" and opened_before(part.mapped)):
                continue
            if moment in part.mapped:
                n = _count(connection, table, part, _differs(name, moment, _tolerance(part, name)))
                differing += [Change(part.source.name, name, "", None, "duration_differs", n)] if n else []
                continue
            as_table(connection, table)
            known = f"{name} IS NOT NULL AND opened_at IS NOT NULL"
            n = _count(connection, table, part, known)
            connection.execute(
                f'UPDATE "rows_{table.name}" SET {moment} = opened_at + to_seconds({name}) WHERE {of_file(part)} AND {known}'
            )
            counted += [(part.source.name, name, "from_duration", n)] if n else []
    return differing, counted


def _whole_day(name: str) -> str:
    return f"{name} = date_trunc('day', {name})"


def _tolerance(part: Opened, name: str) -> int:
    """Seconds by which a duration may have been rounded."""
    return UNITS[duration_units(part.source, part.mapped)[name] or "hours"]


def _differs(name: str, moment: str, tolerance: int) -> str:
    days = " + ".join(f"CASE WHEN {_whole_day(one)} THEN {_DAY} ELSE 0 END" for one in ("opened_at", moment))
    return f"abs(epoch({moment}) - epoch(opened_at) - {name}) > {max(tolerance, 60)} + {days}"


def _count(connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, where: str) -> int:
    return sql.one(connection, f'SELECT COUNT(*) FROM "rows_{table.name}" WHERE {of_file(part)} AND {where}')
