-- One row a customer with orders up to $as_of: all that they brought, net of refunds: revenue (monetary), margin where it
-- is known, and the revenue of which it is.
SELECT
    orders.customer_id AS customer_id,
    CAST(SUM(orders.amount) AS DOUBLE) AS monetary,
    CAST(SUM(orders.margin) AS DOUBLE) AS margin,
    CAST(COALESCE(SUM(CASE WHEN orders.margin IS NOT NULL THEN orders.amount END), 0) AS DOUBLE) AS margin_revenue
FROM orders
WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
GROUP BY orders.customer_id
ORDER BY orders.customer_id
