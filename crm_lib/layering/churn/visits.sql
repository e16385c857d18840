-- One row a customer who kept a visit in $before_since..$cut: the last day, the visits from $since on and those before.
SELECT
    v.customer_id AS customer_id,
    MAX(v.visited_on) AS last_on,
    CAST(SUM(CASE WHEN v.visited_on >= CAST($since AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS recent,
    CAST(SUM(CASE WHEN v.visited_on < CAST($since AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS earlier
FROM (
    SELECT visits.customer_id AS customer_id, CAST(visits.visited_at AS DATE) AS visited_on
    FROM visits
    WHERE visits.customer_id IS NOT NULL AND COALESCE(visits.status, 'kept') = 'kept'
) AS v
WHERE v.visited_on >= CAST($before_since AS DATE) AND v.visited_on <= CAST($cut AS DATE)
GROUP BY v.customer_id
ORDER BY v.customer_id
