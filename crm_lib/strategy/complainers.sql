-- Customers of each class with at least one complaint in the window.
SELECT m.operating_class AS operating_class, COUNT(DISTINCT t.customer_id) AS hits
FROM tickets AS t
INNER JOIN class_members AS m ON m.customer_id = t.customer_id
WHERE t.kind = 'complaint' AND date_diff('day', CAST(t.opened_at AS DATE), CAST($baseline AS DATE)) < $window_days
GROUP BY m.operating_class
