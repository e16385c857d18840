-- Customers whose first recorded purchase lies in the period; who had joined before the first order of the data may have
-- bought before the data begin, and is not counted (as in cohort_members.sql).
SELECT m.group_id, p.period, CAST(COUNT(*) AS DOUBLE) AS new_customers
FROM purchase_days AS d
INNER JOIN period_days AS p ON p.day = d.ordered_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN d.customer_id ELSE '' END
LEFT JOIN (
    SELECT DISTINCT c.customer_id
    FROM customers AS c
    CROSS JOIN (SELECT MIN(o.ordered_on) AS first_on FROM orders AS o) AS history
    WHERE c.joined_on < history.first_on
) AS earlier ON earlier.customer_id = d.customer_id
WHERE d.prev_on IS NULL AND earlier.customer_id IS NULL
GROUP BY m.group_id, p.period
