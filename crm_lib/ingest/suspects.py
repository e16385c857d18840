"""Rows of order lines that look like a sum of the others, and rows that stand in a source more than once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.rows import REFERENCE

_FEWEST = 3  # rows of a file, the sum among them
_CLOSE = 0.001  # of the amount: sums are copied by hand, and a row may have been mended since
_SEVERAL_LINES = 0.01  # of a source's orders: beyond it a row is a line of an order, below it a row is an order
_ROWS = '"rows_order_lines"'


def set_aside_totals(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """A row of nobody, with an order number unlike all others, that comes to what its whole file comes to, or to half the
    money without any number at all, is rather a sum than an order: set aside as `suspected_total`.

    Where a source keeps its rows of totals nothing is suspected.
    """
    named = ", ".join(sql.string(source.name) for source in sources if source.total_rows == "skip")
    nobody = " AND ".join(f"{sql.quoted(name)} IS NULL" for name in REFERENCE)
    form = "regexp_replace(regexp_replace(order_id, '\\d+', '9', 'g'), '[^\\d\\W]+', 'A', 'g')"
    signed = "CASE WHEN kind = 'refund' THEN -ABS(amount) ELSE amount END"
    file = "OVER (PARTITION BY _source, _file)"
    connection.execute(
        f"UPDATE {_ROWS} SET _reason = 'suspected_total', _column = 'amount' FROM ("
        f"SELECT _source AS s, _file AS f, _line AS l FROM (SELECT _source, _file, _line, order_id, {nobody} AS nobody,"
        f" CAST(amount AS DOUBLE) AS own, CAST(SUM(amount) {file} AS DOUBLE) AS whole, CAST(SUM({signed}) {file} AS DOUBLE)"
        f" AS net, COUNT(*) {file} AS n, COUNT(*) OVER (PARTITION BY _source, _file, {form}) AS alike"
        f" FROM {_ROWS} WHERE _source IN ({named or 'NULL'})) AS t"
        f" WHERE own > 0 AND nobody AND n >= {_FEWEST} AND (order_id IS NULL OR alike = 1) AND ("
        f"LEAST(ABS(2 * own - whole), ABS(2 * own - net)) <= {_CLOSE} * own"
        " OR (2 * own >= whole AND regexp_matches(COALESCE(order_id, ''), '^\\D*$')))) AS d"
        " WHERE _source = d.s AND _file = d.f AND _line = d.l"
    )
