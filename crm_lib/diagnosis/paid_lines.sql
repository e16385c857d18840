-- What a customer paid for on a day, by category and brand ('' where not said): until when, and at what price.
SELECT
    l.customer_id AS customer_id,
    COALESCE(l.category, '') AS category,
    COALESCE(l.brand, '') AS brand,
    l.ordered_on AS ordered_on,
    MAX(CASE WHEN g.returned_on <= l.paid_until THEN g.returned_on ELSE l.paid_until END) AS ends_on,
    MIN(l.store) AS store,
    MIN(l.channel) AS channel,
    CAST(SUM(l.amount) AS DOUBLE) AS amount
FROM order_lines AS l
LEFT JOIN (
    SELECT orders.refund_of AS order_id, MIN(orders.ordered_on) AS returned_on
    FROM orders
    WHERE orders.kind = 'refund' AND orders.refund_of IS NOT NULL
    GROUP BY orders.refund_of
) AS g ON g.order_id = l.order_id
WHERE l.kind = 'sale' AND l.amount > 0 AND l.customer_id IS NOT NULL AND l.paid_until >= l.ordered_on
GROUP BY l.customer_id, COALESCE(l.category, ''), COALESCE(l.brand, ''), l.ordered_on
