-- Of the customers with a purchase in the window before the period's first day, those without one in the window from it.
-- Of their purchase days only the last one before the period counts: no other is followed by one in or after the period.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(CASE WHEN date_diff('day', p.starts_on, d.next_on) <= $churn_days - 1 THEN 0 ELSE 1 END) AS DOUBLE)
        AS churned,
    CAST(COUNT(*) AS DOUBLE) AS active_before
FROM purchase_days AS d
INNER JOIN period_days AS p ON p.day = d.ordered_on AND p.day < p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN d.customer_id ELSE '' END
WHERE date_diff('day', p.day, p.starts_on) <= $active_days AND (d.next_on IS NULL OR d.next_on >= p.starts_on)
GROUP BY m.group_id, p.period
