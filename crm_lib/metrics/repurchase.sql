-- Of the customers who purchased in the period, those with another purchase day within the window of their first one.
-- A day is the customer's first in the period where the one before it lies before the period.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(CASE WHEN date_diff('day', d.ordered_on, d.next_on) <= $repurchase_days THEN 1 ELSE 0 END) AS DOUBLE)
        AS repurchasers,
    CAST(COUNT(*) AS DOUBLE) AS purchasers
FROM purchase_days AS d
INNER JOIN period_days AS p ON p.day = d.ordered_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN d.customer_id ELSE '' END
WHERE d.prev_on IS NULL OR d.prev_on < p.starts_on
GROUP BY m.group_id, p.period
