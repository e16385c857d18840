"""Rows whose date could be either, or whose number Excel has cut: set aside with that reason, or refused."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.amend import as_table
from crm_lib.ingest.doubtful.texts import has_header, lines_with, of_file, texts_of
from crm_lib.ingest.mapping import decisive
from crm_lib.ingest.opened import Opened, source_place
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.values.dates import likely_order
from crm_lib.language import msg
from crm_lib.tables import Table


def set_aside_unclear(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    parts: Sequence[Opened],
    changes: Sequence[Change],
    ambiguous_dates: str,
    impossible_times: str,
) -> list[Problem]:
    """Give rows of `rows_<table>` the reasons `ambiguous_date`, `impossible_time` (of a source's own zone) and `excel_broken`.

    The policies: 'quarantine' sets aside whatever column it is; 'missing' only where the row cannot do without;
    'refuse' gives the problems."""
    problems: dict[tuple[str, str, str], Problem] = {}
    policies = {"ambiguous_date": ambiguous_dates, "impossible_time": impossible_times}
    for rule in sorted({c.rule for c in changes} & {*policies, "excel_broken"}):
        for part in parts:
            for name, mapped in part.mapped.items():
                texts = texts_of(changes, part.source.name, name, [rule]) if has_header(part, name) else []
                if texts:
                    lines_with(connection, part, name, dict.fromkeys(texts, ()))
                    whole = policies.get(rule, "missing") != "missing"
                    _set_aside(connection, table, part, name, rule, whole or decisive(table.name, mapped.column))
                    if policies.get(rule) == "refuse":
                        tell = _problem if rule == "ambiguous_date" else _skipped
                        problems.setdefault((rule, part.file.name, mapped.header), tell(connection, part, name, texts))
    return list(problems.values())


def _set_aside(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, column: str, rule: str, whole: bool
) -> None:
    if not whole:
        return
    as_table(connection, table)
    connection.execute(
        f'UPDATE "rows_{table.name}" SET _reason = {sql.string(rule)}, _column = {sql.string(column)}'
        f" WHERE {of_file(part)} AND (_reason IS NULL OR (_reason = 'invalid_value' AND _column = {sql.string(column)}))"
        " AND _line IN (SELECT _line FROM lines_wanted)"
    )


def _skipped(connection: duckdb.DuckDBPyConnection, part: Opened, column: str, texts: Sequence[str]) -> Problem:
    line, rows = connection.execute("SELECT MIN(_line), COUNT(*) FROM lines_wanted").fetchone() or (None, 0)
    args = {"file": part.file.name, "header": part.mapped[column].header, "column": column}
    return Problem(msg("errors.data.impossible_times", n=rows, line=line or 0, **args), source_place(part.source))


def _problem(connection: duckdb.DuckDBPyConnection, part: Opened, column: str, texts: Sequence[str]) -> Problem:
    line, rows = connection.execute("SELECT MIN(_line), COUNT(*) FROM lines_wanted").fetchone() or (None, 0)
    header, order = part.mapped[column].header, likely_order(texts)
    args: dict[str, str | int] = {"file": part.file.name, "header": header, "n": rows, "line": line or 0}
    id = "errors.data.ambiguous_dates_order" if order else "errors.data.ambiguous_dates"
    return Problem(msg(id, order=order, **args), f"{source_place(part.source)} date_order")
