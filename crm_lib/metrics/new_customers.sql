-- Customers whose first recorded purchase lies in the period.
SELECT m.group_id, p.period, CAST(COUNT(*) AS DOUBLE) AS new_customers
FROM purchase_days AS d
INNER JOIN period_days AS p ON p.day = d.ordered_on AND p.day >= p.starts_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN d.customer_id ELSE '' END
WHERE d.prev_on IS NULL
GROUP BY m.group_id, p.period
