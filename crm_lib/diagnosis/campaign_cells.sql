-- Campaigns of the last year: messages whose response window has passed, without the holdout, and those answered.
SELECT
    s.campaign_id,
    c.name,
    c.channel,
    MIN(s.sent_on) AS sent_on,
    CAST(COUNT(*) AS DOUBLE) AS sent,
    CAST(SUM(CASE WHEN date_diff('day', s.sent_on, s.responded_on) BETWEEN 0 AND $response_days THEN 1 ELSE 0 END)
        AS DOUBLE) AS responses
FROM campaign_members AS s
LEFT JOIN campaigns AS c ON c.campaign_id = s.campaign_id
WHERE COALESCE(s.arm, '') <> 'holdout'
    AND s.sent_on > $year_ago
    AND date_diff('day', s.sent_on, CAST($known AS DATE)) >= $response_days
GROUP BY s.campaign_id, c.name, c.channel
ORDER BY sent_on, s.campaign_id
