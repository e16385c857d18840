-- The store, the channel, the category, the brand and the salesperson in (or from) whom a customer bought most often (ties: first by name).
SELECT customer_id, dimension, habit
FROM (
    SELECT
        customer_id,
        dimension,
        habit,
        ROW_NUMBER() OVER (PARTITION BY customer_id, dimension ORDER BY times DESC, habit) AS nth
    FROM (
        SELECT customer_id, 'channel' AS dimension, channel AS habit, COUNT(*) AS times
        FROM orders
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND channel IS NOT NULL
        GROUP BY customer_id, channel
        UNION ALL
        SELECT customer_id, 'store' AS dimension, store AS habit, COUNT(*) AS times
        FROM orders
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND store IS NOT NULL
        GROUP BY customer_id, store
        UNION ALL
        SELECT customer_id, 'category' AS dimension, category AS habit, COUNT(*) AS times
        FROM order_lines
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND category IS NOT NULL
        GROUP BY customer_id, category
        UNION ALL
        SELECT customer_id, 'brand' AS dimension, brand AS habit, COUNT(*) AS times
        FROM order_lines
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND brand IS NOT NULL
        GROUP BY customer_id, brand
        UNION ALL
        SELECT customer_id, 'salesperson' AS dimension, salesperson AS habit, COUNT(DISTINCT order_id) AS times
        FROM order_lines
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND salesperson IS NOT NULL
        GROUP BY customer_id, salesperson
    ) AS counted
) AS ranked
WHERE nth = 1
ORDER BY customer_id, dimension
