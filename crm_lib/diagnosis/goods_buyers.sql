-- One row a customer who bought in the days compared with: whether it bought the goods named then (goods), what it spent then,
-- and whether it bought anything in the latest days (stays).
SELECT b.customer_id AS customer_id, b.goods AS goods, CAST(b.spent AS DOUBLE) AS spent,
    CASE WHEN n.customer_id IS NULL THEN 0 ELSE 1 END AS stays
FROM (
    SELECT l.customer_id, SUM(l.amount) AS spent,
        MAX(CASE WHEN COALESCE(l.category, l.product_name, l.product_id) IN (SELECT part FROM fallen_goods) THEN 1 ELSE 0 END) AS goods
    FROM order_lines AS l
    WHERE l.kind = 'sale' AND l.amount > 0 AND l.customer_id IS NOT NULL
        AND l.ordered_on BETWEEN CAST($before_first AS DATE) AND CAST($before_last AS DATE)
    GROUP BY l.customer_id
) AS b
LEFT JOIN (
    SELECT DISTINCT l.customer_id
    FROM order_lines AS l
    WHERE l.kind = 'sale' AND l.amount > 0
        AND l.ordered_on BETWEEN CAST($now_first AS DATE) AND CAST($now_last AS DATE)
) AS n ON n.customer_id = b.customer_id
ORDER BY b.customer_id
