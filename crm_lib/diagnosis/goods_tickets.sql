-- Tickets that state a reason, by customer and reason, opened in the days asked for.
SELECT t.customer_id AS customer_id, t.reason AS reason, COUNT(*) AS tickets
FROM tickets AS t
WHERE t.customer_id IS NOT NULL AND t.reason IS NOT NULL
    AND CAST(t.opened_at AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
GROUP BY t.customer_id, t.reason
ORDER BY t.customer_id, t.reason
