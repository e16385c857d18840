-- Satisfaction (1 to 5) and NPS (-100, 0, +100 an answer) by the day of the answer; $by_customer = 2: members are stores, of those that answers name.
SELECT
    m.group_id,
    p.period,
    CAST(COUNT(s.csat) AS DOUBLE) AS csat_answers,
    CAST(SUM(COALESCE(s.csat, 0)) AS DOUBLE) AS csat,
    CAST(SUM(COALESCE(s.csat * s.csat, 0)) AS DOUBLE) AS csat_squares,
    CAST(COUNT(s.nps) AS DOUBLE) AS nps_answers,
    CAST(SUM(s.nps_score) AS DOUBLE) AS nps,
    CAST(SUM(s.nps_score * s.nps_score) AS DOUBLE) AS nps_squares
FROM (
    SELECT
        COALESCE(customer_id, '') AS customer_id,
        COALESCE(store, '') AS store,
        answered_on,
        csat,
        nps,
        CASE WHEN nps >= 9 THEN 100 WHEN nps <= 6 THEN -100 ELSE 0 END AS nps_score
    FROM surveys
) AS s
INNER JOIN periods AS p ON s.answered_on BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m
    ON m.customer_id = CASE WHEN $by_customer = 1 THEN s.customer_id WHEN $by_customer = 2 THEN s.store ELSE '' END
GROUP BY m.group_id, p.period
