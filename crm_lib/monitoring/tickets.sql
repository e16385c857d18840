-- Tickets of the cycle, and those opened before it that were still open at its start. Hours are to the end of $as_of. A second contact is one that names no strategy or $strategy; any where that is empty.
SELECT
    t.ticket_id AS ticket_id,
    CAST(t.opened_at AS DATE) AS opened_on,
    CASE WHEN CAST(t.opened_at AS DATE) >= CAST($start AS DATE) THEN 1 ELSE 0 END AS of_cycle,
    t.kind AS kind,
    t.owner AS owner,
    t.store AS store,
    t.description AS description,
    CAST(t.closed_at AS DATE) AS closed_on,
    (epoch(t.first_response_at) - epoch(t.opened_at)) / 60.0 AS response_minutes,
    (epoch(t.closed_at) - epoch(t.opened_at)) / 3600.0 AS close_hours,
    ((date_diff('day', CAST(t.opened_at AS DATE), CAST($as_of AS DATE)) + 1) * 86400
        - (epoch(t.opened_at) - epoch(CAST(CAST(t.opened_at AS DATE) AS TIMESTAMP)))) / 3600.0 AS age_hours,
    ((date_diff('day', CAST(t.closed_at AS DATE), CAST($as_of AS DATE)) + 1) * 86400
        - (epoch(t.closed_at) - epoch(CAST(CAST(t.closed_at AS DATE) AS TIMESTAMP)))) / 3600.0 AS closed_age_hours,
    MIN((epoch(i.happened_at) - epoch(t.closed_at)) / 3600.0) AS second_contact_hours
FROM tickets AS t
LEFT JOIN interactions AS i
    ON i.customer_id = t.customer_id AND i.direction = 'out' AND i.happened_at > t.closed_at
    AND ($strategy = '' OR i.strategy IS NULL OR i.strategy = $strategy)
WHERE
    CAST(t.opened_at AS DATE) >= CAST($start AS DATE)
    OR t.closed_at IS NULL
    OR CAST(t.closed_at AS DATE) >= CAST($start AS DATE)
GROUP BY
    t.ticket_id, t.opened_at, t.kind, t.owner, t.store, t.description, t.closed_at, t.first_response_at
ORDER BY t.ticket_id
