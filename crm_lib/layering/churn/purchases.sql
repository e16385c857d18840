-- One row a customer with a purchase in $since..$cut: span and evenness of purchase days, the repeats of its two
-- halves, discounts, and the channel of the last purchase.
SELECT
    p.customer_id AS customer_id,
    MIN(p.ordered_on) AS first_on,
    MAX(p.ordered_on) AS last_on,
    CAST(COUNT(*) AS BIGINT) AS purchases,
    CAST(SUM(CASE WHEN p.before_on < p.ordered_on THEN 1 ELSE 0 END) AS BIGINT) AS gaps,
    CAST(SUM(CASE WHEN p.before_on < p.ordered_on
        THEN date_diff('day', p.before_on, p.ordered_on) * date_diff('day', p.before_on, p.ordered_on)
        ELSE 0 END) AS BIGINT) AS gap_squares,
    CAST(SUM(CASE WHEN p.before_on < p.ordered_on
        AND 2 * date_diff('day', p.begun_on, p.ordered_on) <= date_diff('day', p.begun_on, CAST($cut AS DATE))
        THEN 1 ELSE 0 END) AS BIGINT) AS early_repeats,
    CAST(SUM(p.amount) AS DOUBLE) AS paid,
    CAST(SUM(CASE WHEN p.discount > 0 THEN p.discount ELSE 0 END) AS DOUBLE) AS discount,
    MAX(CASE WHEN p.newest = 1 THEN p.channel END) AS channel
FROM (
    SELECT
        orders.customer_id AS customer_id,
        orders.ordered_on AS ordered_on,
        orders.amount AS amount,
        orders.discount AS discount,
        orders.channel AS channel,
        MIN(orders.ordered_on) OVER (PARTITION BY orders.customer_id) AS begun_on,
        LAG(orders.ordered_on) OVER (PARTITION BY orders.customer_id ORDER BY orders.ordered_on, orders.order_id)
            AS before_on,
        ROW_NUMBER() OVER (
            PARTITION BY orders.customer_id ORDER BY orders.ordered_on DESC, orders.order_id DESC
        ) AS newest
    FROM orders
    WHERE orders.kind = 'sale' AND orders.amount > 0 AND orders.customer_id IS NOT NULL
        AND orders.ordered_on >= CAST($since AS DATE) AND orders.ordered_on <= CAST($cut AS DATE)
) AS p
GROUP BY p.customer_id
ORDER BY p.customer_id
