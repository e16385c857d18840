"""Refunds and other negative amounts, each linked to the order that it takes back, where that is beyond doubt."""

from __future__ import annotations

import duckdb

from crm_lib.ingest.amend import ACCEPTED, change_some
from crm_lib.tables import ORDER_LINES

_ROWS, _NAMED = '"rows_order_lines"', '"named_order_lines"'
# How a negative amount came to its order; the first four are linked. Each has words `ingest.refund.<how>`.
HOW = ("given", "same_order", "matched", "not_there", "ambiguous", "no_customer", "unmatched")
LINKED = HOW[:3]


def link_refunds(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, int]]:
    """Set `refund_of` of refunds that do not say it: same customer, product and absolute amount, bought no later, in one
    order only, no oftener than it was bought there and not yet taken back.

    Leave table `refunds` (source, how, rows, amount); return (source, 'refund_of', 'refund_linked', cells)."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE negative AS SELECT _source, _file, _line, order_id, customer_id, ordered_on, amount,"
        f" refund_of, COALESCE(product_id, product_name, '') AS product FROM {_NAMED}"
        f" WHERE {ACCEPTED} AND (amount < 0 OR kind = 'refund')"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE takes_back AS {_TAKES_BACK}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found_orders AS {_MATCHES}")
    change_some(
        connection, ORDER_LINES, "refund_of", "SELECT *, order_id AS value FROM found_orders WHERE how = 'matched'"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE refunds AS SELECT _source AS source, COALESCE(m.how, t.how, 'unmatched') AS how,"
        " COUNT(*) AS rows, CAST(SUM(t.amount) AS DOUBLE) AS amount FROM takes_back AS t"
        " LEFT JOIN found_orders AS m USING (_source, _file, _line) GROUP BY ALL ORDER BY ALL"
    )
    query = "SELECT source, 'refund_of', 'refund_linked', rows FROM refunds WHERE how = 'matched' ORDER BY source"
    return connection.execute(query).fetchall()


# Every accepted line with a negative amount; how: what it says itself, NULL where an order has to be looked for.
_TAKES_BACK = f"""
    SELECT t.*,
        CASE
            WHEN t.refund_of IS NOT NULL THEN CASE WHEN known.order_id IS NULL THEN 'not_there' ELSE 'given' END
            WHEN sold.order_id IS NOT NULL THEN 'same_order'
            WHEN t.customer_id IS NULL THEN 'no_customer'
        END AS how
    FROM negative AS t
    LEFT JOIN (
        SELECT DISTINCT order_id FROM {_ROWS} AS r SEMI JOIN negative AS n ON n.refund_of = r.order_id
        WHERE {ACCEPTED} AND kind = 'sale'
    ) AS known ON known.order_id = t.refund_of
    LEFT JOIN (
        SELECT DISTINCT order_id FROM {_ROWS} AS r SEMI JOIN negative AS n ON n.order_id = r.order_id
        WHERE {ACCEPTED} AND kind = 'sale' AND amount > 0
    ) AS sold ON sold.order_id = t.order_id
"""

# Of each to be looked for: the order, and whether it is the only one that can be meant.
_MATCHES = f"""
    WITH wanted AS (SELECT * FROM takes_back WHERE how IS NULL),
    bought AS (
        SELECT s.order_id, s.customer_id, COALESCE(s.product_id, s.product_name, '') AS product, s.amount,
            MIN(s.ordered_on) AS day, COUNT(*) AS lines
        FROM (SELECT * FROM {_NAMED} WHERE {ACCEPTED} AND kind = 'sale' AND amount > 0) AS s
        SEMI JOIN wanted AS w ON w.customer_id = s.customer_id AND -w.amount = s.amount
        GROUP BY s.order_id, s.customer_id, product, s.amount
    ),
    taken AS (
        SELECT COALESCE(refund_of, order_id) AS order_id, product, -amount AS amount, COUNT(*) AS lines
        FROM takes_back WHERE how IN ('given', 'same_order') GROUP BY ALL
    ),
    open_orders AS (
        SELECT b.order_id, b.customer_id, b.product, b.amount, b.day, b.lines - COALESCE(t.lines, 0) AS lines
        FROM bought AS b LEFT JOIN taken AS t USING (order_id, product, amount)
        WHERE b.lines > COALESCE(t.lines, 0)
    ),
    pairs AS (
        SELECT w._source, w._file, w._line, o.order_id, o.product, o.amount, o.lines,
            COUNT(*) OVER (PARTITION BY w._source, w._file, w._line) AS orders
        FROM wanted AS w JOIN open_orders AS o ON o.customer_id = w.customer_id AND o.product = w.product
            AND o.amount = -w.amount AND o.day <= w.ordered_on
    ),
    judged AS (
        SELECT *, orders = 1 AND COUNT(*) OVER (PARTITION BY order_id, product, amount) <= lines AS sure FROM pairs
    )
    SELECT _source, _file, _line, CASE WHEN BOOL_OR(sure) THEN 'matched' ELSE 'ambiguous' END AS how,
        MIN(order_id) AS order_id
    FROM judged GROUP BY _source, _file, _line
"""
