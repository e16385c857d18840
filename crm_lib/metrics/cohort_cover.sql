-- Where payments say until when they pay: customers of a cohort (cohort_members) who are active in a period (`period`, a
-- month index, of cohort_periods): with a purchase in it, or covered on any day of it, as in active_covered.sql.
SELECT
    begun.cohort AS cohort,
    begun.channel AS channel,
    begun.known_before AS known_before,
    seen.period - begun.cohort AS age_months,
    CAST(COUNT(*) AS BIGINT) AS active
FROM (
    SELECT d.customer_id, p.period
    FROM purchase_days AS d
    INNER JOIN cohort_periods AS p ON d.ordered_on BETWEEN p.starts_on AND p.ends_on
    UNION
    SELECT t.customer_id, p.period
    FROM paid_terms AS t
    INNER JOIN cohort_periods AS p
        ON t.ordered_on < p.starts_on AND t.paid_until >= p.starts_on
        AND (t.returned_on IS NULL OR t.returned_on > p.starts_on)
) AS seen
INNER JOIN cohort_members AS begun ON begun.customer_id = seen.customer_id AND seen.period >= begun.cohort
GROUP BY begun.cohort, begun.channel, begun.known_before, seen.period - begun.cohort
ORDER BY begun.cohort, begun.channel, begun.known_before, seen.period - begun.cohort
