-- Customers by month of their first purchase and months since (year * 12 + month - 1).
SELECT c.cohort AS cohort, c.month - c.cohort AS age_months, COUNT(*) AS customers
FROM (
    SELECT p.customer_id, p.month, MIN(p.month) OVER (PARTITION BY p.customer_id) AS cohort
    FROM (
        SELECT DISTINCT customer_id, year(ordered_on) * 12 + month(ordered_on) - 1 AS month
        FROM orders
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND ordered_on <= CAST($as_of AS DATE)
    ) AS p
) AS c
GROUP BY c.cohort, c.month - c.cohort
ORDER BY c.cohort, age_months
