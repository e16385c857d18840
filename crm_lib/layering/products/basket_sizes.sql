-- Baskets of the window by how many of chosen_items (item, place) they hold.
SELECT sized.size AS size, CAST(COUNT(*) AS BIGINT) AS baskets
FROM (
    SELECT filled.order_id AS order_id, COUNT(*) AS size
    FROM (
        SELECT DISTINCT sold.order_id AS order_id, chosen_items.place AS place
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
    ) AS filled
    GROUP BY filled.order_id
) AS sized
GROUP BY sized.size
ORDER BY sized.size
