-- First and last day with an order, and the revenue of the window with and without a customer.
SELECT
    MIN(orders.ordered_on) AS first_on,
    MAX(orders.ordered_on) AS last_on,
    CAST(COUNT(CASE WHEN orders.ordered_on >= CAST($window_start AS DATE) THEN 1 END) AS BIGINT) AS orders,
    CAST(COUNT(CASE WHEN orders.ordered_on >= CAST($window_start AS DATE)
        AND orders.customer_id IS NULL THEN 1 END) AS BIGINT) AS orders_without,
    CAST(COALESCE(SUM(CASE WHEN orders.ordered_on >= CAST($window_start AS DATE)
        THEN orders.amount END), 0) AS DOUBLE) AS revenue,
    CAST(COALESCE(SUM(CASE WHEN orders.ordered_on >= CAST($window_start AS DATE)
        AND orders.customer_id IS NULL THEN orders.amount END), 0) AS DOUBLE) AS revenue_without
FROM orders
WHERE orders.ordered_on <= CAST($as_of AS DATE)
