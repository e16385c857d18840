-- What the scope rules measure, one row a customer: spend, orders, complaints, latest NPS score in the window; recency, tenure.
SELECT
    k.customer_id,
    CAST(COALESCE(o.spend, 0) AS DOUBLE) AS spend,
    CAST(COALESCE(o.orders, 0) AS DOUBLE) AS orders,
    CAST(date_diff('day', o.last_on, CAST($known AS DATE)) AS DOUBLE) AS recency_days,
    CAST(date_diff('day', COALESCE(c.joined_on, o.first_on), CAST($known AS DATE)) AS DOUBLE) AS tenure_days,
    CAST(COALESCE(t.complaints, 0) AS DOUBLE) AS complaints,
    CAST(s.nps AS DOUBLE) AS nps
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
        SUM(CASE WHEN ordered_on > $window_start THEN amount ELSE 0 END) AS spend,
        SUM(CASE WHEN ordered_on > $window_start THEN is_purchase ELSE 0 END) AS orders
    FROM (
        SELECT customer_id, ordered_on, amount, CASE WHEN kind = 'sale' AND amount > 0 THEN 1 ELSE 0 END AS is_purchase
        FROM orders
        WHERE customer_id IS NOT NULL
    ) AS p
    GROUP BY customer_id
) AS o ON o.customer_id = k.customer_id
LEFT JOIN (
    SELECT customer_id, COUNT(*) AS complaints
    FROM tickets
    WHERE kind = 'complaint' AND customer_id IS NOT NULL AND CAST(opened_at AS DATE) > $window_start
    GROUP BY customer_id
) AS t ON t.customer_id = k.customer_id
LEFT JOIN (
    SELECT customer_id, nps
    FROM (
        SELECT
            customer_id,
            nps,
            ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY answered_on DESC, survey_id) AS nth
        FROM surveys
        WHERE nps IS NOT NULL AND customer_id IS NOT NULL AND answered_on > $window_start
    ) AS latest
    WHERE nth = 1
) AS s ON s.customer_id = k.customer_id
ORDER BY k.customer_id
