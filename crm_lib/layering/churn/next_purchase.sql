-- One row a customer with an order after $cut up to $until: the first day of a purchase (NULL: refunds alone), and net spend
-- up to $spent_until.
SELECT
    orders.customer_id AS customer_id,
    MIN(CASE WHEN orders.kind = 'sale' AND orders.amount > 0 THEN orders.ordered_on END) AS next_on,
    CAST(SUM(CASE WHEN orders.ordered_on <= CAST($spent_until AS DATE) THEN orders.amount ELSE 0 END) AS DOUBLE) AS spent
FROM orders
WHERE orders.customer_id IS NOT NULL
    AND orders.ordered_on > CAST($cut AS DATE) AND orders.ordered_on <= CAST($until AS DATE)
GROUP BY orders.customer_id
ORDER BY orders.customer_id
