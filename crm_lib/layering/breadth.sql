-- One row a customer: product categories bought in the window.
SELECT
    order_lines.customer_id AS customer_id,
    CAST(COUNT(DISTINCT order_lines.category) AS BIGINT) AS categories
FROM order_lines
WHERE order_lines.customer_id IS NOT NULL
    AND order_lines.kind = 'sale'
    AND order_lines.amount > 0
    AND order_lines.category IS NOT NULL
    AND order_lines.ordered_on >= CAST($window_start AS DATE)
    AND order_lines.ordered_on <= CAST($as_of AS DATE)
GROUP BY order_lines.customer_id
ORDER BY order_lines.customer_id
