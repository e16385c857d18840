-- Baskets with a sale in the window.
SELECT CAST(COUNT(DISTINCT order_lines.order_id) AS BIGINT) AS baskets
FROM order_lines
WHERE order_lines.kind = 'sale'
    AND order_lines.amount > 0
    AND order_lines.ordered_on >= CAST($window_start AS DATE)
    AND order_lines.ordered_on <= CAST($as_of AS DATE)
