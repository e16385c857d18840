-- Purchases, buyers (one an order without a customer), net amount, first and last day by month (year * 12 + month - 1) and part: where, by which channel, from which city, with whose customers, of which kind of customer, of which brand, by whom sold.
SELECT dimension, part, month, COUNT(*) AS orders, COUNT(DISTINCT buyer) AS buyers,
    CAST(SUM(amount) AS DOUBLE) AS amount, MIN(day) AS first_on, MAX(day) AS last_on
FROM (
    SELECT 'store' AS dimension, o.store AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.ordered_on AS day, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.store IS NOT NULL
    UNION ALL
    SELECT 'channel' AS dimension, o.channel AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.ordered_on AS day, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    WHERE o.kind = 'sale' AND o.amount > 0 AND o.channel IS NOT NULL
    UNION ALL
    SELECT 'city' AS dimension, c.city AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.ordered_on AS day, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    JOIN customers AS c ON c.customer_id = o.customer_id
    WHERE o.kind = 'sale' AND o.amount > 0 AND c.city IS NOT NULL
    UNION ALL
    SELECT 'owner' AS dimension, c.owner AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month, o.ordered_on AS day, o.amount,
        COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    JOIN customers AS c ON c.customer_id = o.customer_id
    WHERE o.kind = 'sale' AND o.amount > 0 AND c.owner IS NOT NULL
    UNION ALL
    SELECT 'customer_type' AS dimension, c.customer_type AS part, year(o.ordered_on) * 12 + month(o.ordered_on) - 1 AS month,
        o.ordered_on AS day, o.amount, COALESCE(o.customer_id, o.order_id) AS buyer
    FROM orders AS o
    JOIN customers AS c ON c.customer_id = o.customer_id
    WHERE o.kind = 'sale' AND o.amount > 0 AND c.customer_type IS NOT NULL
    UNION ALL
    SELECT 'salesperson' AS dimension, s.part, year(s.ordered_on) * 12 + month(s.ordered_on) - 1 AS month, s.ordered_on AS day,
        s.amount, s.buyer
    FROM (
        SELECT l.salesperson AS part, l.order_id, l.ordered_on, SUM(l.amount) AS amount,
            MIN(COALESCE(l.customer_id, l.order_id)) AS buyer
        FROM order_lines AS l
        WHERE l.kind = 'sale' AND l.amount > 0 AND l.salesperson IS NOT NULL
        GROUP BY l.salesperson, l.order_id, l.ordered_on
    ) AS s
    UNION ALL
    SELECT 'brand' AS dimension, b.part, year(b.ordered_on) * 12 + month(b.ordered_on) - 1 AS month, b.ordered_on AS day, b.amount, b.buyer
    FROM (
        SELECT l.brand AS part, l.order_id, l.ordered_on, SUM(l.amount) AS amount,
            MIN(COALESCE(l.customer_id, l.order_id)) AS buyer
        FROM order_lines AS l
        WHERE l.kind = 'sale' AND l.amount > 0 AND l.brand IS NOT NULL
        GROUP BY l.brand, l.order_id, l.ordered_on
    ) AS b
) AS p
GROUP BY dimension, part, month
ORDER BY dimension, part, month
