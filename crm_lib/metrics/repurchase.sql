-- Of the customers who purchased in the period, those with another purchase day within the window of their first one.
SELECT
    m.group_id,
    c.period,
    CAST(SUM(CASE WHEN date_diff('day', c.first_on, c.next_on) <= $repurchase_days THEN 1 ELSE 0 END) AS DOUBLE)
        AS repurchasers,
    CAST(COUNT(*) AS DOUBLE) AS purchasers
FROM (
    SELECT d.customer_id, p.period, MIN(d.ordered_on) AS first_on, MIN(d.next_on) AS next_on
    FROM (
        SELECT
            b.customer_id,
            b.ordered_on,
            LEAD(b.ordered_on) OVER (PARTITION BY b.customer_id ORDER BY b.ordered_on) AS next_on
        FROM (
            SELECT DISTINCT customer_id, ordered_on
            FROM orders
            WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL
        ) AS b
    ) AS d
    INNER JOIN periods AS p ON d.ordered_on BETWEEN p.starts_on AND p.ends_on
    GROUP BY d.customer_id, p.period
) AS c
INNER JOIN members AS m ON m.customer_id = c.customer_id
GROUP BY m.group_id, c.period
