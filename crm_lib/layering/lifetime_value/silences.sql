-- One row a customer who first bought on or after $new_since: first purchase day, the last purchase day before a
-- silence longer than $lost_after_days (NULL: there was none up to $as_of), and the channel that brought them.
SELECT
    gaps.customer_id AS customer_id,
    gaps.first_on AS first_on,
    gaps.lost_after AS lost_after,
    known.join_channel AS join_channel
FROM (
    SELECT
        paired.customer_id AS customer_id,
        MIN(paired.day) AS first_on,
        MIN(CASE WHEN date_diff('day', paired.day, COALESCE(paired.next_day, CAST($as_of AS DATE)))
            > CAST($lost_after_days AS BIGINT) THEN paired.day END) AS lost_after
    FROM (
        SELECT
            dated.customer_id AS customer_id,
            dated.day AS day,
            LEAD(dated.day) OVER (PARTITION BY dated.customer_id ORDER BY dated.day) AS next_day
        FROM (
            SELECT DISTINCT orders.customer_id AS customer_id, orders.ordered_on AS day
            FROM orders
            WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
                AND orders.kind = 'sale' AND orders.amount > 0
        ) AS dated
    ) AS paired
    GROUP BY paired.customer_id
) AS gaps
LEFT JOIN (
    SELECT customers.customer_id AS customer_id, MIN(customers.join_channel) AS join_channel
    FROM customers
    GROUP BY customers.customer_id
) AS known ON known.customer_id = gaps.customer_id
WHERE gaps.first_on >= CAST($new_since AS DATE)
ORDER BY gaps.customer_id
