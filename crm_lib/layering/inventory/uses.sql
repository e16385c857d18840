-- What the data can be used for: of so many rows (base) so many have what it takes (have).
SELECT purpose, base, have FROM (
    SELECT 'layers' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(customer_id) AS BIGINT) AS have FROM orders
    WHERE kind = 'sale'
    UNION ALL
    SELECT 'margin' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(cost) AS BIGINT) AS have FROM order_lines
    UNION ALL
    SELECT 'phone' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(phone) AS BIGINT) AS have FROM customers
    UNION ALL
    SELECT 'email' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(email) AS BIGINT) AS have FROM customers
    UNION ALL
    SELECT 'consent' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(may_contact) AS BIGINT) AS have FROM customers
    UNION ALL
    SELECT
        'complaints' AS purpose,
        CAST(COUNT(*) AS BIGINT) AS base,
        CAST(COUNT(first_response_at) AS BIGINT) AS have
    FROM tickets WHERE kind = 'complaint'
    UNION ALL
    SELECT 'satisfaction' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(customer_id) AS BIGINT) AS have
    FROM surveys WHERE nps IS NOT NULL OR csat IS NOT NULL
    UNION ALL
    SELECT 'contacts' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(outcome) AS BIGINT) AS have FROM interactions
    UNION ALL
    SELECT 'campaigns' AS purpose, CAST(COUNT(*) AS BIGINT) AS base, CAST(COUNT(arm) AS BIGINT) AS have
    FROM campaign_members
) AS counted
