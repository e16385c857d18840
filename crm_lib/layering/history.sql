-- First and last day with an order, and the purchases and the revenue of the window with and without a customer.
SELECT
    ever.first_on AS first_on,
    ever.last_on AS last_on,
    CAST(seen.orders AS BIGINT) AS orders,
    CAST(seen.orders_without AS BIGINT) AS orders_without,
    CAST(COALESCE(seen.revenue, 0) AS DOUBLE) AS revenue,
    CAST(COALESCE(seen.revenue_without, 0) AS DOUBLE) AS revenue_without
FROM (
    SELECT MIN(orders.ordered_on) AS first_on, MAX(orders.ordered_on) AS last_on
    FROM orders
    WHERE orders.ordered_on <= CAST($as_of AS DATE)
) AS ever
CROSS JOIN (
    SELECT
        COUNT(CASE WHEN orders.kind = 'sale' AND orders.amount > 0 THEN 1 END) AS orders,
        COUNT(CASE WHEN orders.kind = 'sale' AND orders.amount > 0 AND orders.customer_id IS NULL THEN 1 END)
            AS orders_without,
        SUM(orders.amount) AS revenue,
        SUM(CASE WHEN orders.customer_id IS NULL THEN orders.amount END) AS revenue_without
    FROM orders
    WHERE orders.ordered_on >= CAST($window_start AS DATE) AND orders.ordered_on <= CAST($as_of AS DATE)
) AS seen
