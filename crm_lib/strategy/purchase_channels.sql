-- Orders by class and channel in the window: where the class buys, used where no answers are recorded.
SELECT m.operating_class AS operating_class, o.channel AS channel, COUNT(*) AS orders
FROM orders AS o
INNER JOIN class_members AS m ON m.customer_id = o.customer_id
WHERE
    o.kind = 'sale' AND o.amount > 0 AND o.channel IS NOT NULL
    AND date_diff('day', o.ordered_on, CAST($baseline AS DATE)) < $window_days
GROUP BY m.operating_class, o.channel
ORDER BY m.operating_class, o.channel
