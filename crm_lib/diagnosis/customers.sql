-- One row a customer known at baseline: who they are, what they bought, and who spoke with them.
SELECT
    k.customer_id,
    c.join_channel,
    c.city,
    c.owner,
    c.tier,
    c.age_band,
    c.income_band,
    c.company_size,
    c.customer_type,
    CASE WHEN c.customer_id IS NULL THEN 0 ELSE 1 END AS has_profile,
    CASE WHEN c.name IS NULL THEN 0 ELSE 1 END AS has_name,
    CASE WHEN c.phone IS NULL THEN 0 ELSE 1 END AS has_phone,
    CASE WHEN c.email IS NULL THEN 0 ELSE 1 END AS has_email,
    CASE WHEN c.gender IS NULL THEN 0 ELSE 1 END AS has_gender,
    CASE WHEN c.birth_date IS NULL THEN 0 ELSE 1 END AS has_birth_date,
    CASE WHEN c.city IS NULL THEN 0 ELSE 1 END AS has_city,
    CASE WHEN c.join_channel IS NULL THEN 0 ELSE 1 END AS has_join_channel,
    CASE WHEN c.tier IS NULL THEN 0 ELSE 1 END AS has_tier,
    CASE WHEN c.owner IS NULL THEN 0 ELSE 1 END AS has_owner,
    CASE WHEN c.age_band IS NULL THEN 0 ELSE 1 END AS has_age_band,
    CASE WHEN c.income_band IS NULL THEN 0 ELSE 1 END AS has_income_band,
    CASE WHEN c.company_size IS NULL THEN 0 ELSE 1 END AS has_company_size,
    CASE WHEN c.may_contact IS NULL THEN 0 ELSE 1 END AS has_may_contact,
    o.first_on,
    o.last_on,
    COALESCE(o.purchases, 0) AS purchases,
    COALESCE(o.purchases_year, 0) AS purchases_year,
    COALESCE(o.discounted_year, 0) AS discounted_year,
    CAST(COALESCE(o.revenue_year, 0) AS DOUBLE) AS revenue_year,
    CAST(COALESCE(o.spend_now, 0) AS DOUBLE) AS spend_now,
    COALESCE(o.bought_now, 0) AS bought_now,
    CAST(COALESCE(o.spend_before, 0) AS DOUBLE) AS spend_before,
    COALESCE(o.bought_before, 0) AS bought_before,
    COALESCE(i.contacts_recent, 0) AS contacts_recent,
    COALESCE(t.complaints_recent, 0) AS complaints_recent,
    COALESCE(t.late_recent, 0) AS late_recent,
    COALESCE(t.slow_recent, 0) AS slow_recent
FROM (
    SELECT customer_id FROM customers
    UNION
    SELECT customer_id FROM orders WHERE customer_id IS NOT NULL
) AS k
LEFT JOIN customers AS c ON c.customer_id = k.customer_id
LEFT JOIN (
    SELECT
        customer_id,
        MIN(CASE WHEN is_purchase = 1 THEN ordered_on END) AS first_on,
        MAX(CASE WHEN is_purchase = 1 THEN ordered_on END) AS last_on,
        COUNT(DISTINCT CASE WHEN is_purchase = 1 THEN ordered_on END) AS purchases,
        SUM(CASE WHEN ordered_on > $year_ago THEN is_purchase ELSE 0 END) AS purchases_year,
        SUM(CASE WHEN ordered_on > $year_ago AND discount > 0 THEN is_purchase ELSE 0 END) AS discounted_year,
        SUM(CASE WHEN ordered_on > $year_ago THEN amount ELSE 0 END) AS revenue_year,
        SUM(CASE WHEN ordered_on > $split_start AND ordered_on <= $split_day THEN amount ELSE 0 END) AS spend_now,
        SUM(CASE WHEN ordered_on > $split_day THEN is_purchase ELSE 0 END) AS bought_now,
        SUM(CASE WHEN ordered_on > $earlier_start AND ordered_on <= $earlier_day THEN amount ELSE 0 END) AS spend_before,
        SUM(CASE WHEN ordered_on > $earlier_day AND ordered_on <= $split_day THEN is_purchase ELSE 0 END) AS bought_before
    FROM (
        SELECT
            customer_id, ordered_on, amount, discount,
            CASE WHEN kind = 'sale' AND amount > 0 THEN 1 ELSE 0 END AS is_purchase
        FROM orders
        WHERE customer_id IS NOT NULL
    ) AS p
    GROUP BY customer_id
) AS o ON o.customer_id = k.customer_id
LEFT JOIN (
    SELECT customer_id, COUNT(*) AS contacts_recent
    FROM (
        SELECT customer_id, CAST(happened_at AS DATE) AS contacted_on
        FROM interactions
        WHERE direction = 'out'
        UNION ALL
        SELECT customer_id, sent_on AS contacted_on
        FROM campaign_members
        WHERE COALESCE(arm, '') <> 'holdout'
    ) AS ours
    WHERE customer_id IS NOT NULL AND contacted_on > $contact_since
    GROUP BY customer_id
) AS i ON i.customer_id = k.customer_id
LEFT JOIN (
    SELECT
        customer_id,
        COUNT(*) AS complaints_recent,
        SUM(CASE WHEN epoch(first_response_at) - epoch(opened_at) <= $first_response_seconds THEN 0 ELSE 1 END)
            AS late_recent,
        SUM(CASE WHEN epoch(closed_at) - epoch(opened_at) <= $closing_seconds THEN 0 ELSE 1 END) AS slow_recent
    FROM tickets
    WHERE customer_id IS NOT NULL AND kind = 'complaint' AND CAST(opened_at AS DATE) > $complaint_since
    GROUP BY customer_id
) AS t ON t.customer_id = k.customer_id
ORDER BY k.customer_id
