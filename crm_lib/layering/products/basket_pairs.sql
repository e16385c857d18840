-- Baskets of sold_items that hold both items of a pair of chosen_items (item, place); each pair once, and each item
-- with itself: the baskets that hold it.
SELECT
    one.place AS one,
    other.place AS other,
    CAST(COUNT(*) AS BIGINT) AS baskets
FROM (
    SELECT DISTINCT sold_items.order_id AS order_id, chosen_items.place AS place
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
) AS one
INNER JOIN (
    SELECT DISTINCT sold_items.order_id AS order_id, chosen_items.place AS place
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
) AS other ON other.order_id = one.order_id AND other.place >= one.place
GROUP BY one.place, other.place
ORDER BY one.place, other.place
