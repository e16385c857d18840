"""Merged cells among the rows of a sheet: only the first row of a region has its value, the others are meant, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.ingest.readers.odd_cells import blank
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.readers.two_headers import Span
from crm_lib.ingest.values.text import folded, tidy


@dataclass(frozen=True)
class Unmerged:
    """`filled`: cells that got the value of their region; `left`: cells of sums, which a value more would count twice."""

    table: pa.Table
    filled: int = 0
    left: int = 0


def unmerged(table: pa.Table, first: int, spans: Sequence[Span] | None, sums: Collection[str]) -> Unmerged:
    """Table (with LINE) of rows from the sheet's row `first` (from 0) on, each empty cell of a merged region with the region's value.

    A row that has nothing of its own stays blank; of a region of several columns only the first has a value, as in the
    sheet. `sums`: headers (folded) of what is summed, such as amounts: they stay as they are.
    """
    body, lines = table.drop_columns([LINE]), table.column(LINE)
    by_column: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (top, left), (bottom, _) in spans or ():
        if top >= first and bottom > top and left < body.num_columns and top - first < body.num_rows:
            by_column[left].append((top - first, min(bottom - first, body.num_rows - 1)))
    if not by_column:
        return Unmerged(table)
    own = _has_own(body)
    counts = {False: 0, True: 0}
    columns = list(body.columns)
    for at, regions in by_column.items():
        cells, n = _filled(columns[at].to_pylist(), sorted(regions), own)
        summed = folded(body.column_names[at]) in sums
        counts[summed] += n
        columns[at] = columns[at] if summed else pa.chunked_array([pa.array(cells, pa.string())])
    found = pa.table([lines, *columns], names=[LINE, *body.column_names])
    return Unmerged(found, counts[False], counts[True])


def _has_own(body: pa.Table) -> list[bool]:
    empty = blank(body.column(0))
    for column in body.columns[1:]:
        empty = pc.and_(empty, blank(column))
    return pc.invert(empty).to_pylist()


def _filled(
    cells: list[str | None], regions: Sequence[tuple[int, int]], own: Sequence[bool]
) -> tuple[list[str | None], int]:
    """Cells with what their regions (first and last row, in order) say, and how many were filled."""
    done, n = -1, 0
    for top, bottom in regions:
        value = cells[top]
        if top <= done or not value or not tidy(value):  # regions of a sheet do not overlap
            continue
        done = bottom
        for row in range(top + 1, bottom + 1):
            if own[row] and not tidy(cells[row] or ""):
                cells[row] = value
                n += 1
    return cells, n
