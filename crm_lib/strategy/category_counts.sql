-- Distinct categories of each customer's purchases in the window, for the customers with at least two orders in it.
SELECT m.operating_class AS operating_class, COUNT(*) AS base, COUNT(CASE WHEN c.categories = 1 THEN 1 END) AS hits
FROM (
    SELECT l.customer_id, COUNT(DISTINCT l.category) AS categories, COUNT(DISTINCT l.order_id) AS orders
    FROM order_lines AS l
    WHERE
        l.kind = 'sale' AND l.amount > 0 AND l.category IS NOT NULL
        AND date_diff('day', l.ordered_on, CAST($baseline AS DATE)) < $window_days
    GROUP BY l.customer_id
) AS c
INNER JOIN class_members AS m ON m.customer_id = c.customer_id
WHERE c.orders >= 2
GROUP BY m.operating_class
