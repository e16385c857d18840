-- Campaign messages whose response window has passed, without the holdout, and those answered within it.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(CASE WHEN date_diff('day', s.sent_on, s.responded_on) BETWEEN 0 AND $response_days THEN 1 ELSE 0 END)
        AS DOUBLE) AS responses,
    CAST(COUNT(*) AS DOUBLE) AS sent
FROM campaign_members AS s
INNER JOIN periods AS p ON s.sent_on BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN COALESCE(s.customer_id, '') ELSE '' END
WHERE COALESCE(s.arm, '') <> 'holdout' AND date_diff('day', s.sent_on, CAST($known AS DATE)) >= $response_days
GROUP BY m.group_id, p.period
