"""Columns of text, as a sheet has them -> a table under its header, and the rows of it that are no data.

Whole columns at a time: only rows that may be no data are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.ingest.readers.not_data import NotData
from crm_lib.ingest.readers.odd_cells import blank, may_be_total
from crm_lib.ingest.readers.raw import LINE, Skipped, headers
from crm_lib.ingest.readers.two_headers import Span, joined
from crm_lib.ingest.values.text import folded

_TAIL = 64  # rows at the end among which notes and footers are looked for at first


def under_header(
    cells: pa.Table, header_row: int, header_rows: int, rule: NotData, spans: Sequence[Span] | None = None
) -> tuple[pa.Table, list[Skipped]]:
    """`headed` without the rows that are no data, and these."""
    return without(headed(cells, header_row, header_rows, spans), rule)


def headed(cells: pa.Table, header_row: int, header_rows: int, spans: Sequence[Span] | None = None) -> pa.Table:
    """Table with LINE and a column a header. Rows above the header are not read; columns that are blank from the header
    on are none."""
    cells = cells.slice(header_row - 1)
    width = _width(cells)
    if not cells.num_rows or not width:
        return pa.table({LINE: pa.array([], pa.int64())})
    cells = cells.select(range(width))
    top = [list(row) for row in zip(*(c.to_pylist() for c in cells.slice(0, header_rows).columns), strict=True)]
    names = headers(joined(top, header_row - 1, spans))
    first = header_row + header_rows
    body = cells.slice(header_rows).rename_columns(list(names))
    lines = pa.array(range(first, first + body.num_rows), pa.int64())
    return body.add_column(0, LINE, lines)


def without(table: pa.Table, rule: NotData) -> tuple[pa.Table, list[Skipped]]:
    """A table with LINE without its rows that are no data, and these."""
    lines, body = table.column(LINE), table.drop_columns([LINE])
    kinds = _kinds(body, rule) if body.num_columns else {}
    if not kinds:
        return table, []
    amounts = next((body.column(name) for name in body.column_names if rule.amount == folded(name)), None)
    skipped = [
        Skipped(lines[at].as_py(), kind, "" if amounts is None else amounts[at].as_py() or "")
        for at, kind in sorted(kinds.items())
    ]
    keep = pc.invert(pc.is_in(lines, pa.array([row.line for row in skipped], pa.int64())))
    return table.filter(keep), skipped


def _width(cells: pa.Table) -> int:
    """Columns up to the last that has anything in it: a remark beside the table is a column without a name."""
    width = cells.num_columns
    while width and pc.all(blank(cells.column(width - 1))).as_py():
        width -= 1
    return width


def _kinds(body: pa.Table, rule: NotData) -> dict[int, str]:
    """Index of a row that is no data -> its kind. Judged are rows that may be, and the end of the table."""
    suspects = _suspects(body, rule)
    tail = _TAIL + 2 * rule.footer_rows
    while True:
        start = max(0, body.num_rows - tail)
        places = [at for at in suspects if at < start] + list(range(start, body.num_rows))
        rows = list(
            zip(*(column.to_pylist() for column in body.take(pa.array(places, pa.int64())).columns), strict=True)
        )
        kinds = rule.kinds(body.column_names, [(at, list(row), False) for at, row in zip(places, rows, strict=True)])
        end = kinds[len(kinds) - (body.num_rows - start) :]
        filled = sum(kind != "blank" for kind in end)
        if start == 0 or ("" in end and filled >= rule.footer_rows):
            return {at: kind for at, kind in zip(places, kinds, strict=True) if kind}
        tail *= 4


def _suspects(body: pa.Table, rule: NotData) -> list[int]:
    """Rows that are blank, begin with what may be a word for totals, or hold a declared value."""
    first = body.column(0)
    empty = blank(first)
    for column in body.columns[1:]:
        if not pc.any(empty).as_py():
            break
        first = pc.if_else(empty, column, first)
        empty = blank(first)
    found = empty
    if rule.keys is not None:
        found = pc.or_(found, may_be_total(first))
    for name in body.column_names if rule.declared else ():
        if values := rule.declared.get(folded(name)):
            given = [text for text in pc.unique(body.column(name)).to_pylist() if folded(text) in values]
            found = pc.or_(found, pc.is_in(body.column(name), pa.array(given, pa.string())))
    return pc.indices_nonzero(found).to_pylist()
