-- Who was drawn for which campaign of the cycle, with the day of sending. arm is '' where nobody was held out.
SELECT
    m.campaign_id,
    m.customer_id,
    COALESCE(m.arm, '') AS arm,
    m.sent_on
FROM campaign_members AS m
WHERE m.customer_id IS NOT NULL AND m.sent_on BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
ORDER BY m.campaign_id, m.customer_id
