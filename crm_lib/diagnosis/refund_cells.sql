-- Amounts sold and refunded by month, category, store and channel.
SELECT
    p.period,
    l.category,
    l.store,
    l.channel,
    CAST(SUM(CASE WHEN l.kind = 'sale' AND l.amount > 0 THEN l.amount ELSE 0 END) AS DOUBLE) AS sold,
    CAST(SUM(CASE WHEN l.kind = 'refund' THEN -l.amount ELSE 0 END) AS DOUBLE) AS refunded,
    CAST(SUM(CASE WHEN l.kind = 'refund' THEN 1 ELSE 0 END) AS DOUBLE) AS refunds
FROM order_lines AS l
INNER JOIN periods AS p ON l.ordered_on BETWEEN p.starts_on AND p.ends_on
GROUP BY p.period, l.category, l.store, l.channel
ORDER BY p.period, l.category, l.store, l.channel
