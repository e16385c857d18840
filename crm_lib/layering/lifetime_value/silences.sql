-- One row a customer who first bought on or after $new_since and had not joined before the first order of the data: first purchase day, the day on which a silence longer than
-- $lost_after_days first began (NULL: there was none up to $as_of), the last purchase day, and the channel that brought them. A silence begins with a
-- purchase day, or with the end of what was paid for up to then if that is later; a refunded order pays for nothing.
SELECT
    gaps.customer_id AS customer_id,
    gaps.first_on AS first_on,
    gaps.lost_after AS lost_after,
    gaps.last_on AS last_on,
    known.join_channel AS join_channel
FROM (
    SELECT
        silent.customer_id AS customer_id,
        MIN(silent.day) AS first_on,
        MAX(silent.day) AS last_on,
        MIN(CASE WHEN date_diff('day', silent.since, COALESCE(silent.next_day, CAST($as_of AS DATE)))
            > CAST($lost_after_days AS BIGINT) THEN silent.since END) AS lost_after
    FROM (
        SELECT
            paired.customer_id AS customer_id,
            paired.day AS day,
            CASE WHEN paired.paid_until > paired.day THEN paired.paid_until ELSE paired.day END AS since,
            paired.next_day AS next_day
        FROM (
            SELECT
                dated.customer_id AS customer_id,
                dated.day AS day,
                MAX(dated.paid_until) OVER (PARTITION BY dated.customer_id ORDER BY dated.day) AS paid_until,
                LEAD(dated.day) OVER (PARTITION BY dated.customer_id ORDER BY dated.day) AS next_day
            FROM (
                SELECT
                    sold.customer_id AS customer_id,
                    sold.ordered_on AS day,
                    MAX(CASE WHEN returned.order_id IS NULL THEN sold.paid_until END) AS paid_until
                FROM orders AS sold
                LEFT JOIN (
                    SELECT DISTINCT orders.refund_of AS order_id
                    FROM orders
                    WHERE orders.kind = 'refund' AND orders.refund_of IS NOT NULL
                        AND orders.ordered_on <= CAST($as_of AS DATE)
                ) AS returned ON returned.order_id = sold.order_id
                WHERE sold.customer_id IS NOT NULL AND sold.ordered_on <= CAST($as_of AS DATE)
                    AND sold.kind = 'sale' AND sold.amount > 0
                GROUP BY sold.customer_id, sold.ordered_on
            ) AS dated
        ) AS paired
    ) AS silent
    GROUP BY silent.customer_id
) AS gaps
LEFT JOIN (
    SELECT
        customers.customer_id AS customer_id,
        MIN(customers.join_channel) AS join_channel,
        MIN(customers.joined_on) AS joined_on
    FROM customers
    GROUP BY customers.customer_id
) AS known ON known.customer_id = gaps.customer_id
CROSS JOIN (SELECT MIN(orders.ordered_on) AS first_on FROM orders) AS history
WHERE gaps.first_on >= CAST($new_since AS DATE) AND (known.joined_on IS NULL OR known.joined_on >= history.first_on)
ORDER BY gaps.customer_id
