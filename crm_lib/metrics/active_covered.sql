-- Customers with a purchase in the period, or covered on any day of it: an earlier purchase pays through its first day at
-- least (paid_until), and no refund up to that day names it.
SELECT m.group_id, c.period, CAST(COUNT(*) AS DOUBLE) AS purchasers
FROM (
    SELECT d.customer_id, p.period
    FROM purchase_days AS d
    INNER JOIN period_days AS p ON p.day = d.ordered_on AND p.day >= p.starts_on
    UNION
    SELECT t.customer_id, p.period
    FROM paid_terms AS t
    INNER JOIN periods AS p
        ON t.ordered_on < p.starts_on AND t.paid_until >= p.starts_on
        AND (t.returned_on IS NULL OR t.returned_on > p.starts_on)
) AS c
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN c.customer_id ELSE '' END
GROUP BY m.group_id, c.period
