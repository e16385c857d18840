-- What each class of `layered` (customer_id, operating_class) bought, where, how it joined, and who complained:
-- one row a (class, trait, word) with its customers and weight (revenue, purchases, customers, complaints).
SELECT
    traits.operating_class AS operating_class,
    traits.trait AS trait,
    traits.word AS word,
    CAST(COUNT(DISTINCT traits.customer_id) AS BIGINT) AS customers,
    CAST(SUM(traits.weight) AS DOUBLE) AS weight
FROM (
    SELECT layered.operating_class AS operating_class, layered.customer_id AS customer_id,
        'category' AS trait, order_lines.category AS word, order_lines.amount AS weight
    FROM order_lines
    INNER JOIN layered ON layered.customer_id = order_lines.customer_id
    WHERE order_lines.kind = 'sale'
        AND order_lines.ordered_on >= CAST($window_start AS DATE) AND order_lines.ordered_on <= CAST($as_of AS DATE)
    UNION ALL
    SELECT layered.operating_class, layered.customer_id, 'channel', orders.channel, 1
    FROM orders
    INNER JOIN layered ON layered.customer_id = orders.customer_id
    WHERE orders.kind = 'sale' AND orders.amount > 0
        AND orders.ordered_on >= CAST($window_start AS DATE) AND orders.ordered_on <= CAST($as_of AS DATE)
    UNION ALL
    SELECT layered.operating_class, layered.customer_id, 'join_channel', customers.join_channel, 1
    FROM customers
    INNER JOIN layered ON layered.customer_id = customers.customer_id
    UNION ALL
    SELECT layered.operating_class, layered.customer_id, 'complaint', tickets.kind, 1
    FROM tickets
    INNER JOIN layered ON layered.customer_id = tickets.customer_id
    WHERE tickets.kind = 'complaint'
        AND CAST(tickets.opened_at AS DATE) >= CAST($window_start AS DATE)
        AND CAST(tickets.opened_at AS DATE) <= CAST($as_of AS DATE)
) AS traits
WHERE traits.word IS NOT NULL
GROUP BY traits.operating_class, traits.trait, traits.word
ORDER BY traits.operating_class, traits.trait, traits.word
