-- Purchases since $recent_start, and net spend of two halves that follow each other: one row a customer with orders since
-- then; others have none of them.
SELECT
    orders.customer_id AS customer_id,
    CAST(SUM(CASE WHEN orders.ordered_on >= CAST($recent_start AS DATE)
        AND orders.kind = 'sale' AND orders.amount > 0 THEN 1 ELSE 0 END) AS BIGINT) AS recent_purchases,
    CAST(SUM(CASE WHEN orders.ordered_on >= CAST($half_start AS DATE)
        THEN orders.amount ELSE 0 END) AS DOUBLE) AS last_spend,
    CAST(SUM(CASE WHEN orders.ordered_on < CAST($half_start AS DATE)
        AND orders.ordered_on >= CAST($earlier_start AS DATE) THEN orders.amount ELSE 0 END) AS DOUBLE) AS earlier_spend
FROM orders
WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
    AND (orders.ordered_on >= CAST($earlier_start AS DATE) OR orders.ordered_on >= CAST($recent_start AS DATE))
GROUP BY orders.customer_id
ORDER BY orders.customer_id
