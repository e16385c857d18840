"""Sales that were given back: a row of its own, or a sale whose last status says so and which stands in the export once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.profile.match import Suggestion
from crm_lib.ingest.profile.synonyms import after_sales, given_back, header_form, known_values
from crm_lib.ingest.profile.values import Evidence
from crm_lib.ingest.values.numbers import parse_number
from crm_lib.ingest.values.words import parse_word

_SAMPLE = 1000  # different amounts of a word
_MOSTLY = 0.5  # of its rows
_STATUS = ("状态", "status", "stage", "state")


def stands_once(header: str, word: str) -> bool:
    """Whether a word means, as far as words tell, that an order was sold and given back in one and the same row."""
    if header_form(word) in given_back():
        return True
    return any(one in header_form(header) for one in _STATUS) and _is_refund(word)


def _is_refund(word: str) -> bool:
    ours = known_values("order_lines", "kind").get(header_form(word))
    return "refund" in (ours, parse_word(word, "order_lines", "kind"))


def rows_of_refunds(
    connection: duckdb.DuckDBPyConnection, relation: str, table: str, mapping: Sequence[Suggestion]
) -> frozenset[str]:
    """Words of refunds most rows of which are rows of a refund: less than nothing, naming the sale's order, or standing
    beside a row of the same order and amount with another word."""
    headers = {pair.column: pair.header for pair in mapping}
    if table != "order_lines" or not {"kind", "amount"} <= set(headers):
        return frozenset()
    kind = sql.quoted(headers["kind"])
    words = connection.execute(f"SELECT DISTINCT CAST({kind} AS VARCHAR) FROM {relation}").fetchall()
    asked = [word for (word,) in words if word and (header_form(word) in given_back() or _is_refund(word))]
    return frozenset(word for word in asked if _are_rows_of_refunds(connection, relation, headers, word))


def _are_rows_of_refunds(
    connection: duckdb.DuckDBPyConnection, relation: str, headers: dict[str, str], word: str
) -> bool:
    def cell(column: str, row: str = "r") -> str:
        return f"CAST({row}.{sql.quoted(headers[column])} AS VARCHAR)"

    of = f"FROM {relation} AS r WHERE {cell('kind')} = ?"
    amounts = connection.execute(
        f"SELECT v, n FROM (SELECT {cell('amount')} AS v, COUNT(*) AS n {of} GROUP BY 1) AS c ORDER BY md5(v) LIMIT {_SAMPLE}",
        [word],
    ).fetchall()
    rows = sum(n for _, n in amounts)
    below = sum(n for value, n in amounts if value and (parse_number(value) or 0) < 0)
    tests = [f"TRIM({cell('refund_of')}) <> ''"] if headers.get("refund_of") else []
    if "order_id" in headers:
        amount = "LTRIM(REPLACE({}, ' ', ''), '-')"
        tests.append(
            f"EXISTS (SELECT 1 FROM {relation} AS s WHERE {cell('order_id', 's')} = {cell('order_id')}"
            f" AND {cell('kind', 's')} <> {cell('kind')}"
            f" AND {amount.format(cell('amount', 's'))} = {amount.format(cell('amount'))})"
        )
    share = f"SELECT AVG(CASE WHEN {' OR '.join(tests) or 'FALSE'} THEN 1.0 ELSE 0 END) {of}"
    (named,) = connection.execute(share, [word]).fetchone() or (0,)
    return bool(rows) and (below >= _MOSTLY * rows or (named or 0) >= _MOSTLY)


def of_after_sales(columns: Sequence[Evidence]) -> dict[str, tuple[str, ...]]:
    """Header of a column that tells what became of orders afterwards -> its words that say that all was given back."""
    told = {
        column.header: tuple(sorted(word for word in column.words if header_form(word) in given_back()))
        for column in columns
        if header_form(column.header) in after_sales()
    }
    return {header: words for header, words in told.items() if words}
