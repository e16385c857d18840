"""Whether only the first row of an order says what holds for all of it, and what was given back in its own row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.profile.match import TableGuess
from crm_lib.ingest.profile.synonyms import back_amounts, header_form, header_words
from crm_lib.ingest.profile.values import Evidence
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.values.numbers import parse_number

_FEWEST = 10  # further rows of orders
_HARDLY = 0.05  # of them, that have an amount of their own
_MOSTLY = 0.9  # of the first ones
_PRICE = ("price", "单价")
_SAMPLE = 1000  # different pairs of amount and what was given back


@dataclass(frozen=True)
class WholeOrder:
    """`header` tells the order, the product of `parts` each row's part; `once`: headers filled in first rows alone;
    `given_back` of amounts that are told before it."""

    header: str = ""
    parts: tuple[str, ...] = ()
    once: frozenset[str] = frozenset()
    given_back: str = ""


def whole_order(
    connection: duckdb.DuckDBPyConnection, relation: str, guess: TableGuess, columns: Sequence[Evidence]
) -> WholeOrder:
    headers = {pair.column: pair.header for pair in guess.mapping}
    if guess.table != "order_lines" or not {"order_id", "amount"} <= set(headers):
        return WholeOrder()
    back = next((c.header for c in columns if c.filled and header_form(c.header) in back_amounts()), "")
    given = back if back and _before(connection, relation, headers["amount"], back) else ""
    once = _once(connection, relation, headers["order_id"], headers["amount"], columns)
    if not once:
        return WholeOrder(given_back=given)
    rows = max(c.filled for c in columns)
    priced = [c.header for c in columns if c.filled >= _MOSTLY * rows and c.share("number") >= _MOSTLY and _is_price(c)]
    parts = (*priced[:1], *([headers["quantity"]] if "quantity" in headers else []))
    return WholeOrder(headers["order_id"], parts, once, given)


def _is_price(column: Evidence) -> bool:
    words = {*header_words(column.header)}
    return any(one in words or one in header_form(column.header) for one in _PRICE)


def _once(
    connection: duckdb.DuckDBPyConnection, relation: str, order: str, amount: str, columns: Sequence[Evidence]
) -> frozenset[str]:
    """Headers with something in first rows of orders and hardly anything in the others; none where the amount is not
    such a one."""

    def filled(header: str) -> str:
        return f"COALESCE(TRIM(CAST({sql.quoted(header)} AS VARCHAR)), '') <> ''"

    named = [column.header for column in columns if column.filled]
    cells = ", ".join(f"{filled(h)} AS f{i}" for i, h in enumerate(named))
    counts = ", ".join(
        f"COUNT(*) FILTER (head AND f{i}), COUNT(*) FILTER (NOT head AND f{i})" for i in range(len(named))
    )
    row = connection.execute(
        f"SELECT COUNT(*) FILTER (head), COUNT(*) FILTER (NOT head), {counts} FROM (SELECT {cells},"
        f" {sql.quoted(order)} IS DISTINCT FROM LAG({sql.quoted(order)}) OVER (ORDER BY {LINE}) AS head FROM {relation})"
    ).fetchone()
    assert row
    firsts, others = row[0], row[1]
    found = {h: (row[2 + 2 * i], row[3 + 2 * i]) for i, h in enumerate(named)}
    if others < _FEWEST or found[amount][0] < _MOSTLY * firsts or found[amount][1] > _HARDLY * others:
        return frozenset()
    return frozenset(h for h, (first, other) in found.items() if first and other <= _HARDLY * others)


def _before(connection: duckdb.DuckDBPyConnection, relation: str, amount: str, back: str) -> bool:
    """Whether amounts are told before what was given back, which was in part for some: none lies below it, some equal it.
    Where all that was given back was whole orders, leaving these out says the same."""
    pairs = connection.execute(
        f"SELECT DISTINCT CAST({sql.quoted(amount)} AS VARCHAR), CAST({sql.quoted(back)} AS VARCHAR) FROM {relation}"
        f" ORDER BY ALL LIMIT {100 * _SAMPLE}"
    ).fetchall()
    read = [(parse_number(whole or ""), parse_number(part or "")) for whole, part in pairs]
    known = [(whole, part) for whole, part in read if whole is not None and part]
    some = any(whole == part for whole, part in known) and any(whole > part for whole, part in known)
    return some and all(whole >= part for whole, part in known)
