-- One row a customer who logged in by $cut: the last day on which that happened, as the client's list tells it.
SELECT customers.customer_id AS customer_id, MAX(customers.last_login_on) AS last_login_on
FROM customers
WHERE customers.last_login_on <= CAST($cut AS DATE)
GROUP BY customers.customer_id
ORDER BY customers.customer_id
