-- One row a customer: campaigns answered, and interactions answered or begun by the customer, in the window.
SELECT answers.customer_id AS customer_id, CAST(COUNT(*) AS BIGINT) AS answers
FROM (
    SELECT campaign_members.customer_id AS customer_id
    FROM campaign_members
    WHERE campaign_members.responded_on >= CAST($window_start AS DATE)
        AND campaign_members.responded_on <= CAST($as_of AS DATE)
        AND COALESCE(campaign_members.arm, 'treatment') <> 'holdout'
    UNION ALL
    SELECT interactions.customer_id AS customer_id
    FROM interactions
    WHERE CAST(interactions.happened_at AS DATE) >= CAST($window_start AS DATE)
        AND CAST(interactions.happened_at AS DATE) <= CAST($as_of AS DATE)
        AND (interactions.direction = 'in' OR interactions.outcome IN ('responded', 'converted'))
) AS answers
WHERE answers.customer_id IS NOT NULL
GROUP BY answers.customer_id
ORDER BY answers.customer_id
