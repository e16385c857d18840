-- Campaign messages of the cycle, without the holdout, and whether they were answered within the window;
-- judged: the window has passed, and the lists say who answered.
SELECT
    s.campaign_id AS campaign_id,
    s.customer_id AS customer_id,
    s.sent_on AS day,
    COALESCE(s.channel, c.channel) AS channel,
    c.strategy AS strategy,
    CASE WHEN date_diff('day', s.sent_on, s.responded_on) BETWEEN 0 AND $response_days THEN 1 ELSE 0 END AS answered,
    CASE WHEN date_diff('day', s.sent_on, CAST($as_of AS DATE)) >= $response_days
        AND (SELECT COUNT(r.responded_on) FROM campaign_members AS r) > 0 THEN 1 ELSE 0 END AS judged
FROM campaign_members AS s
LEFT JOIN campaigns AS c ON c.campaign_id = s.campaign_id
WHERE COALESCE(s.arm, '') <> 'holdout' AND s.sent_on >= CAST($start AS DATE)
ORDER BY s.sent_on, s.campaign_id, s.customer_id
