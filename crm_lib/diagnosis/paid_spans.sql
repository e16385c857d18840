-- From when to when a customer paid for each category of a brand.
SELECT
    s.customer_id AS customer_id,
    s.category AS category,
    s.brand AS brand,
    MIN(s.ordered_on) AS first_on,
    MAX(s.ordered_on) AS last_on,
    MAX(s.ends_on) AS until_on
FROM paid_lines AS s
GROUP BY s.customer_id, s.category, s.brand
