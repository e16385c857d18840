"""Rows of order lines that look like a sum of the others, and rows that stand in a source more than once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.amend import set_aside
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.readers.raw import LINE
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
    suspects = _suspects(connection, named or "NULL")
    if suspects:
        forms = f"SELECT DISTINCT _source, _file, {_FORM} AS form FROM suspect_totals WHERE order_id IS NOT NULL"
        set_aside(
            connection,
            ORDER_LINES,
            "SELECT s._source, s._file, s._line, 'suspected_total' AS reason, 'amount' AS col, FALSE AS duplicate"
            " FROM suspect_totals AS s LEFT JOIN (SELECT t._source, t._file, f.form, COUNT(*) AS alike"
            f" FROM {_ROWS} AS t JOIN ({forms}) AS f ON f._source = t._source AND f._file = t._file"
            f" AND f.form = {_FORM.replace('order_id', 't.order_id')} GROUP BY ALL) AS a"
            f" ON a._source = s._source AND a._file = s._file AND a.form = {_FORM.replace('order_id', 's.order_id')}"
            " WHERE s.order_id IS NULL OR a.alike = 1",
        )


_FORM = "regexp_replace(regexp_replace(order_id, '\\d+', '9', 'g'), '[^\\d\\W]+', 'A', 'g')"


def _suspects(connection: duckdb.DuckDBPyConnection, sources: str) -> int:
    """Table `suspect_totals`: rows of nobody that come to so much, whatever their number looks like; how many."""
    nobody = f"COALESCE({', '.join(f't.{sql.quoted(name)}' for name in REFERENCE)}) IS NULL"  # not handed to the scan
    signed = "CASE WHEN kind = 'refund' THEN -ABS(amount) ELSE amount END"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE summed_files AS SELECT _source, _file, COUNT(*) AS n, CAST(SUM(amount) AS DOUBLE)"
        f" AS whole, CAST(SUM({signed}) AS DOUBLE) AS net FROM {_ROWS} WHERE _source IN ({sources}) GROUP BY _source, _file"
    )
    least = connection.execute("SELECT MIN(LEAST(whole, net)) FROM summed_files").fetchone()
    smallest = float(least[0]) if least and least[0] is not None else 0.0  # most rows are far below half of it
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE suspect_totals AS SELECT t._source, t._file, t._line, t.order_id"
        f" FROM (SELECT *, CAST(amount AS DOUBLE) AS own FROM {_ROWS} WHERE amount > 0"
        f" AND {2 + 2 * _CLOSE} * CAST(amount AS DOUBLE) >= {smallest!r}) AS t"
        " JOIN summed_files AS f ON f._source = t._source AND f._file = t._file"
        f" WHERE {nobody} AND f.n >= {_FEWEST} AND ("
        f"LEAST(ABS(2 * own - whole), ABS(2 * own - net)) <= {_CLOSE} * own"
        " OR (2 * own >= whole AND regexp_matches(COALESCE(t.order_id, ''), '^\\D*$')))"
    )
    return sql.one(connection, "SELECT COUNT(*) FROM suspect_totals")


Kept = tuple[str, str, int, float]
Lookalike = tuple[str, str, str, int, float]


def settle_repeated(
    connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened]
) -> tuple[list[Kept], list[Lookalike]]:
    """Rows that say in every cell what another row of their order says, in sources that number no lines.

    Where a row is an order, the second is a duplicate. Where orders have several lines, two of one product may have been
    sold: such rows stay; return (source, file, rows, amount) of them. And (source, file, headers, rows, amount) of rows that
    say the same in every mapped column and differ in others only: they count, and somebody has to say whether they should.
    """
    kept: list[Kept] = []
    lookalikes: list[Lookalike] = []
    for source in dict.fromkeys(part.source.name for part in opened if part.source.table == "order_lines"):
        parts = [part for part in opened if part.source.name == source]
        if not any("line_no" in part.mapped for part in parts) and _alike(connection, source):
            lines = _has_lines(connection, source)
            _find_repeated(connection, source, parts, "order_id, _file, whole" if lines else "order_id, whole")
            kept += _kept(connection, source) if lines else []
            if not lines:
                _mark_duplicates(connection, source)
            lookalikes += [found for part in parts for found in _lookalikes(connection, part)]
    return kept, lookalikes


_CONTENT = f"hash({', '.join(map(sql.quoted, columns_of(ORDER_LINES)))})"


def _of(source: str) -> str:
    return f"FROM {_ROWS} WHERE _reason IS NULL AND _source = {sql.string(source)}"


def _alike(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    return bool(sql.one(connection, f"SELECT COUNT(*) - COUNT(DISTINCT {_CONTENT}) {_of(source)}"))


def _has_lines(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether a source's orders have several lines that differ. What is given back under the number of its sale is no
    line of it."""
    orders = f"SELECT COUNT(DISTINCT {_CONTENT}) AS n {_of(source)} AND amount > 0 AND kind IS DISTINCT FROM 'refund' GROUP BY order_id"
    return bool(sql.one(connection, f"SELECT COUNT(*) FILTER (n > 1) > {_SEVERAL_LINES} * COUNT(*) FROM ({orders})"))


