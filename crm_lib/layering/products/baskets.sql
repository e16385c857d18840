-- Items (places of chosen_items) of the newest baskets of sold_items, $most rows of them.
SELECT filled.order_id AS order_id, filled.place AS place
FROM (
    SELECT sold_items.order_id AS order_id, chosen_items.place AS place, MAX(sold_items.last_on) AS ordered_on
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
    GROUP BY sold_items.order_id, chosen_items.place
) AS filled
ORDER BY filled.ordered_on DESC, filled.order_id, filled.place
LIMIT $most
