-- One row a customer with any sign other than a purchase in $since..$cut: complaints, poor scores in surveys, campaigns
-- sent, answers, points redeemed.
SELECT
    s.customer_id AS customer_id,
    CAST(SUM(CASE WHEN s.signal = 'complaint' THEN 1 ELSE 0 END) AS BIGINT) AS complaints,
    CAST(SUM(CASE WHEN s.signal = 'poor_score' THEN 1 ELSE 0 END) AS BIGINT) AS poor_scores,
    CAST(SUM(CASE WHEN s.signal = 'sent' THEN 1 ELSE 0 END) AS BIGINT) AS sent,
    CAST(SUM(CASE WHEN s.signal = 'answer' THEN 1 ELSE 0 END) AS BIGINT) AS answers,
    CAST(SUM(CASE WHEN s.signal = 'redeem' THEN 1 ELSE 0 END) AS BIGINT) AS redemptions
FROM (
    SELECT tickets.customer_id AS customer_id, 'complaint' AS signal
    FROM tickets
    WHERE tickets.kind = 'complaint'
        AND CAST(tickets.opened_at AS DATE) >= CAST($since AS DATE)
        AND CAST(tickets.opened_at AS DATE) <= CAST($cut AS DATE)
    UNION ALL
    SELECT surveys.customer_id, 'poor_score'
    FROM surveys
    WHERE (surveys.nps <= 6 OR surveys.csat <= 2)
        AND surveys.answered_on >= CAST($since AS DATE) AND surveys.answered_on <= CAST($cut AS DATE)
    UNION ALL
    SELECT campaign_members.customer_id, 'sent'
    FROM campaign_members
    WHERE COALESCE(campaign_members.arm, 'treatment') <> 'holdout'
        AND campaign_members.sent_on >= CAST($since AS DATE) AND campaign_members.sent_on <= CAST($cut AS DATE)
    UNION ALL
    SELECT campaign_members.customer_id, 'answer'
    FROM campaign_members
    WHERE COALESCE(campaign_members.arm, 'treatment') <> 'holdout'
        AND campaign_members.responded_on >= CAST($since AS DATE)
        AND campaign_members.responded_on <= CAST($cut AS DATE)
    UNION ALL
    SELECT interactions.customer_id, 'answer'
    FROM interactions
    WHERE (interactions.direction = 'in' OR interactions.outcome IN ('responded', 'converted'))
        AND CAST(interactions.happened_at AS DATE) >= CAST($since AS DATE)
        AND CAST(interactions.happened_at AS DATE) <= CAST($cut AS DATE)
    UNION ALL
    SELECT loyalty.customer_id, 'redeem'
    FROM loyalty
    WHERE loyalty.kind = 'redeem'
        AND loyalty.occurred_on >= CAST($since AS DATE) AND loyalty.occurred_on <= CAST($cut AS DATE)
) AS s
WHERE s.customer_id IS NOT NULL
GROUP BY s.customer_id
ORDER BY s.customer_id
