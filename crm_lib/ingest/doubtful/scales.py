"""Scores of another scale than the column's: of 1 to 10 read as 1 to 5 only the worst answers would count, and school marks
(1 is the best) read as points would praise what is bad."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import duckdb

from crm_lib.errors import Problem
from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened, source_place
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.values.numbers import parse_number
from crm_lib.language import msg
from crm_lib.tables import Column, Table

_SHARE = 0.1  # of the numbers of a column that lie above its scale
_SEVERAL = 2  # different numbers above it: a single one is a code for no answer
_SHOWN = 10
_MARKS = 5  # the scale that marks could be taken for
_GOOD = r"sehr (?:gut|zufrieden)|ausgezeichnet|hervorragend|beste?\b|very (?:good|satisfied|happy)|excellent|best\b|très (?:bon|satisfait)|非常满意|很满意|最满意|非常好|最好|最高"
_BAD = r"sehr (?:schlecht|unzufrieden)|ungenügend|mangelhaft|schlecht|very (?:bad|poor|dissatisfied|unhappy)|worst|poor\b|très (?:mauvais|insatisfait)|非常不满|很不满|最不满|最差|最低"
_IS = r"\s*(?:[=:：–—-]|is|ist|为|表示|代表)\s*(?:the |am |最)?"
# A header that says that the lowest number is the best: German school marks, or a legend.
_UPSIDE_DOWN = re.compile(rf"schulnot|(?<![\d.,])1{_IS}(?:{_GOOD})|(?<![\d.,])[56]{_IS}(?:{_BAD})", re.IGNORECASE)


def other_scales(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Opened], changes: Sequence[Change]
) -> Iterator[Problem]:
    """One problem for each column of scores of a source."""
    of_source = {part.source.name: part for part in parts}
    for name, part in of_source.items():
        for column in table.columns:
            if column.type == "BIGINT" and column.high is not None and column.name in part.mapped:
                yield from _other_scale(connection, table, part, column, [c for c in changes if c.source == name])
                if column.high == _MARKS:
                    yield from _upside_down(part, column)


def _upside_down(part: Opened, column: Column) -> Iterator[Problem]:
    """Marks of which 1 is the best, where nothing says what each stands for."""
    header = part.mapped[column.name].header
    if _UPSIDE_DOWN.search(header) and not part.source.values.get(column.name):
        args: dict[str, str | int] = {"file": part.file.name, "header": header, "column": column.name}
        yield Problem(msg("errors.data.upside_down", **args), f"{source_place(part.source)} columns.{column.name}")


def _other_scale(
    connection: duckdb.DuckDBPyConnection, table: Table, part: Opened, column: Column, changes: Sequence[Change]
) -> Iterator[Problem]:
    above: Counter[Decimal] = Counter()
    for change in changes:
        if change.column == column.name and change.rule == "invalid" and change.each is None:
            number = parse_number(change.raw)
            if number is not None and column.high is not None and number > column.high:
                above[number] += change.cells
    if len(above) < _SEVERAL:
        return
    query = f'SELECT COUNT("{column.name}") FROM "rows_{table.name}" WHERE _source = {sql.string(part.source.name)}'
    given = sql.one(connection, query) + above.total()
    if above.total() < _SHARE * given:
        return
    numbers = sorted(above)
    args: dict[str, str | int] = {
        "file": part.file.name,
        "header": part.mapped[column.name].header,
        "column": column.name,
        "n": above.total(),
        "given": given,
        "low": int(column.low or 0),
        "high": int(column.high or 0),
        "values": ", ".join(f"{value.normalize():f}" for value in numbers[:_SHOWN])
        + (" …" if len(numbers) > _SHOWN else ""),
        "top": f"{numbers[-1].normalize():f}",
    }
    yield Problem(msg("errors.data.other_scale", **args), f"{source_place(part.source)} columns.{column.name}")
