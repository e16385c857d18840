-- One row a customer known at the end of $as_of: purchases ever, and what the window $window_start..$as_of holds.
-- Revenue and margin are net of refunds, on the refund's own day. Customers without a purchase stay, with zeros.
SELECT
    known.customer_id AS customer_id,
    known.joined_on AS joined_on,
    bought.first_on AS first_on,
    bought.last_on AS last_on,
    date_diff('day', bought.last_on, CAST($as_of AS DATE)) AS recency_days,
    CAST(COALESCE(bought.frequency, 0) AS BIGINT) AS frequency,
    CAST(COALESCE(bought.monetary, 0) AS DOUBLE) AS monetary,
    CAST(bought.margin AS DOUBLE) AS margin,
    CAST(COALESCE(bought.margin_revenue, 0) AS DOUBLE) AS margin_revenue
FROM (
    SELECT listed.customer_id AS customer_id, MIN(listed.joined_on) AS joined_on
    FROM (
        SELECT customers.customer_id AS customer_id, customers.joined_on AS joined_on
        FROM customers
        WHERE customers.joined_on IS NULL OR customers.joined_on <= CAST($as_of AS DATE)
        UNION ALL
        SELECT orders.customer_id AS customer_id, CAST(NULL AS DATE) AS joined_on
        FROM orders
        WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
    ) AS listed
    GROUP BY listed.customer_id
) AS known
LEFT JOIN (
    SELECT
        dated.customer_id AS customer_id,
        MIN(CASE WHEN dated.purchase = 1 THEN dated.ordered_on END) AS first_on,
        MAX(CASE WHEN dated.purchase = 1 THEN dated.ordered_on END) AS last_on,
        SUM(CASE WHEN dated.inside = 1 THEN dated.purchase ELSE 0 END) AS frequency,
        SUM(CASE WHEN dated.inside = 1 THEN dated.amount END) AS monetary,
        SUM(CASE WHEN dated.inside = 1 THEN dated.margin END) AS margin,
        SUM(CASE WHEN dated.inside = 1 AND dated.margin IS NOT NULL THEN dated.amount END) AS margin_revenue
    FROM (
        SELECT
            orders.customer_id AS customer_id,
            orders.ordered_on AS ordered_on,
            orders.amount AS amount,
            orders.margin AS margin,
            CASE WHEN orders.kind = 'sale' AND orders.amount > 0 THEN 1 ELSE 0 END AS purchase,
            CASE WHEN orders.ordered_on >= CAST($window_start AS DATE) THEN 1 ELSE 0 END AS inside
        FROM orders
        WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
    ) AS dated
    GROUP BY dated.customer_id
) AS bought ON bought.customer_id = known.customer_id
ORDER BY known.customer_id
