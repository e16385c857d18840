-- One row a customer with orders in either span: net spend of $before_since..$before_until and of $since..$until.
SELECT
    orders.customer_id AS customer_id,
    CAST(COALESCE(SUM(CASE WHEN orders.ordered_on >= CAST($before_since AS DATE)
        AND orders.ordered_on <= CAST($before_until AS DATE) THEN orders.amount END), 0) AS DOUBLE) AS spend_before,
    CAST(COALESCE(SUM(CASE WHEN orders.ordered_on >= CAST($since AS DATE)
        AND orders.ordered_on <= CAST($until AS DATE) THEN orders.amount END), 0) AS DOUBLE) AS spend_since
FROM orders
WHERE orders.customer_id IS NOT NULL
    AND orders.ordered_on >= CAST($before_since AS DATE)
    AND orders.ordered_on <= CAST($until AS DATE)
GROUP BY orders.customer_id
ORDER BY orders.customer_id
