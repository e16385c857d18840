-- Complaints closed in the window up to the baseline.
SELECT COUNT(*) AS complaints
FROM tickets AS t
WHERE t.kind = 'complaint' AND date_diff('day', CAST(t.closed_at AS DATE), CAST($baseline AS DATE)) < $trigger_days
