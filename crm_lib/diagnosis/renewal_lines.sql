-- Of customers who pay for several things at once (a category of a brand that goes on being paid for after another one began,
-- or whose paid time reaches more than 60 days beyond that): one row a paid term of each that came due, and when that
-- very thing was renewed (NULL while it was not). Columns as renewal_terms has them, with the brand.
SELECT
    t.customer_id AS customer_id,
    t.ordered_on AS sold_on,
    t.until_now AS due_on,
    LEAD(t.ordered_on) OVER (PARTITION BY t.customer_id, t.category, t.brand ORDER BY t.ordered_on) AS renewed_on,
    t.store AS store,
    t.channel AS channel,
    c.owner AS owner,
    NULLIF(t.category, '') AS category,
    NULLIF(t.brand, '') AS brand,
    t.amount AS amount
FROM (
    SELECT
        r.customer_id,
        r.category,
        r.brand,
        r.ordered_on,
        r.store,
        r.channel,
        r.amount,
        r.until_now,
        LAG(r.until_now) OVER (PARTITION BY r.customer_id, r.category, r.brand ORDER BY r.ordered_on) AS until_before
    FROM (
        SELECT
            s.customer_id,
            s.category,
            s.brand,
            s.ordered_on,
            s.store,
            s.channel,
            s.amount,
            MAX(s.ends_on) OVER (PARTITION BY s.customer_id, s.category, s.brand ORDER BY s.ordered_on) AS until_now
        FROM paid_lines AS s
    ) AS r
) AS t
INNER JOIN (
    SELECT DISTINCT a.customer_id AS customer_id
    FROM paid_spans AS a
    INNER JOIN paid_spans AS b ON b.customer_id = a.customer_id
    WHERE (a.category <> b.category OR a.brand <> b.brand) AND a.first_on <= b.first_on
        AND (a.last_on > b.first_on OR date_diff('day', b.first_on, a.until_on) > 60)
) AS several ON several.customer_id = t.customer_id
LEFT JOIN customers AS c ON c.customer_id = t.customer_id
WHERE t.until_now >= t.ordered_on AND (t.until_before IS NULL OR t.until_now > t.until_before)
ORDER BY t.customer_id, t.until_now, t.category, t.brand, t.ordered_on
