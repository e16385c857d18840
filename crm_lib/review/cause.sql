-- Complaints by reason, store and channel: how many were opened in the cycle, and how many in as many days before it.
SELECT
    t.reason,
    t.store,
    t.channel,
    CAST(SUM(CASE WHEN CAST(t.opened_at AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE) THEN 1 ELSE 0 END)
        AS DOUBLE) AS after,
    CAST(SUM(CASE WHEN CAST(t.opened_at AS DATE) BETWEEN CAST($before_first AS DATE) AND CAST($before_last AS DATE)
        THEN 1 ELSE 0 END) AS DOUBLE) AS before
FROM tickets AS t
WHERE t.kind = 'complaint'
GROUP BY t.reason, t.store, t.channel
ORDER BY t.reason, t.store, t.channel
