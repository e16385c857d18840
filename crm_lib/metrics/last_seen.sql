-- One row a customer who was seen by $cut: the last day of a visit that was kept, or of a login as the client's list tells
-- it ($with_logins = 0: of visits only).
SELECT s.customer_id AS customer_id, MAX(s.seen_on) AS seen_on
FROM (
    SELECT customers.customer_id AS customer_id, customers.last_login_on AS seen_on
    FROM customers
    WHERE $with_logins = 1
    UNION ALL
    SELECT visits.customer_id AS customer_id, CAST(visits.visited_at AS DATE) AS seen_on
    FROM visits
    WHERE visits.customer_id IS NOT NULL AND COALESCE(visits.status, 'kept') = 'kept'
) AS s
WHERE s.seen_on <= CAST($cut AS DATE)
GROUP BY s.customer_id
ORDER BY s.customer_id
