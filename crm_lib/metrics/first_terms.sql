-- Of the customers of a cohort (cohort_members), those for whom it has shown whether they come again after their first
-- term (due_days: its end, or the day of a purchase that pays for no time) within $repurchase_days, and those who did.
SELECT
    begun.cohort AS cohort,
    begun.channel AS channel,
    begun.known_before AS known_before,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN date_diff('day', d.due_on, CAST($as_of AS DATE)) >= $repurchase_days THEN 1 ELSE 0 END) AS BIGINT)
        AS decided,
    CAST(SUM(CASE WHEN date_diff('day', d.due_on, CAST($as_of AS DATE)) >= $repurchase_days
        AND date_diff('day', d.due_on, d.renewed_on) <= $repurchase_days THEN 1 ELSE 0 END) AS BIGINT) AS renewed
FROM due_days AS d
INNER JOIN cohort_members AS begun ON begun.customer_id = d.customer_id
WHERE d.prev_due_on IS NULL
GROUP BY begun.cohort, begun.channel, begun.known_before
ORDER BY begun.cohort, begun.channel, begun.known_before
