-- Months with a purchase of a known customer (year * 12 + month - 1).
SELECT DISTINCT EXTRACT(YEAR FROM d.ordered_on) * 12 + EXTRACT(MONTH FROM d.ordered_on) - 1 AS month_index
FROM purchase_days AS d
WHERE d.ordered_on <= CAST($as_of AS DATE)
ORDER BY month_index
