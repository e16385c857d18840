"""Rows of order lines that look like a sum of the others, and rows that stand in a source more than once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.raw import LINE
from crm_lib.ingest.rows import REFERENCE, columns_of
from crm_lib.tables import ORDER_LINES

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


def settle_repeated(
    connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened]
) -> list[tuple[str, str, int, float]]:
    """Rows that say in every cell what another row of their order says, in sources that number no lines.

    Where a row is an order, the second is a duplicate. Where orders have several lines, two of one product may have been
    sold: such rows stay; return (source, file, rows, amount) of them.
    """
    kept = []
    for source in dict.fromkeys(part.source.name for part in opened if part.source.table == "order_lines"):
        parts = [part for part in opened if part.source.name == source]
        if not any("line_no" in part.mapped for part in parts) and _alike(connection, source):
            lines = _has_lines(connection, source)
            _find_repeated(connection, source, parts, "order_id, _file, whole" if lines else "order_id, whole")
            kept += _kept(connection, source) if lines else []
            if not lines:
                _mark_duplicates(connection, source)
    return kept


_CONTENT = f"hash({', '.join(map(sql.quoted, columns_of(ORDER_LINES)))})"


def _of(source: str) -> str:
    return f"FROM {_ROWS} WHERE _reason IS NULL AND _source = {sql.string(source)}"


def _alike(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    return bool(sql.one(connection, f"SELECT COUNT(*) - COUNT(DISTINCT {_CONTENT}) {_of(source)}"))


def _has_lines(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether a source's orders have several lines that differ."""
    orders = f"SELECT COUNT(DISTINCT {_CONTENT}) AS n {_of(source)} GROUP BY order_id"
    return bool(sql.one(connection, f"SELECT COUNT(*) FILTER (n > 1) > {_SEVERAL_LINES} * COUNT(*) FROM ({orders})"))


def _find_repeated(connection: duckdb.DuckDBPyConnection, source: str, parts: Sequence[Opened], within: str) -> None:
    """Table `repeated` (_file, _line): rows but the first of those that are the same in every cell of the file."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE alike AS SELECT _file, _line, order_id FROM (SELECT _file, _line, order_id,"
        f" COUNT(*) OVER (PARTITION BY order_id, {_CONTENT}) AS n {_of(source)}) WHERE n > 1"
    )
    wholes = []
    for part in parts:
        cells = ", ".join(f"{sql.string(name)}: raw.{sql.quoted(name)}" for name in part.file.headers)
        wholes.append(
            f"SELECT a._file, a._line, a.order_id, CAST(to_json({{{cells}}}) AS VARCHAR) AS whole FROM alike AS a"
            f" JOIN {part.file.relation} AS raw ON raw.{LINE} = a._line WHERE a._file = {sql.string(part.file.name)}"
        )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT _file, _line FROM (SELECT _file, _line, ROW_NUMBER() OVER ("
        f"PARTITION BY {within} ORDER BY _file, _line) AS place FROM ({' UNION ALL '.join(wholes)})) WHERE place > 1"
    )


def _mark_duplicates(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    connection.execute(
        f"UPDATE {_ROWS} SET _duplicate = TRUE FROM repeated AS r"
        f" WHERE _source = {sql.string(source)} AND {_ROWS}._file = r._file AND {_ROWS}._line = r._line"
    )


def _kept(connection: duckdb.DuckDBPyConnection, source: str) -> list[tuple[str, str, int, float]]:
    return connection.execute(
        f"SELECT _source, _file, COUNT(*), CAST(SUM(amount) AS DOUBLE) FROM {_ROWS} SEMI JOIN repeated USING (_file, _line)"
        f" WHERE _source = {sql.string(source)} GROUP BY _source, _file ORDER BY _file"
    ).fetchall()
