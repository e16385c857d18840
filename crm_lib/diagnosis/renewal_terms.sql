-- One row a paid term that came due (due_days): when it was sold and due, when it was renewed (NULL while it was not), where, by which channel
-- and with whose customer it was sold, and what it cost.
SELECT
    d.customer_id AS customer_id,
    MIN(d.ordered_on) AS sold_on,
    d.due_on AS due_on,
    d.renewed_on AS renewed_on,
    MIN(o.store) AS store,
    MIN(o.channel) AS channel,
    MIN(c.owner) AS owner,
    CAST(MAX(o.amount) AS DOUBLE) AS amount
FROM due_days AS d
INNER JOIN orders AS o ON o.customer_id = d.customer_id AND o.ordered_on = d.ordered_on
LEFT JOIN customers AS c ON c.customer_id = d.customer_id
WHERE o.kind = 'sale' AND o.amount > 0 AND o.paid_until >= o.ordered_on
GROUP BY d.customer_id, d.due_on, d.renewed_on
ORDER BY d.customer_id, d.due_on
