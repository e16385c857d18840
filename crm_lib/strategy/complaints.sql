-- Complaints in the window by class and reason: how many, and of how many customers.
SELECT
    m.operating_class AS operating_class,
    COALESCE(t.reason, '') AS reason,
    COUNT(*) AS complaints,
    COUNT(DISTINCT t.customer_id) AS customers
FROM tickets AS t
INNER JOIN class_members AS m ON m.customer_id = t.customer_id
WHERE t.kind = 'complaint' AND date_diff('day', CAST(t.opened_at AS DATE), CAST($baseline AS DATE)) < $window_days
GROUP BY m.operating_class, COALESCE(t.reason, '')
