-- Days on which a customer bought, each with the customer's day of purchase before and after it.
SELECT
    d.customer_id AS customer_id,
    d.ordered_on AS ordered_on,
    LAG(d.ordered_on) OVER (PARTITION BY d.customer_id ORDER BY d.ordered_on) AS prev_on,
    LEAD(d.ordered_on) OVER (PARTITION BY d.customer_id ORDER BY d.ordered_on) AS next_on
FROM (
    SELECT DISTINCT orders.customer_id AS customer_id, orders.ordered_on AS ordered_on
    FROM orders
    WHERE orders.kind = 'sale' AND orders.amount > 0 AND orders.customer_id IS NOT NULL
) AS d
