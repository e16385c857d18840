-- Purchases, buyers (one an order without a customer), net amount, first and last day by month (year * 12 + month - 1) and category; by product of lines without a category, of the 50 products sold most often.
SELECT dimension, part, month, COUNT(*) AS orders, COUNT(DISTINCT buyer) AS buyers, CAST(SUM(amount) AS DOUBLE) AS amount,
    MIN(day) AS first_on, MAX(day) AS last_on
FROM (
    SELECT s.dimension, s.part, s.order_id, year(s.ordered_on) * 12 + month(s.ordered_on) - 1 AS month,
        s.ordered_on AS day, SUM(s.amount) AS amount, MIN(COALESCE(s.customer_id, s.order_id)) AS buyer
    FROM (
        SELECT CASE WHEN l.category IS NULL THEN 'product' ELSE 'category' END AS dimension,
            COALESCE(l.category, l.product_name, l.product_id) AS part, l.order_id, l.ordered_on, l.amount, l.customer_id
        FROM order_lines AS l
        LEFT JOIN (
            SELECT COALESCE(p.product_name, p.product_id) AS part, COUNT(*) AS n
            FROM order_lines AS p
            WHERE p.kind = 'sale' AND p.amount > 0 AND p.category IS NULL
            GROUP BY COALESCE(p.product_name, p.product_id)
            ORDER BY n DESC, part
            LIMIT 50
        ) AS often ON often.part = COALESCE(l.product_name, l.product_id)
        WHERE l.kind = 'sale' AND l.amount > 0 AND (l.category IS NOT NULL OR often.part IS NOT NULL)
    ) AS s
    GROUP BY s.dimension, s.part, s.order_id, s.ordered_on
) AS g
GROUP BY dimension, part, month
ORDER BY dimension, part, month
