-- Our contacts (interactions we began, campaign messages without the holdout) of each customer: the last, and recent ones.
SELECT
    t.customer_id AS customer_id,
    MIN(t.age_days) AS last_contact_days,
    COUNT(CASE WHEN t.age_days < $month_days THEN 1 END) AS month_contacts
FROM (
    SELECT i.customer_id, date_diff('day', CAST(i.happened_at AS DATE), CAST($baseline AS DATE)) AS age_days
    FROM interactions AS i
    WHERE i.direction = 'out' AND i.customer_id IS NOT NULL
    UNION ALL
    SELECT c.customer_id, date_diff('day', c.sent_on, CAST($baseline AS DATE)) AS age_days
    FROM campaign_members AS c
    WHERE COALESCE(c.arm, '') <> 'holdout' AND c.customer_id IS NOT NULL
) AS t
GROUP BY t.customer_id
ORDER BY t.customer_id
