-- Contacts and answers by class and channel: interactions we began, and campaign messages whose window has passed;
-- neither where the table never says who answered. The two kinds are answered in other ways: they stand apart.
SELECT
    m.operating_class AS operating_class,
    t.channel AS channel,
    t.kind AS kind,
    COUNT(*) AS contacts,
    SUM(t.response) AS responses,
    COUNT(DISTINCT t.campaign_id) AS campaigns
FROM (
    SELECT
        i.customer_id,
        i.channel,
        'interaction' AS kind,
        NULL AS campaign_id,
        CASE WHEN i.outcome IN ('responded', 'converted') THEN 1 ELSE 0 END AS response
    FROM interactions AS i
    WHERE
        i.direction = 'out' AND i.channel IS NOT NULL
        AND EXISTS (SELECT 1 FROM interactions AS o WHERE o.outcome IN ('responded', 'converted'))
        AND date_diff('day', CAST(i.happened_at AS DATE), CAST($baseline AS DATE)) < $window_days
    UNION ALL
    SELECT
        s.customer_id,
        COALESCE(s.channel, c.channel) AS channel,
        'campaign' AS kind,
        s.campaign_id,
        CASE WHEN date_diff('day', s.sent_on, s.responded_on) BETWEEN 0 AND $response_days THEN 1 ELSE 0 END AS response
    FROM campaign_members AS s
    LEFT JOIN campaigns AS c ON c.campaign_id = s.campaign_id
    WHERE
        COALESCE(s.arm, '') <> 'holdout' AND COALESCE(s.channel, c.channel) IS NOT NULL
        AND EXISTS (SELECT 1 FROM campaign_members AS r WHERE r.responded_on IS NOT NULL)
        AND date_diff('day', s.sent_on, CAST($baseline AS DATE)) >= $response_days
        AND date_diff('day', s.sent_on, CAST($baseline AS DATE)) < $window_days
) AS t
INNER JOIN class_members AS m ON m.customer_id = t.customer_id
GROUP BY m.operating_class, t.channel, t.kind
ORDER BY m.operating_class, t.channel, t.kind
