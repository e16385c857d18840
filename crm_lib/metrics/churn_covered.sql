-- `churn.sql` where payments say until when they pay; where none does it gives the same. Of the customers with a purchase
-- in the window before the period's first day, or covered on the day before it, those without a purchase in the window
-- from it who are not covered on its last day either. Covered: an earlier purchase says that it pays through that day
-- (paid_until), and no refund up to then names it.
SELECT
    m.group_id,
    c.period,
    CAST(SUM(CASE WHEN c.after_days = 0 THEN 1 ELSE 0 END) AS DOUBLE) AS churned,
    CAST(COUNT(*) AS DOUBLE) AS active_before
FROM (
    SELECT s.customer_id, s.period, SUM(s.before_days) AS before_days, SUM(s.after_days) AS after_days
    FROM (
        SELECT
            d.customer_id,
            p.period,
            SUM(CASE WHEN d.ordered_on < p.starts_on THEN 1 ELSE 0 END) AS before_days,
            SUM(CASE WHEN d.ordered_on >= p.starts_on THEN 1 ELSE 0 END) AS after_days
        FROM purchase_days AS d
        INNER JOIN periods AS p
            ON date_diff('day', p.starts_on, d.ordered_on) BETWEEN -$active_days AND $churn_days - 1
        GROUP BY d.customer_id, p.period
        UNION ALL
        SELECT
            t.customer_id,
            p.period,
            1 AS before_days,
            CASE WHEN date_diff('day', p.starts_on, t.paid_until) >= $churn_days - 1
                AND (t.returned_on IS NULL OR date_diff('day', p.starts_on, t.returned_on) >= $churn_days)
                THEN 1 ELSE 0 END AS after_days
        FROM paid_terms AS t
        INNER JOIN periods AS p
            ON t.ordered_on < p.starts_on AND date_diff('day', p.starts_on, t.paid_until) >= -1
            AND (t.returned_on IS NULL OR t.returned_on >= p.starts_on)
    ) AS s
    GROUP BY s.customer_id, s.period
) AS c
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN c.customer_id ELSE '' END
WHERE c.before_days > 0
GROUP BY m.group_id, c.period
