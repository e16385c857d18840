-- Customers whose first recorded purchase lies in the period.
SELECT m.group_id, p.period, CAST(COUNT(*) AS DOUBLE) AS new_customers
FROM (
    SELECT customer_id, MIN(ordered_on) AS first_on
    FROM orders
    WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL
    GROUP BY customer_id
) AS f
INNER JOIN periods AS p ON f.first_on BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m ON m.customer_id = f.customer_id
GROUP BY m.group_id, p.period
