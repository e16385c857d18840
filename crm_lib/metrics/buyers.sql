-- What the customers with a purchase in the period bought and spent in it; net of refunds.
SELECT
    m.group_id,
    c.period,
    CAST(COUNT(*) AS DOUBLE) AS active,
    CAST(SUM(c.purchases) AS DOUBLE) AS active_purchases,
    CAST(SUM(c.purchases * c.purchases) AS DOUBLE) AS active_purchases_squares,
    CAST(SUM(c.net) AS DOUBLE) AS active_net,
    CAST(SUM(CAST(c.net AS DECIMAL(38, 2)) * c.net) AS DOUBLE) AS active_net_squares
FROM (
    SELECT
        p.period,
        o.customer_id,
        CAST(SUM(CASE WHEN o.kind = 'sale' AND o.amount > 0 THEN 1 ELSE 0 END) AS BIGINT) AS purchases,
        CAST(SUM(o.amount) AS DECIMAL(18, 2)) AS net
    FROM orders AS o
    INNER JOIN period_days AS p ON p.day = o.ordered_on AND p.day >= p.starts_on
    WHERE o.customer_id IS NOT NULL
    GROUP BY p.period, o.customer_id
) AS c
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN c.customer_id ELSE '' END
WHERE c.purchases > 0
GROUP BY m.group_id, c.period
