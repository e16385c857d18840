-- Customers of each class of layered (customer_id, operating_class) who bought both items of a pair of
-- chosen_items (item, place) in the window; each pair once, and each item with itself: the customers who bought it.
-- one_first, other_first: bought the one on an earlier day than the other; *_days: the days between, added up.
SELECT
    layered.operating_class AS operating_class,
    one.place AS one,
    other.place AS other,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN one.first_on < other.first_on THEN 1 ELSE 0 END) AS BIGINT) AS one_first,
    CAST(SUM(CASE WHEN other.first_on < one.first_on THEN 1 ELSE 0 END) AS BIGINT) AS other_first,
    CAST(SUM(CASE WHEN one.first_on < other.first_on
        THEN date_diff('day', one.first_on, other.first_on) ELSE 0 END) AS BIGINT) AS one_first_days,
    CAST(SUM(CASE WHEN other.first_on < one.first_on
        THEN date_diff('day', other.first_on, one.first_on) ELSE 0 END) AS BIGINT) AS other_first_days
FROM (
    SELECT sold.customer_id AS customer_id, chosen_items.place AS place, MIN(sold.ordered_on) AS first_on
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
) AS one
INNER JOIN (
    SELECT sold.customer_id AS customer_id, chosen_items.place AS place, MIN(sold.ordered_on) AS first_on
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
) AS other ON other.customer_id = one.customer_id AND other.place >= one.place
INNER JOIN layered ON layered.customer_id = one.customer_id
GROUP BY layered.operating_class, one.place, other.place
ORDER BY layered.operating_class, one.place, other.place
