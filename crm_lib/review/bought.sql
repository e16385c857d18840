-- What each listed customer bought in a span of its own: purchases, net revenue, margin and the revenue whose margin is
-- known; zeros where nothing.
SELECT
    s.unit,
    s.customer_id,
    CAST(SUM(CASE WHEN o.kind = 'sale' AND o.amount > 0 THEN 1 ELSE 0 END) AS DOUBLE) AS purchases,
    CAST(COALESCE(SUM(o.amount), 0) AS DOUBLE) AS revenue,
    CAST(COALESCE(SUM(o.margin), 0) AS DOUBLE) AS margin,
    CAST(COALESCE(SUM(CASE WHEN o.margin IS NOT NULL THEN o.amount END), 0) AS DOUBLE) AS margin_revenue
FROM review_spans AS s
LEFT JOIN orders AS o ON o.customer_id = s.customer_id AND o.ordered_on BETWEEN s.starts_on AND s.ends_on
GROUP BY s.unit, s.customer_id
ORDER BY s.unit, s.customer_id
