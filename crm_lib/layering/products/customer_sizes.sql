-- Customers of each class of layered (customer_id, operating_class) by how many of chosen_items they bought in the window.
SELECT
    sized.operating_class AS operating_class,
    sized.size AS size,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM (
    SELECT layered.operating_class AS operating_class, layered.customer_id AS customer_id, COUNT(*) AS size
    FROM (
        SELECT sold.customer_id AS customer_id, chosen_items.place AS place
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
        WHERE sold.customer_id IS NOT NULL
        GROUP BY sold.customer_id, chosen_items.place
    ) AS filled
    INNER JOIN layered ON layered.customer_id = filled.customer_id
    GROUP BY layered.operating_class, layered.customer_id
) AS sized
GROUP BY sized.operating_class, sized.size
ORDER BY sized.operating_class, sized.size
