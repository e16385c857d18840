-- One row a customer known at the end of $as_of: purchases ever, and what the window $window_start..$as_of holds.
-- Revenue and margin are net of refunds, on the refund's own day. Customers without a purchase stay, with zeros.
-- Beside them purchases since $recent_start, and net spend of two halves that follow each other: one reading serves all.
SELECT
    known.customer_id AS customer_id,
    MIN(known.joined_on) AS joined_on,
    MIN(known.bought_on) AS first_on,
    MAX(known.bought_on) AS last_on,
    date_diff('day', MAX(known.bought_on), CAST($as_of AS DATE)) AS recency_days,
    COUNT(CASE WHEN known.bought_on >= CAST($window_start AS DATE) THEN 1 END) AS frequency,
    CAST(COALESCE(SUM(known.amount), 0) AS DOUBLE) AS monetary,
    CAST(SUM(known.margin) AS DOUBLE) AS margin,
    CAST(COALESCE(SUM(CASE WHEN known.margin IS NOT NULL THEN known.amount END), 0) AS DOUBLE) AS margin_revenue,
    COUNT(CASE WHEN known.bought_on >= CAST($recent_start AS DATE) THEN 1 END) AS recent_purchases,
    CAST(COALESCE(SUM(known.last_amount), 0) AS DOUBLE) AS last_spend,
    CAST(COALESCE(SUM(known.earlier_amount), 0) AS DOUBLE) AS earlier_spend
FROM (
    SELECT
        customers.customer_id AS customer_id,
        customers.joined_on AS joined_on,
        CAST(NULL AS DATE) AS bought_on,
        CAST(NULL AS DECIMAL(18, 2)) AS amount,
        CAST(NULL AS DECIMAL(18, 2)) AS margin,
        CAST(NULL AS DECIMAL(18, 2)) AS last_amount,
        CAST(NULL AS DECIMAL(18, 2)) AS earlier_amount
    FROM customers
    WHERE customers.joined_on IS NULL OR customers.joined_on <= CAST($as_of AS DATE)
    UNION ALL
    SELECT
        orders.customer_id AS customer_id,
        CAST(NULL AS DATE) AS joined_on,
        CASE WHEN orders.kind = 'sale' AND orders.amount > 0 THEN orders.ordered_on END AS bought_on,
        CASE WHEN orders.ordered_on >= CAST($window_start AS DATE) THEN orders.amount END AS amount,
        CASE WHEN orders.ordered_on >= CAST($window_start AS DATE) THEN orders.margin END AS margin,
        CASE WHEN orders.ordered_on >= CAST($half_start AS DATE) THEN orders.amount END AS last_amount,
        CASE WHEN orders.ordered_on < CAST($half_start AS DATE) AND orders.ordered_on >= CAST($earlier_start AS DATE)
            THEN orders.amount END AS earlier_amount
    FROM orders
    WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
) AS known
GROUP BY known.customer_id
ORDER BY known.customer_id
