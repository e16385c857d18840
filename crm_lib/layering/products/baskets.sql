-- Items (places of chosen_items) of the newest baskets of the window, $most rows of them.
SELECT filled.order_id AS order_id, filled.place AS place
FROM (
    SELECT sold.order_id AS order_id, chosen_items.place AS place, MAX(sold.ordered_on) AS ordered_on
    FROM (
        SELECT
            order_lines.customer_id AS customer_id,
            order_lines.order_id AS order_id,
            order_lines.ordered_on AS ordered_on,
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
    INNER JOIN chosen_items ON chosen_items.item = sold.item
    GROUP BY sold.order_id, chosen_items.place
) AS filled
ORDER BY filled.ordered_on DESC, filled.order_id, filled.place
LIMIT $most
