-- Purchases, revenue, refunds: one row a group and period. Customer '' stands for orders without a customer.
SELECT
    m.group_id,
    c.period,
    CAST(SUM(c.purchases) AS DOUBLE) AS purchases,
    CAST(SUM(c.entries) AS DOUBLE) AS entries,
    CAST(SUM(c.net) AS DOUBLE) AS net,
    CAST(SUM(c.gross) AS DOUBLE) AS gross,
    CAST(SUM(c.gross_squares) AS DOUBLE) AS gross_squares,
    CAST(SUM(c.refunded) AS DOUBLE) AS refunded,
    CAST(SUM(c.refunded_squares) AS DOUBLE) AS refunded_squares,
    CAST(SUM(c.refunds) AS DOUBLE) AS refunds,
    CAST(SUM(c.items) AS DOUBLE) AS items,
    CAST(SUM(c.items_squares) AS DOUBLE) AS items_squares,
    CAST(SUM(c.counted_orders) AS DOUBLE) AS counted_orders,
    CAST(SUM(CASE WHEN c.customer_id <> '' AND c.purchases > 0 THEN 1 ELSE 0 END) AS DOUBLE) AS active,
    CAST(SUM(CASE WHEN c.customer_id <> '' AND c.purchases > 0 THEN c.purchases ELSE 0 END) AS DOUBLE) AS active_purchases,
    CAST(SUM(CASE WHEN c.customer_id <> '' AND c.purchases > 0 THEN c.purchases * c.purchases ELSE 0 END) AS DOUBLE)
        AS active_purchases_squares,
    CAST(SUM(CASE WHEN c.customer_id <> '' AND c.purchases > 0 THEN c.net ELSE 0 END) AS DOUBLE) AS active_net,
    CAST(SUM(CASE WHEN c.customer_id <> '' AND c.purchases > 0 THEN CAST(c.net AS DECIMAL(38, 2)) * c.net ELSE 0 END) AS DOUBLE)
        AS active_net_squares
FROM (
    SELECT
        p.period,
        COALESCE(o.customer_id, '') AS customer_id,
        CAST(SUM(o.is_purchase) AS BIGINT) AS purchases,
        COUNT(*) AS entries,
        CAST(SUM(o.amount) AS DECIMAL(18, 2)) AS net,
        SUM(CASE WHEN o.is_purchase = 1 THEN o.amount ELSE 0 END) AS gross,
        SUM(CASE WHEN o.is_purchase = 1 THEN CAST(o.amount AS DECIMAL(38, 2)) * o.amount ELSE 0 END) AS gross_squares,
        SUM(CASE WHEN o.kind = 'refund' THEN -o.amount ELSE 0 END) AS refunded,
        SUM(CASE WHEN o.kind = 'refund' THEN CAST(o.amount AS DECIMAL(38, 2)) * o.amount ELSE 0 END) AS refunded_squares,
        SUM(CASE WHEN o.kind = 'refund' THEN 1 ELSE 0 END) AS refunds,
        SUM(CASE WHEN o.is_purchase = 1 THEN COALESCE(o.items, 0) ELSE 0 END) AS items,
        SUM(CASE WHEN o.is_purchase = 1 THEN COALESCE(CAST(o.items AS DECIMAL(38, 3)) * o.items, 0) ELSE 0 END) AS items_squares,
        SUM(CASE WHEN o.is_purchase = 1 AND o.items IS NOT NULL THEN 1 ELSE 0 END) AS counted_orders
    FROM (
        SELECT
            customer_id, ordered_on, kind, amount, items,
            CASE WHEN kind = 'sale' AND amount > 0 THEN 1 ELSE 0 END AS is_purchase
        FROM orders
    ) AS o
    INNER JOIN periods AS p ON o.ordered_on BETWEEN p.starts_on AND p.ends_on
    GROUP BY p.period, COALESCE(o.customer_id, '')
) AS c
INNER JOIN members AS m ON m.customer_id = c.customer_id
GROUP BY m.group_id, c.period
