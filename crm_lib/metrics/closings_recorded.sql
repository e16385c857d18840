-- Complaints opened $old_days or more before $as_of, and those of them without a close time.
SELECT
    COUNT(*) AS complaints,
    COALESCE(SUM(CASE WHEN t.closed_at IS NULL THEN 1 ELSE 0 END), 0) AS unclosed,
    MIN(CASE WHEN t.closed_at IS NULL THEN CAST(t.opened_at AS DATE) END) AS oldest
FROM tickets AS t
WHERE t.kind = 'complaint' AND date_diff('day', CAST(t.opened_at AS DATE), CAST($as_of AS DATE)) >= $old_days
