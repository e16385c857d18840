"""What a file's own rows of totals say of its orders, each against the rows above it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa

from crm_lib.ingest import sql
from crm_lib.ingest.account import FRAMES, amount_column, sum_of_texts
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.readers.raw import LINE, Skipped
from crm_lib.ingest.values.numbers import read_number

_LESS = ("all", "declared", "duplicates", "both")  # what is not in a sum: nothing, rows declared as no data, duplicates
_CENT = Decimal("0.01")


def stated_totals_frame(connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened], base: str) -> pd.DataFrame:
    rows = [row for part in opened if part.source.table == "order_lines" for row in _stated(connection, part, base)]
    return pd.DataFrame(rows, columns=list(FRAMES["stated_totals"]))


def _stated(connection: duckdb.DuckDBPyConnection, part: Opened, base: str) -> list[tuple[object, ...]]:
    given = amount_column(part)
    totals = sorted((r for r in part.file.skipped if r.kind == "total" and read_number(r.amount)), key=_line)
    if given is None or not totals:
        return []
    lines = [row.line for row in totals]
    running = _running(connection, part, given.header, lines, base)
    seen: dict[tuple[str, Decimal], int] = {}
    told = []
    for i, row in enumerate(totals):
        says = sum_of_texts({row.amount: 1}, part, base)
        fit = _fit(says, i, running, seen)
        seen |= {(less, _cents(running[less][i])): i for less in _LESS}
        since = lines[fit.after] if fit.after is not None else 0
        money = (float(value) for value in (says, fit.found, says - fit.found))
        told.append((part.source.name, part.file.name, row.line, since, fit.like, *money))
    return told


def _line(row: Skipped) -> int:
    return row.line


@dataclass(frozen=True)
class _Fit:
    like: str
    found: Decimal
    after: int | None = None  # the row of totals that it counts from


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


def _fit(says: Decimal, i: int, running: dict[str, list[Decimal]], seen: dict[tuple[str, Decimal], int]) -> _Fit:
    """What total `i` is: of all rows above it, or of those since an earlier total, the nearest first.

    `seen`: what the rows above an earlier total came to -> the last such total.
    """
    whole = running["all"]
    for less in _LESS:
        if abs(says - running[less][i]) < _CENT:
            return _Fit(less, whole[i])
    for less in _LESS:
        if (j := seen.get((less, _cents(running[less][i] - says)))) is not None:
            return _Fit("part" if less == "all" else "part_without", whole[i] - whole[j], j)
    near = _Fit("nothing", whole[i])
    last = _Fit("nothing", whole[i] - whole[i - 1], i - 1) if i else near
    return last if abs(says - last.found) <= abs(says - near.found) else near


def _running(
    connection: duckdb.DuckDBPyConnection, part: Opened, header: str, lines: Sequence[int], base: str
) -> dict[str, list[Decimal]]:
    """_LESS -> what all rows above each of the lines come to."""
    kept = _sums_of_rows(connection, part, header, lines, base)
    declared = _by_line(part, [(r.line, r.amount) for r in part.file.skipped if r.kind == "declared"], lines, base)
    again = _duplicates(connection, part, lines)
    found: dict[str, list[Decimal]] = {less: [] for less in _LESS}
    sums = [Decimal(0)] * len(_LESS)
    for row, out, twice in zip(kept, declared, again, strict=True):
        for k, value in enumerate((row + out, row, row + out - twice, row - twice)):
            sums[k] += value
            found[_LESS[k]].append(sums[k])
    return found


def _by_line(part: Opened, cells: Sequence[tuple[int, str]], lines: Sequence[int], base: str) -> list[Decimal]:
    """Cells by the first of the lines that is below them."""
    texts: list[Counter[str]] = [Counter() for _ in lines]
    for line, text in cells:
        if (at := bisect_left(lines, line)) < len(lines):
            texts[at][text] += 1
    return [sum_of_texts(each, part, base) for each in texts]


def _sums_of_rows(
    connection: duckdb.DuckDBPyConnection, part: Opened, header: str, lines: Sequence[int], base: str
) -> list[Decimal]:
    """What the rows come to as they are written, by the first of the lines below them."""
    sql.create_table(connection, "total_lines", pa.table({"ends": pa.array(lines, pa.int64())}))
    query = (
        f"SELECT ends, v, COUNT(*) FROM (SELECT CAST({sql.quoted(header)} AS VARCHAR) AS v, {LINE} AS line"
        f" FROM {part.file.relation}) AS r ASOF JOIN total_lines ON r.line < ends WHERE v IS NOT NULL GROUP BY ALL"
    )
    texts: list[dict[str, int]] = [{} for _ in lines]
    for ends, text, n in connection.execute(query).fetchall():
        texts[bisect_left(lines, ends)][text] = n
    width = len(part.file.headers)
    at = part.file.headers.index(header)
    cut = [(row.line, row.cells[at]) for row in part.file.rejected if len(row.cells) == width]
    read = [sum_of_texts(each, part, base) for each in texts]
    return [one + more for one, more in zip(read, _by_line(part, cut, lines, base), strict=True)]


def _duplicates(connection: duckdb.DuckDBPyConnection, part: Opened, lines: Sequence[int]) -> list[Decimal]:
    found = connection.execute(
        'SELECT ends, SUM(amount) FROM (SELECT amount, _line FROM "rows_order_lines" WHERE _duplicate AND _source = ?'
        " AND _file = ?) AS r ASOF JOIN total_lines ON r._line < ends GROUP BY ends",
        [part.source.name, part.file.name],
    ).fetchall()
    by_end = {ends: Decimal(str(amount or 0)) for ends, amount in found}
    return [by_end.get(line, Decimal(0)) for line in lines]
