-- The store, the channel and the salesperson of each customer's purchases before the day $first: the one with most of them, ties by name; and how they joined and of what type they are. '' where none is on record.
SELECT r.customer_id AS customer_id, r.dimension AS dimension, r.part AS part
FROM (
    SELECT
        c.customer_id,
        c.dimension,
        c.part,
        ROW_NUMBER() OVER (PARTITION BY c.customer_id, c.dimension ORDER BY CASE WHEN c.part = '' THEN 1 ELSE 0 END, c.orders DESC, c.part) AS nth
    FROM (
        SELECT o.customer_id, 'main_store' AS dimension, COALESCE(o.store, '') AS part, COUNT(*) AS orders
        FROM orders AS o
        WHERE
            o.kind = 'sale' AND o.amount > 0 AND o.customer_id IS NOT NULL
            AND o.ordered_on < CAST($first AS DATE)
        GROUP BY o.customer_id, COALESCE(o.store, '')
        UNION ALL
        SELECT o.customer_id, 'main_channel' AS dimension, COALESCE(o.channel, '') AS part, COUNT(*) AS orders
        FROM orders AS o
        WHERE
            o.kind = 'sale' AND o.amount > 0 AND o.customer_id IS NOT NULL
            AND o.ordered_on < CAST($first AS DATE)
        GROUP BY o.customer_id, COALESCE(o.channel, '')
        UNION ALL
        SELECT l.customer_id, 'main_salesperson' AS dimension, COALESCE(l.salesperson, '') AS part, COUNT(DISTINCT l.order_id) AS orders
        FROM order_lines AS l
        WHERE
            l.kind = 'sale' AND l.amount > 0 AND l.customer_id IS NOT NULL
            AND l.ordered_on < CAST($first AS DATE)
        GROUP BY l.customer_id, COALESCE(l.salesperson, '')
    ) AS c
) AS r
WHERE r.nth = 1
UNION ALL
SELECT j.customer_id AS customer_id, 'join_channel' AS dimension, COALESCE(j.join_channel, '') AS part
FROM customers AS j
UNION ALL
SELECT k.customer_id AS customer_id, 'customer_type' AS dimension, COALESCE(k.customer_type, '') AS part
FROM customers AS k
ORDER BY customer_id, dimension
