-- One row a paid term that came due (due_days): when it was sold and due, when it was renewed (NULL while it was not), where, by which channel
-- and with whose customer it was sold, what it cost, and the category of its lines that costs most, with its brand.
SELECT
    d.customer_id AS customer_id,
    MIN(d.ordered_on) AS sold_on,
    d.due_on AS due_on,
    d.renewed_on AS renewed_on,
    MIN(o.store) AS store,
    MIN(o.channel) AS channel,
    MIN(c.owner) AS owner,
    MIN(g.category) AS category,
    MIN(g.brand) AS brand,
    CAST(MAX(o.amount) AS DOUBLE) AS amount
FROM due_days AS d
INNER JOIN orders AS o ON o.customer_id = d.customer_id AND o.ordered_on = d.ordered_on
LEFT JOIN customers AS c ON c.customer_id = d.customer_id
LEFT JOIN (
    SELECT
        s.customer_id,
        s.ordered_on,
        s.category,
        s.brand,
        ROW_NUMBER() OVER (
            PARTITION BY s.customer_id, s.ordered_on
            ORDER BY CASE WHEN s.category IS NULL THEN 1 ELSE 0 END, s.amount DESC, s.category
        ) AS place
    FROM (
        SELECT l.customer_id, l.ordered_on, l.category, MIN(l.brand) AS brand, SUM(l.amount) AS amount
        FROM order_lines AS l
        WHERE l.kind = 'sale' AND (l.category IS NOT NULL OR l.brand IS NOT NULL) AND l.paid_until >= l.ordered_on
        GROUP BY l.customer_id, l.ordered_on, l.category
    ) AS s
) AS g ON g.customer_id = d.customer_id AND g.ordered_on = d.ordered_on AND g.place = 1
WHERE o.kind = 'sale' AND o.amount > 0 AND o.paid_until >= o.ordered_on
GROUP BY d.customer_id, d.due_on, d.renewed_on
ORDER BY d.customer_id, d.due_on