def _find_repeated(connection: duckdb.DuckDBPyConnection, source: str, parts: Sequence[Opened], within: str) -> None:
    """Table `repeated` (_file, _line): rows but the first of those that are the same in every cell of the file."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE alike AS SELECT _file, _line, order_id, amount, said FROM (SELECT _file, _line, order_id, amount,"
        f" {_CONTENT} AS said, COUNT(*) OVER (PARTITION BY order_id, {_CONTENT}) AS n {_of(source)}) WHERE n > 1"
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
    set_aside(
        connection,
        ORDER_LINES,
        f"SELECT {sql.string(source)} AS _source, _file, _line, CAST(NULL AS VARCHAR) AS reason,"
        " CAST(NULL AS VARCHAR) AS col, TRUE AS duplicate FROM repeated",
    )


def _kept(connection: duckdb.DuckDBPyConnection, source: str) -> list[tuple[str, str, int, float]]:
    return connection.execute(
        f"SELECT _source, _file, COUNT(*), CAST(SUM(amount) AS DOUBLE) FROM {_ROWS} SEMI JOIN repeated USING (_file, _line)"
        f" WHERE _source = {sql.string(source)} GROUP BY _source, _file ORDER BY _file"
    ).fetchall()


def _lookalikes(connection: duckdb.DuckDBPyConnection, part: Opened) -> list[Lookalike]:
    """Of table `alike`, rows of a file but the first of each order that are in no other way repeated; `headers`: where they
    differ."""
    own = f"FROM alike WHERE _file = {sql.string(part.file.name)}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE lookalikes AS SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id, said"
        f" ORDER BY _line) AS place, COUNT(*) OVER (PARTITION BY order_id, said) AS n {own}"
        " AND (_file, _line) NOT IN (SELECT (_file, _line) FROM repeated)) WHERE n > 1"
    )
    rows, amount = connection.execute(
        "SELECT COUNT(*), CAST(SUM(amount) AS DOUBLE) FROM lookalikes WHERE place > 1"
    ).fetchone() or (0, 0.0)
    if not rows:
        return []
    mapped = {given.header for given in part.mapped.values()}
    others = [name for name in part.file.headers if name not in mapped]
    differ = [name for name in others if _differs(connection, part, name)]
    return [(part.source.name, part.file.name, ", ".join(differ), rows, amount)]


def _differs(connection: duckdb.DuckDBPyConnection, part: Opened, header: str) -> bool:
    cell = f"COALESCE(CAST(raw.{sql.quoted(header)} AS VARCHAR), '')"
    return bool(
        sql.one(
            connection,
            f"SELECT COUNT(*) FROM (SELECT 1 FROM lookalikes AS a JOIN {part.file.relation} AS raw ON raw.{LINE} = a._line"
            f" GROUP BY a.order_id, a.said HAVING COUNT(DISTINCT {cell}) > 1)",
        )
    )
