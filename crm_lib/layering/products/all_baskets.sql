-- Baskets of sold_items.
SELECT CAST(COUNT(DISTINCT sold_items.order_id) AS BIGINT) AS baskets
FROM sold_items
