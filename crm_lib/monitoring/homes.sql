-- The store and the channel of each customer's purchases before the day $first: the one with most of them, ties by name; and how they joined. '' where none is on record.
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
    ) AS c
) AS r
WHERE r.nth = 1
UNION ALL
SELECT j.customer_id AS customer_id, 'join_channel' AS dimension, COALESCE(j.join_channel, '') AS part
FROM customers AS j
ORDER BY customer_id, dimension
