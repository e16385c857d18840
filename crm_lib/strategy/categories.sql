-- What each class buys: money and buyers of each category in the last half-year, and in the half-year before it.
SELECT
    m.operating_class AS operating_class,
    b.category AS category,
    CAST(SUM(b.recent_amount) AS DOUBLE) AS recent_amount,
    CAST(SUM(b.earlier_amount) AS DOUBLE) AS earlier_amount,
    COUNT(CASE WHEN b.recent_lines > 0 THEN 1 END) AS recent_buyers,
    COUNT(CASE WHEN b.earlier_lines > 0 THEN 1 END) AS earlier_buyers,
    COUNT(CASE WHEN b.earlier_lines > 0 AND b.recent_lines = 0 THEN 1 END) AS lapsed_buyers,
    COUNT(*) AS ever_buyers
FROM (
    SELECT
        l.customer_id,
        l.category,
        SUM(CASE WHEN l.age_days < $half_year_days THEN l.amount ELSE 0 END) AS recent_amount,
        SUM(CASE WHEN l.age_days >= $half_year_days AND l.age_days < 2 * $half_year_days THEN l.amount ELSE 0 END)
            AS earlier_amount,
        SUM(CASE WHEN l.age_days < $half_year_days THEN 1 ELSE 0 END) AS recent_lines,
        SUM(CASE WHEN l.age_days >= $half_year_days AND l.age_days < 2 * $half_year_days THEN 1 ELSE 0 END)
            AS earlier_lines
    FROM (
        SELECT
            s.customer_id,
            s.category,
            s.amount,
            date_diff('day', s.ordered_on, CAST($baseline AS DATE)) AS age_days
        FROM order_lines AS s
        WHERE s.kind = 'sale' AND s.amount > 0 AND s.customer_id IS NOT NULL AND s.category IS NOT NULL
    ) AS l
    GROUP BY l.customer_id, l.category
) AS b
INNER JOIN class_members AS m ON m.customer_id = b.customer_id
GROUP BY m.operating_class, b.category
ORDER BY m.operating_class, b.category
