-- Customers of each class of layered (customer_id, operating_class) by how many of chosen_items, of sold_items, they bought.
SELECT
    sized.operating_class AS operating_class,
    sized.size AS size,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM (
    SELECT
        layered.operating_class AS operating_class,
        layered.customer_id AS customer_id,
        COUNT(DISTINCT chosen_items.place) AS size
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
    INNER JOIN layered ON layered.customer_id = sold_items.customer_id
    GROUP BY layered.operating_class, layered.customer_id
) AS sized
GROUP BY sized.operating_class, sized.size
ORDER BY sized.operating_class, sized.size
