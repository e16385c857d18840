-- Complaints by month, reason, store, channel and owner: how many, how many answered and closed in time.
SELECT
    p.period,
    t.reason,
    t.store,
    t.channel,
    t.owner,
    CAST(COUNT(*) AS DOUBLE) AS complaints,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS answerable,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds AND t.response_seconds <= $first_response_seconds THEN 1 ELSE 0 END)
        AS DOUBLE) AS answered_in_time,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE) AS closable,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds AND t.closed_seconds <= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE)
        AS closed_in_time,
    CAST(COUNT(t.closed_seconds) AS DOUBLE) AS closed,
    CAST(SUM(CAST(t.closed_seconds AS DOUBLE) / 3600) AS DOUBLE) AS hours,
    CAST(SUM(CAST(t.closed_seconds AS DOUBLE) / 3600 * t.closed_seconds / 3600) AS DOUBLE) AS hours_squares
FROM (
    SELECT
        reason,
        store,
        channel,
        owner,
        CAST(opened_at AS DATE) AS opened_on,
        (date_diff('day', CAST(opened_at AS DATE), CAST($known AS DATE)) + 1) * 86400
            - (epoch(opened_at) - epoch(CAST(CAST(opened_at AS DATE) AS TIMESTAMP))) AS age,
        epoch(first_response_at) - epoch(opened_at) AS response_seconds,
        epoch(closed_at) - epoch(opened_at) AS closed_seconds
    FROM tickets
    WHERE kind = 'complaint'
) AS t
INNER JOIN periods AS p ON t.opened_on BETWEEN p.starts_on AND p.ends_on
GROUP BY p.period, t.reason, t.store, t.channel, t.owner
ORDER BY p.period, t.reason, t.store, t.channel, t.owner
