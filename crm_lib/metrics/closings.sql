-- Hours from opening to closing, of the complaints closed in the period.
SELECT
    m.group_id,
    p.period,
    CAST(COUNT(*) AS DOUBLE) AS closed,
    CAST(SUM(t.hours) AS DOUBLE) AS hours,
    CAST(SUM(t.hours * t.hours) AS DOUBLE) AS hours_squares
FROM (
    SELECT
        COALESCE(customer_id, '') AS customer_id,
        CAST(closed_at AS DATE) AS closed_on,
        CAST((epoch(closed_at) - epoch(opened_at)) / 3600 AS DECIMAL(12, 4)) AS hours
    FROM tickets
    WHERE kind = 'complaint' AND closed_at IS NOT NULL
) AS t
INNER JOIN periods AS p ON t.closed_on BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN t.customer_id ELSE '' END
GROUP BY m.group_id, p.period
