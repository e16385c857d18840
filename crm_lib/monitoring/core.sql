-- Customers of a list: days since our last contact and since the last purchase, and the own rhythm, at $as_of.
SELECT
    m.customer_id AS customer_id,
    MAX(d.purchase_days) AS purchase_days,
    CAST(date_diff('day', MAX(d.last_on), CAST($as_of AS DATE)) AS DOUBLE) AS recency_days,
    CASE
        WHEN MAX(d.purchase_days) > 1
            THEN CAST(date_diff('day', MAX(d.first_on), MAX(d.last_on)) AS DOUBLE) / CAST(MAX(d.purchase_days) - 1 AS DOUBLE)
    END AS rhythm_days,
    CAST(MIN(t.age_days) AS DOUBLE) AS last_contact_days
FROM core_members AS m
LEFT JOIN (
    SELECT p.customer_id, MIN(p.ordered_on) AS first_on, MAX(p.ordered_on) AS last_on, COUNT(DISTINCT p.ordered_on)
        AS purchase_days
    FROM orders AS p
    WHERE p.kind = 'sale' AND p.amount > 0
    GROUP BY p.customer_id
) AS d ON d.customer_id = m.customer_id
LEFT JOIN (
    SELECT i.customer_id, date_diff('day', CAST(i.happened_at AS DATE), CAST($as_of AS DATE)) AS age_days
    FROM interactions AS i
    WHERE i.direction = 'out'
    UNION ALL
    SELECT c.customer_id, date_diff('day', c.sent_on, CAST($as_of AS DATE)) AS age_days
    FROM campaign_members AS c
    WHERE COALESCE(c.arm, '') <> 'holdout'
) AS t ON t.customer_id = m.customer_id
GROUP BY m.customer_id
ORDER BY m.customer_id
