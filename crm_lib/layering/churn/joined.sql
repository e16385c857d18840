-- One row a customer who had joined by $cut: when, and through which channel.
SELECT
    customers.customer_id AS customer_id,
    customers.joined_on AS joined_on,
    customers.join_channel AS join_channel
FROM customers
WHERE customers.joined_on <= CAST($cut AS DATE)
ORDER BY customers.customer_id
