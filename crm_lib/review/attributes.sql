-- One row a customer: how they joined, of what type they are, and the channel, store and salesperson where (from whom) they bought most often (ties: by name).
SELECT
    a.customer_id,
    j.join_channel,
    c.channel AS main_channel,
    s.store AS main_store,
    p.salesperson AS main_salesperson,
    j.customer_type
FROM (
    SELECT customer_id FROM customers
    UNION
    SELECT customer_id FROM orders WHERE customer_id IS NOT NULL
) AS a
LEFT JOIN customers AS j ON j.customer_id = a.customer_id
LEFT JOIN (
    SELECT
        n.customer_id,
        n.channel,
        ROW_NUMBER() OVER (PARTITION BY n.customer_id ORDER BY n.purchases DESC, n.channel) AS place
    FROM (
        SELECT customer_id, channel, COUNT(*) AS purchases
        FROM orders
        WHERE customer_id IS NOT NULL AND channel IS NOT NULL AND kind = 'sale' AND amount > 0
        GROUP BY customer_id, channel
    ) AS n
) AS c ON c.customer_id = a.customer_id AND c.place = 1
LEFT JOIN (
    SELECT
        m.customer_id,
        m.store,
        ROW_NUMBER() OVER (PARTITION BY m.customer_id ORDER BY m.purchases DESC, m.store) AS place
    FROM (
        SELECT customer_id, store, COUNT(*) AS purchases
        FROM orders
        WHERE customer_id IS NOT NULL AND store IS NOT NULL AND kind = 'sale' AND amount > 0
        GROUP BY customer_id, store
    ) AS m
) AS s ON s.customer_id = a.customer_id AND s.place = 1
LEFT JOIN (
    SELECT
        q.customer_id,
        q.salesperson,
        ROW_NUMBER() OVER (PARTITION BY q.customer_id ORDER BY q.purchases DESC, q.salesperson) AS place
    FROM (
        SELECT customer_id, salesperson, COUNT(DISTINCT order_id) AS purchases
        FROM order_lines
        WHERE customer_id IS NOT NULL AND salesperson IS NOT NULL AND kind = 'sale' AND amount > 0
        GROUP BY customer_id, salesperson
    ) AS q
) AS p ON p.customer_id = a.customer_id AND p.place = 1
ORDER BY a.customer_id
