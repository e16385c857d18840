-- Purchases of the last year whose discount is recorded: how many, how many with a discount, amounts.
SELECT
    CAST(COUNT(*) AS DOUBLE) AS purchases,
    CAST(COALESCE(SUM(CASE WHEN discount > 0 THEN 1 ELSE 0 END), 0) AS DOUBLE) AS discounted,
    CAST(COALESCE(SUM(amount), 0) AS DOUBLE) AS amount,
    CAST(COALESCE(SUM(discount), 0) AS DOUBLE) AS discount
FROM orders
WHERE kind = 'sale' AND amount > 0 AND discount IS NOT NULL AND ordered_on > $year_ago
