-- Items of the purchases that say how many they have.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(o.items) AS DOUBLE) AS items,
    CAST(SUM(CAST(o.items AS DECIMAL(38, 3)) * o.items) AS DOUBLE) AS items_squares,
    CAST(COUNT(*) AS DOUBLE) AS counted_orders
FROM orders AS o
INNER JOIN period_days AS p ON p.day = o.ordered_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN COALESCE(o.customer_id, '') ELSE '' END
WHERE o.kind = 'sale' AND o.amount > 0 AND o.items IS NOT NULL
GROUP BY m.group_id, p.period
