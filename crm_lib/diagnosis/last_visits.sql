-- One row a customer's day on which a term ends (due_days), with the day of purchase and the last visit that was kept by
-- then (NULL without one).
SELECT w.customer_id AS customer_id, w.due_on AS due_on, MAX(w.ordered_on) AS ordered_on, MAX(w.last_visit_on) AS last_visit_on
FROM (
    SELECT
        e.customer_id,
        e.on_day AS due_on,
        e.ordered_on,
        e.is_due,
        MAX(e.visited_on) OVER (PARTITION BY e.customer_id ORDER BY e.on_day, e.is_due)
            AS last_visit_on
    FROM (
        SELECT
            due_days.customer_id AS customer_id,
            due_days.due_on AS on_day,
            due_days.ordered_on AS ordered_on,
            CAST(NULL AS DATE) AS visited_on,
            1 AS is_due
        FROM due_days
        UNION ALL
        SELECT
            visits.customer_id AS customer_id,
            CAST(visits.visited_at AS DATE) AS on_day,
            CAST(NULL AS DATE) AS ordered_on,
            CAST(visits.visited_at AS DATE) AS visited_on,
            0 AS is_due
        FROM visits
        WHERE visits.customer_id IS NOT NULL AND COALESCE(visits.status, 'kept') = 'kept'
    ) AS e
) AS w
WHERE w.is_due = 1
GROUP BY w.customer_id, w.due_on
ORDER BY w.customer_id, w.due_on
