-- One row a customer whose purchases up to $as_of pay for a time: the last day paid for. A purchase that was refunded by
-- then (a refund names its order) pays for nothing.
SELECT sold.customer_id AS customer_id, MAX(sold.paid_until) AS covered_until
FROM orders AS sold
LEFT JOIN (
    SELECT DISTINCT orders.refund_of AS order_id
    FROM orders
    WHERE orders.kind = 'refund' AND orders.refund_of IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
) AS returned ON returned.order_id = sold.order_id
WHERE sold.kind = 'sale' AND sold.amount > 0 AND sold.customer_id IS NOT NULL AND sold.paid_until IS NOT NULL
    AND sold.ordered_on <= CAST($as_of AS DATE) AND returned.order_id IS NULL
GROUP BY sold.customer_id
ORDER BY sold.customer_id
