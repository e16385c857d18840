-- Purchases, revenue, refunds: one row a group and period. Customer '' stands for orders without a customer.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(o.is_purchase) AS DOUBLE) AS purchases,
    CAST(COUNT(*) AS DOUBLE) AS entries,
    CAST(SUM(o.amount) AS DOUBLE) AS net,
    CAST(SUM(CASE WHEN o.is_purchase = 1 THEN o.amount ELSE 0 END) AS DOUBLE) AS gross,
    CAST(SUM(CASE WHEN o.is_purchase = 1 THEN CAST(o.amount AS DECIMAL(38, 2)) * o.amount ELSE 0 END) AS DOUBLE)
        AS gross_squares,
    CAST(SUM(CASE WHEN o.kind = 'refund' THEN -o.amount ELSE 0 END) AS DOUBLE) AS refunded,
    CAST(SUM(CASE WHEN o.kind = 'refund' THEN CAST(o.amount AS DECIMAL(38, 2)) * o.amount ELSE 0 END) AS DOUBLE)
        AS refunded_squares,
    CAST(SUM(CASE WHEN o.kind = 'refund' THEN 1 ELSE 0 END) AS DOUBLE) AS refunds
FROM (
    SELECT
        COALESCE(customer_id, '') AS customer_id, ordered_on, kind, amount,
        CASE WHEN kind = 'sale' AND amount > 0 THEN 1 ELSE 0 END AS is_purchase
    FROM orders
) AS o
INNER JOIN period_days AS p ON p.day = o.ordered_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN o.customer_id ELSE '' END
GROUP BY m.group_id, p.period
