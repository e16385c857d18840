-- Complaints by month, reason, store, channel, team and owner: how many, how many answered and closed in time, and the
-- hours to close of those that are closed.
SELECT
    p.period,
    t.reason,
    t.store,
    t.channel,
    t.team,
    t.owner,
    CAST(COUNT(*) AS DOUBLE) AS complaints,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS answerable,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds AND t.response_seconds <= $first_response_seconds THEN 1 ELSE 0 END)
        AS DOUBLE) AS answered_in_time,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS closable,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds AND t.closed_seconds <= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE)
        AS closed_in_time,
    CAST(COUNT(t.closed_hours) AS DOUBLE) AS closed,
    CAST(SUM(t.closed_hours) AS DOUBLE) AS hours,
    CAST(SUM(t.closed_hours * t.closed_hours) AS DOUBLE) AS hours_squares
FROM (
    SELECT
        reason,
        store,
        channel,
        team,
        owner,
        CAST(opened_at AS DATE) AS opened_on,
        (date_diff('day', CAST(opened_at AS DATE), CAST($known AS DATE)) + 1) * 86400
            - (epoch(opened_at) - epoch(CAST(CAST(opened_at AS DATE) AS TIMESTAMP))) AS age,
        epoch(first_response_at) - epoch(opened_at) AS response_seconds,
        epoch(closed_at) - epoch(opened_at) AS closed_seconds,
        CAST((epoch(closed_at) - epoch(opened_at)) / 3600 AS DECIMAL(12, 4)) AS closed_hours
    FROM tickets
    WHERE kind = 'complaint'
) AS t
INNER JOIN periods AS p ON t.opened_on BETWEEN p.starts_on AND p.ends_on
GROUP BY p.period, t.reason, t.store, t.channel, t.team, t.owner
ORDER BY p.period, t.reason, t.store, t.channel, t.team, t.owner
