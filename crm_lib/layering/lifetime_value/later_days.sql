-- One row a day after $cut up to $as_of: how many of the customers who first bought up to $cut purchased on it.
SELECT
    dated.day AS day,
    CAST(COUNT(*) AS BIGINT) AS purchases
FROM (
    SELECT DISTINCT orders.customer_id AS customer_id, orders.ordered_on AS day
    FROM orders
    WHERE orders.customer_id IS NOT NULL AND orders.kind = 'sale' AND orders.amount > 0
        AND orders.ordered_on > CAST($cut AS DATE) AND orders.ordered_on <= CAST($as_of AS DATE)
) AS dated
INNER JOIN (
    SELECT DISTINCT orders.customer_id AS customer_id
    FROM orders
    WHERE orders.customer_id IS NOT NULL AND orders.kind = 'sale' AND orders.amount > 0
        AND orders.ordered_on <= CAST($cut AS DATE)
) AS early ON early.customer_id = dated.customer_id
GROUP BY dated.day
ORDER BY dated.day
