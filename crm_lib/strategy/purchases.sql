-- One row a customer of `class_members`: what the last $window_days up to $baseline hold, and the own rhythm.
SELECT
    m.customer_id AS customer_id,
    m.operating_class AS operating_class,
    MAX(d.purchase_days) AS purchase_days,
    CAST(date_diff('day', MAX(d.last_on), CAST($baseline AS DATE)) AS DOUBLE) AS recency_days,
    CASE
        WHEN MAX(d.purchase_days) > 1
            THEN CAST(date_diff('day', MAX(d.first_on), MAX(d.last_on)) AS DOUBLE) / CAST(MAX(d.purchase_days) - 1 AS DOUBLE)
    END AS rhythm_days,
    CAST(SUM(CASE WHEN date_diff('day', o.ordered_on, d.last_on) < $window_days THEN o.amount ELSE 0 END) AS DOUBLE)
        AS past_spend,
    COUNT(CASE WHEN o.age_days < $half_year_days THEN 1 END) AS half_year_orders,
    COUNT(CASE WHEN o.age_days < $window_days THEN 1 END) AS window_orders,
    COUNT(CASE WHEN o.age_days < $window_days AND o.discount IS NOT NULL THEN 1 END) AS priced_orders,
    COUNT(CASE WHEN o.age_days < $window_days AND o.discount > 0 THEN 1 END) AS discounted_orders
FROM class_members AS m
LEFT JOIN (
    SELECT p.customer_id, MIN(p.ordered_on) AS first_on, MAX(p.ordered_on) AS last_on, COUNT(DISTINCT p.ordered_on)
        AS purchase_days
    FROM orders AS p
    WHERE p.kind = 'sale' AND p.amount > 0 AND p.customer_id IS NOT NULL
    GROUP BY p.customer_id
) AS d ON d.customer_id = m.customer_id
LEFT JOIN (
    SELECT
        s.customer_id,
        s.ordered_on,
        s.amount,
        s.discount,
        date_diff('day', s.ordered_on, CAST($baseline AS DATE)) AS age_days
    FROM orders AS s
    WHERE s.kind = 'sale' AND s.amount > 0
) AS o ON o.customer_id = m.customer_id
GROUP BY m.customer_id, m.operating_class
ORDER BY m.customer_id
