-- Of the customers with a purchase in the window before the period's first day, those without one in the window from it.
SELECT
    m.group_id,
    c.period,
    CAST(SUM(CASE WHEN c.after_days = 0 THEN 1 ELSE 0 END) AS DOUBLE) AS churned,
    CAST(COUNT(*) AS DOUBLE) AS active_before
FROM (
    SELECT
        d.customer_id,
        p.period,
        SUM(CASE WHEN d.ordered_on < p.starts_on THEN 1 ELSE 0 END) AS before_days,
        SUM(CASE WHEN d.ordered_on >= p.starts_on THEN 1 ELSE 0 END) AS after_days
    FROM (
        SELECT DISTINCT customer_id, ordered_on
        FROM orders
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL
    ) AS d
    INNER JOIN periods AS p
        ON date_diff('day', p.starts_on, d.ordered_on) BETWEEN -$active_days AND $churn_days - 1
    GROUP BY d.customer_id, p.period
) AS c
INNER JOIN members AS m ON m.customer_id = c.customer_id
WHERE c.before_days > 0
GROUP BY m.group_id, c.period
