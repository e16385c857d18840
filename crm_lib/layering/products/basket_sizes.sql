-- Baskets of sold_items by how many of chosen_items (item, place) they hold.
SELECT sized.size AS size, CAST(COUNT(*) AS BIGINT) AS baskets
FROM (
    SELECT sold_items.order_id AS order_id, COUNT(DISTINCT chosen_items.place) AS size
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
    GROUP BY sold_items.order_id
) AS sized
GROUP BY sized.size
ORDER BY sized.size
