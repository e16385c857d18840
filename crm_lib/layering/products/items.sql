-- One row an item of $level (category, brand or product) sold in the window; the item is NULL where it is not known.
SELECT
    sold.item AS item,
    CAST(COUNT(DISTINCT sold.customer_id) AS BIGINT) AS customers,
    CAST(COUNT(DISTINCT sold.order_id) AS BIGINT) AS baskets,
    CAST(SUM(sold.amount) AS DOUBLE) AS revenue
FROM (
    SELECT
        order_lines.customer_id AS customer_id,
        order_lines.order_id AS order_id,
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
GROUP BY sold.item
ORDER BY sold.item
