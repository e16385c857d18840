-- The campaigns by name, the strategy they say they serve, and what they cost.
SELECT
    c.campaign_id,
    COALESCE(c.name, c.campaign_id) AS name,
    COALESCE(c.strategy, '') AS strategy,
    CAST(c.cost AS DOUBLE) AS cost,
    c.ends_on AS ends_on
FROM campaigns AS c
ORDER BY c.campaign_id
