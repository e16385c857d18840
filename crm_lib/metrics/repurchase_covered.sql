-- `repurchase.sql` where payments say until when they pay; where none does it gives the same. Of the customers for whom it
-- came due in the period (due_days: a paid time ended, or something was bought that pays for no time), those who paid on,
-- or bought again, within the window from the first such day in it.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(CASE WHEN date_diff('day', d.due_on, d.renewed_on) <= $repurchase_days THEN 1 ELSE 0 END) AS DOUBLE)
        AS repurchasers,
    CAST(COUNT(*) AS DOUBLE) AS purchasers
FROM due_days AS d
INNER JOIN period_days AS p ON p.day = d.due_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN d.customer_id ELSE '' END
WHERE d.prev_due_on IS NULL OR d.prev_due_on < p.starts_on
GROUP BY m.group_id, p.period
