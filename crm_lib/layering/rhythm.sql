-- One row a customer with purchases: the days with one, the first and the last of them.
SELECT
    orders.customer_id AS customer_id,
    CAST(COUNT(DISTINCT orders.ordered_on) AS BIGINT) AS purchase_days,
    date_diff('day', MIN(orders.ordered_on), MAX(orders.ordered_on)) AS span_days,
    date_diff('day', MAX(orders.ordered_on), CAST($as_of AS DATE)) AS silent_days
FROM orders
WHERE orders.customer_id IS NOT NULL
    AND orders.kind = 'sale'
    AND orders.amount > 0
    AND orders.ordered_on <= CAST($as_of AS DATE)
GROUP BY orders.customer_id
ORDER BY orders.customer_id
