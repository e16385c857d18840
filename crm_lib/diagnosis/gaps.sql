-- Customers by the mean number of days between their own purchase days, of those with three such days or more.
SELECT
    g.gap_days AS gap_days,
    COUNT(*) AS customers
FROM (
    SELECT
        o.customer_id,
        CAST(date_diff('day', MIN(o.ordered_on), MAX(o.ordered_on)) AS DOUBLE)
            / CAST(COUNT(DISTINCT o.ordered_on) - 1 AS DOUBLE) AS gap_days
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.customer_id IS NOT NULL
    GROUP BY o.customer_id
    HAVING COUNT(DISTINCT o.ordered_on) >= $purchase_days
) AS g
GROUP BY g.gap_days
ORDER BY g.gap_days
