-- Items of $level (category, brand or product) sold in the window, one row an order and customer: the first and the last
-- day of it and what was paid; the item is NULL where it is not known.
SELECT
    sold.customer_id AS customer_id,
    sold.order_id AS order_id,
    sold.item AS item,
    MIN(sold.ordered_on) AS first_on,
    MAX(sold.ordered_on) AS last_on,
    SUM(sold.amount) AS amount
FROM (
    SELECT
        order_lines.customer_id AS customer_id,
        order_lines.order_id AS order_id,
        order_lines.ordered_on AS ordered_on,
        order_lines.amount AS amount,
        CASE
            WHEN CAST($level AS VARCHAR) = 'category' THEN order_lines.category
            WHEN CAST($level AS VARCHAR) = 'brand' THEN order_lines.brand
            ELSE order_lines.product_name
        END AS item
    FROM order_lines
    WHERE order_lines.kind = 'sale'
        AND order_lines.amount > 0
        AND order_lines.ordered_on >= CAST($window_start AS DATE)
        AND order_lines.ordered_on <= CAST($as_of AS DATE)
) AS sold
GROUP BY sold.customer_id, sold.order_id, sold.item
