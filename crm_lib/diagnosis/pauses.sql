-- One row a customer who purchased: purchase days, days since the last, mean and longest days between two of them.
SELECT
    g.customer_id AS customer_id,
    COUNT(*) AS purchase_days,
    CAST(date_diff('day', MAX(g.day), CAST($known AS DATE)) AS DOUBLE) AS silent_days,
    CAST(AVG(g.pause) AS DOUBLE) AS rhythm_days,
    CAST(MAX(g.pause) AS DOUBLE) AS longest_days
FROM (
    SELECT
        d.customer_id,
        d.day,
        date_diff('day', LAG(d.day) OVER (PARTITION BY d.customer_id ORDER BY d.day), d.day) AS pause
    FROM (
        SELECT DISTINCT customer_id, ordered_on AS day
        FROM orders
        WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL
    ) AS d
) AS g
GROUP BY g.customer_id
ORDER BY g.customer_id
