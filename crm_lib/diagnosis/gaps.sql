-- Customers by the mean number of days between their own purchase days, of those with $purchase_days such days or more.
SELECT
    g.gap_days AS gap_days,
    COUNT(*) AS customers
FROM (
    SELECT
        o.customer_id,
        CASE
            WHEN COUNT(DISTINCT o.ordered_on) > 1 AND COUNT(DISTINCT o.ordered_on) >= $purchase_days
                THEN CAST(date_diff('day', MIN(o.ordered_on), MAX(o.ordered_on)) AS DOUBLE)
                    / CAST(COUNT(DISTINCT o.ordered_on) - 1 AS DOUBLE)
        END AS gap_days
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.customer_id IS NOT NULL
    GROUP BY o.customer_id
) AS g
WHERE g.gap_days IS NOT NULL
GROUP BY g.gap_days
ORDER BY g.gap_days
