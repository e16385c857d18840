-- One row an item of sold_items; the item is NULL where it is not known.
SELECT
    sold_items.item AS item,
    CAST(COUNT(DISTINCT sold_items.customer_id) AS BIGINT) AS customers,
    CAST(COUNT(DISTINCT sold_items.order_id) AS BIGINT) AS baskets,
    CAST(SUM(sold_items.amount) AS DOUBLE) AS revenue
FROM sold_items
GROUP BY sold_items.item
ORDER BY sold_items.item
