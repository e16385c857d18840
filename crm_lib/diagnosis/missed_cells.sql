-- Appointments by month, store, channel and staff member: how many were kept, missed, cancelled. $unsaid is what a visit
-- without a word counts as; '' for none of these.
SELECT
    p.period,
    v.store,
    v.channel,
    v.owner,
    CAST(SUM(CASE WHEN v.status = 'kept' THEN 1 ELSE 0 END) AS DOUBLE) AS kept,
    CAST(SUM(CASE WHEN v.status = 'missed' THEN 1 ELSE 0 END) AS DOUBLE) AS missed,
    CAST(SUM(CASE WHEN v.status = 'cancelled' THEN 1 ELSE 0 END) AS DOUBLE) AS cancelled
FROM (
    SELECT store, channel, owner, COALESCE(status, $unsaid) AS status, CAST(visited_at AS DATE) AS visited_on FROM visits
) AS v
INNER JOIN period_days AS p ON p.day = v.visited_on
GROUP BY p.period, v.store, v.channel, v.owner
ORDER BY p.period, v.store, v.channel, v.owner
