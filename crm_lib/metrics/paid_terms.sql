-- Purchases that say until when they pay, with the first day on which a refund names them (NULL without one). A purchase
-- covers the days from its own to paid_until that lie before that refund.
SELECT
    sold.customer_id AS customer_id,
    sold.ordered_on AS ordered_on,
    sold.paid_until AS paid_until,
    returned.returned_on AS returned_on
FROM orders AS sold
LEFT JOIN (
    SELECT orders.refund_of AS order_id, MIN(orders.ordered_on) AS returned_on
    FROM orders
    WHERE orders.kind = 'refund' AND orders.refund_of IS NOT NULL
    GROUP BY orders.refund_of
) AS returned ON returned.order_id = sold.order_id
WHERE sold.kind = 'sale' AND sold.amount > 0 AND sold.customer_id IS NOT NULL AND sold.paid_until IS NOT NULL
