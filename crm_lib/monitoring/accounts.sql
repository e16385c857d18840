-- Customers whose record names an owner and who may be contacted: days since the record began and since our last contact,
-- last purchase, and day of joining.
-- The record begins with the day of joining, else of the first purchase; NULL where neither is known.
SELECT
    c.customer_id AS customer_id,
    c.owner AS owner,
    CAST(date_diff('day', COALESCE(c.joined_on, p.first_on), CAST($as_of AS DATE)) AS DOUBLE) AS known_days,
    CAST(t.age_days AS DOUBLE) AS last_contact_days,
    p.last_on AS last_on,
    c.joined_on AS joined_on
FROM customers AS c
LEFT JOIN (
    SELECT
        o.customer_id,
        MIN(o.ordered_on) AS first_on,
        MAX(CASE WHEN o.kind = 'sale' AND o.amount > 0 THEN o.ordered_on END) AS last_on
    FROM orders AS o
    WHERE o.customer_id IS NOT NULL
    GROUP BY o.customer_id
) AS p ON p.customer_id = c.customer_id
LEFT JOIN (
    SELECT i.customer_id, MIN(date_diff('day', CAST(i.happened_at AS DATE), CAST($as_of AS DATE))) AS age_days
    FROM interactions AS i
    WHERE i.direction = 'out' AND i.customer_id IS NOT NULL
    GROUP BY i.customer_id
) AS t ON t.customer_id = c.customer_id
WHERE COALESCE(c.owner, '') <> '' AND COALESCE(c.may_contact, TRUE)
ORDER BY c.customer_id
