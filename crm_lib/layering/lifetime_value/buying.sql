-- One row a customer with a purchase up to $as_of: first and last purchase day, purchase days after the first (repeats),
-- days from the first to the last (recency_days, as BG/NBD counts it) and to $as_of (age_days), and what the days after
-- the first brought, net of refunds: revenue (monetary), margin where it is known.
SELECT
    days.customer_id AS customer_id,
    days.first_on AS first_on,
    days.last_on AS last_on,
    CAST(days.purchase_days - 1 AS BIGINT) AS repeats,
    CAST(date_diff('day', days.first_on, days.last_on) AS BIGINT) AS recency_days,
    CAST(date_diff('day', days.first_on, CAST($as_of AS DATE)) AS BIGINT) AS age_days,
    CAST(COALESCE(SUM(later.amount), 0) AS DOUBLE) AS monetary,
    CAST(SUM(later.margin) AS DOUBLE) AS margin,
    CAST(COALESCE(SUM(CASE WHEN later.margin IS NOT NULL THEN later.amount END), 0) AS DOUBLE) AS margin_revenue
FROM (
    SELECT
        orders.customer_id AS customer_id,
        MIN(orders.ordered_on) AS first_on,
        MAX(orders.ordered_on) AS last_on,
        COUNT(DISTINCT orders.ordered_on) AS purchase_days
    FROM orders
    WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
        AND orders.kind = 'sale' AND orders.amount > 0
    GROUP BY orders.customer_id
) AS days
LEFT JOIN orders AS later
    ON later.customer_id = days.customer_id
    AND later.ordered_on > days.first_on
    AND later.ordered_on <= CAST($as_of AS DATE)
GROUP BY days.customer_id, days.first_on, days.last_on, days.purchase_days
ORDER BY days.customer_id
