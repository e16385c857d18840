-- Tickets of the days asked for whose time to close had passed, by store, channel, team and owner: how many, how many were closed late
-- or not at all, how many are complaints, and how many of the late ones.
SELECT
    t.store,
    t.channel,
    t.team,
    t.owner,
    CAST(COUNT(*) AS DOUBLE) AS due,
    CAST(SUM(t.late) AS DOUBLE) AS late,
    CAST(SUM(t.complaint) AS DOUBLE) AS complaints,
    CAST(SUM(t.late * t.complaint) AS DOUBLE) AS late_complaints
FROM (
    SELECT
        store,
        channel,
        team,
        owner,
        CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END AS complaint,
        CASE WHEN closed_at IS NOT NULL AND epoch(closed_at) - epoch(opened_at) <= $closing_seconds THEN 0 ELSE 1 END AS late
    FROM tickets
    WHERE kind IS NOT NULL AND CAST(opened_at AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
        AND (date_diff('day', CAST(opened_at AS DATE), CAST($last AS DATE)) + 1) * 86400
            - (epoch(opened_at) - epoch(CAST(CAST(opened_at AS DATE) AS TIMESTAMP))) >= $closing_seconds
) AS t
GROUP BY t.store, t.channel, t.team, t.owner
ORDER BY t.store, t.channel, t.team, t.owner
