-- Complaints of two spans by store, channel, team and reason ('' where none is on record): how many, and how many kept the time limits (see metrics/complaints.sql).
SELECT
    u.span AS span,
    u.dimension AS dimension,
    COALESCE(u.part, '') AS part,
    CAST(COUNT(*) AS DOUBLE) AS complaints,
    CAST(SUM(CASE WHEN u.age >= $first_response_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS answerable,
    CAST(SUM(CASE WHEN u.age >= $first_response_seconds AND u.response_seconds <= $first_response_seconds THEN 1 ELSE 0 END)
        AS DOUBLE) AS answered_in_time,
    CAST(SUM(CASE WHEN u.age >= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS closable,
    CAST(SUM(CASE WHEN u.age >= $closing_seconds AND u.closed_seconds <= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE)
        AS closed_in_time
FROM (
    SELECT t.span, d.dimension, t.age, t.response_seconds, t.closed_seconds,
        CASE WHEN d.dimension = 'store' THEN t.store WHEN d.dimension = 'channel' THEN t.channel
            WHEN d.dimension = 'team' THEN t.team ELSE t.reason END AS part
    FROM (
        SELECT
            CASE WHEN CAST(k.opened_at AS DATE) BETWEEN CAST($new_from AS DATE) AND CAST($new_to AS DATE) THEN 'new' ELSE 'old' END
                AS span,
            k.store,
            k.channel,
            k.team,
            k.reason,
            (date_diff('day', CAST(k.opened_at AS DATE), CAST($known AS DATE)) + 1) * 86400
                - (epoch(k.opened_at) - epoch(CAST(CAST(k.opened_at AS DATE) AS TIMESTAMP))) AS age,
            epoch(k.first_response_at) - epoch(k.opened_at) AS response_seconds,
            epoch(k.closed_at) - epoch(k.opened_at) AS closed_seconds
        FROM tickets AS k
        WHERE
            k.kind = 'complaint'
            AND (
                CAST(k.opened_at AS DATE) BETWEEN CAST($new_from AS DATE) AND CAST($new_to AS DATE)
                OR CAST(k.opened_at AS DATE) BETWEEN CAST($old_from AS DATE) AND CAST($old_to AS DATE)
            )
    ) AS t
    CROSS JOIN (
        SELECT 'store' AS dimension UNION ALL SELECT 'channel' AS dimension UNION ALL SELECT 'team' AS dimension
        UNION ALL SELECT 'reason' AS dimension
    ) AS d
) AS u
GROUP BY u.span, u.dimension, COALESCE(u.part, '')
ORDER BY dimension, part, span
