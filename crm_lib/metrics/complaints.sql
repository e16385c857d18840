-- Complaints by the day they were opened; the rates count those whose time limit has passed at the end of the known day,
-- and a first answer only where there are times of day.
SELECT
    m.group_id,
    p.period,
    CAST(COUNT(*) AS DOUBLE) AS complaints,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds AND t.any_response > 0 THEN 1 ELSE 0 END) AS DOUBLE)
        AS answerable,
    CAST(SUM(CASE WHEN t.age >= $first_response_seconds AND t.any_response > 0 AND t.response_seconds <= $first_response_seconds THEN 1 ELSE 0 END)
        AS DOUBLE) AS answered_in_time,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds AND t.any_closing > 0 THEN 1 ELSE 0 END) AS DOUBLE) AS closable,
    CAST(SUM(CASE WHEN t.age >= $closing_seconds AND t.closed_seconds <= $closing_seconds THEN 1 ELSE 0 END) AS DOUBLE)
        AS closed_in_time
FROM (
    SELECT
        COALESCE(k.customer_id, '') AS customer_id,
        CAST(k.opened_at AS DATE) AS opened_on,
        (date_diff('day', CAST(k.opened_at AS DATE), CAST($known AS DATE)) + 1) * 86400
            - (epoch(k.opened_at) - epoch(CAST(CAST(k.opened_at AS DATE) AS TIMESTAMP))) AS age,
        epoch(k.first_response_at) - epoch(k.opened_at) AS response_seconds,
        epoch(k.closed_at) - epoch(k.opened_at) AS closed_seconds,
        SUM(CASE WHEN epoch(k.first_response_at) <> epoch(CAST(CAST(k.first_response_at AS DATE) AS TIMESTAMP))
            THEN 1 ELSE 0 END) OVER (PARTITION BY k.kind)
            * SUM(CASE WHEN epoch(k.opened_at) <> epoch(CAST(CAST(k.opened_at AS DATE) AS TIMESTAMP)) THEN 1 ELSE 0 END)
            OVER (PARTITION BY k.kind) AS any_response,
        COUNT(k.closed_at) OVER (PARTITION BY k.kind) AS any_closing
    FROM tickets AS k
    WHERE k.kind = 'complaint'
) AS t
INNER JOIN periods AS p ON t.opened_on BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN t.customer_id ELSE '' END
GROUP BY m.group_id, p.period
