-- Purchases, buyers (one an order without a customer) and net amount by month (year * 12 + month - 1) and part: where, by which channel, from which city.
SELECT dimension, part, month, COUNT(*) AS orders, COUNT(DISTINCT buyer) AS buyers,
    CAST(SUM(amount) AS DOUBLE) AS amount
FROM (
    SELECT 'store' AS dimension, o.store AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.store IS NOT NULL
    UNION ALL
    SELECT 'channel' AS dimension, o.channel AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.channel IS NOT NULL
    UNION ALL
    SELECT 'city' AS dimension, c.city AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    JOIN customers AS c ON c.customer_id = o.customer_id
    WHERE o.kind = 'sale' AND o.amount > 0 AND c.city IS NOT NULL
) AS p
GROUP BY dimension, part, month
ORDER BY dimension, part, month
