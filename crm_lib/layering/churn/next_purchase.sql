-- One row a customer with a purchase after $cut up to $until: the first day of it.
SELECT orders.customer_id AS customer_id, MIN(orders.ordered_on) AS next_on
FROM orders
WHERE orders.kind = 'sale' AND orders.amount > 0 AND orders.customer_id IS NOT NULL
    AND orders.ordered_on > CAST($cut AS DATE) AND orders.ordered_on <= CAST($until AS DATE)
GROUP BY orders.customer_id
ORDER BY orders.customer_id
