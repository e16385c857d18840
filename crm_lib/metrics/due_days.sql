-- Days on which it shows whether a customer comes again (due_on), with the one before. A purchase that pays on beyond what
-- was paid for by then is due when that time ends, or is given back, and renewed_on is the next purchase that pays on
-- beyond it. Any other purchase is due on its own day, and renewed_on is the next day of purchase; while something is
-- still paid for it decides nothing and is left out. Where no payment says until when, these are the rows of purchase_days.
SELECT
    k.customer_id AS customer_id,
    k.ordered_on AS ordered_on,
    k.due_on AS due_on,
    LAG(k.due_on) OVER (PARTITION BY k.customer_id ORDER BY k.ordered_on) AS prev_due_on,
    CASE
        WHEN k.is_term = 1 THEN LEAD(k.term_from) OVER (PARTITION BY k.customer_id ORDER BY k.ordered_on)
        ELSE LEAD(k.ordered_on) OVER (PARTITION BY k.customer_id ORDER BY k.ordered_on)
    END AS renewed_on
FROM (
    SELECT
        t.customer_id,
        t.ordered_on,
        t.is_term,
        CASE WHEN t.is_term = 1 THEN t.until_now ELSE t.ordered_on END AS due_on,
        MIN(CASE WHEN t.is_term = 1 THEN t.ordered_on END)
            OVER (PARTITION BY t.customer_id ORDER BY t.ordered_on DESC) AS term_from
    FROM (
        SELECT
            e.customer_id,
            e.ordered_on,
            e.until_now,
            e.until_before,
            CASE WHEN e.until_now >= e.ordered_on AND (e.until_before IS NULL OR e.until_now > e.until_before)
                THEN 1 ELSE 0 END AS is_term
        FROM (
            SELECT
                r.customer_id,
                r.ordered_on,
                r.until_now,
                LAG(r.until_now) OVER (PARTITION BY r.customer_id ORDER BY r.ordered_on) AS until_before
            FROM (
                SELECT
                    d.customer_id,
                    d.ordered_on,
                    MAX(c.ends_on) OVER (PARTITION BY d.customer_id ORDER BY d.ordered_on) AS until_now
                FROM purchase_days AS d
                LEFT JOIN (
                    SELECT
                        p.customer_id,
                        p.ordered_on,
                        MAX(CASE WHEN p.returned_on <= p.paid_until THEN p.returned_on ELSE p.paid_until END) AS ends_on
                    FROM paid_terms AS p
                    GROUP BY p.customer_id, p.ordered_on
                ) AS c ON c.customer_id = d.customer_id AND c.ordered_on = d.ordered_on
            ) AS r
        ) AS e
    ) AS t
    WHERE t.is_term = 1 OR t.until_before IS NULL OR t.until_before < t.ordered_on
) AS k
