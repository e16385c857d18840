-- Answers by month: promoters, detractors, low satisfaction.
SELECT
    p.period,
    CAST(COUNT(s.nps) AS DOUBLE) AS nps_answers,
    CAST(SUM(CASE WHEN s.nps <= 6 THEN 1 ELSE 0 END) AS DOUBLE) AS detractors,
    CAST(SUM(CASE WHEN s.nps >= 9 THEN 1 ELSE 0 END) AS DOUBLE) AS promoters,
    CAST(COUNT(s.csat) AS DOUBLE) AS csat_answers,
    CAST(SUM(CASE WHEN s.csat <= 3 THEN 1 ELSE 0 END) AS DOUBLE) AS low_csat
FROM surveys AS s
INNER JOIN periods AS p ON s.answered_on BETWEEN p.starts_on AND p.ends_on
GROUP BY p.period
ORDER BY p.period
