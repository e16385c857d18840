-- Contacts by our side and their answers; contacts in which a need was recorded and those that converted.
SELECT
    m.group_id,
    p.period,
    CAST(SUM(CASE WHEN i.direction = 'out' THEN 1 ELSE 0 END) AS DOUBLE) AS contacts,
    CAST(SUM(CASE WHEN i.direction = 'out' AND i.outcome IN ('responded', 'converted') THEN 1 ELSE 0 END) AS DOUBLE)
        AS answered,
    CAST(SUM(CASE WHEN i.need IS NOT NULL THEN 1 ELSE 0 END) AS DOUBLE) AS needs,
    CAST(SUM(CASE WHEN i.need IS NOT NULL AND i.outcome = 'converted' THEN 1 ELSE 0 END) AS DOUBLE) AS converted
FROM interactions AS i
INNER JOIN periods AS p ON CAST(i.happened_at AS DATE) BETWEEN p.starts_on AND p.ends_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN COALESCE(i.customer_id, '') ELSE '' END
GROUP BY m.group_id, p.period
