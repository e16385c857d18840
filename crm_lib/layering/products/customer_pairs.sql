-- Customers of each class of layered (customer_id, operating_class) who bought both items of a pair of
-- chosen_items (item, place), of sold_items; each pair once, and each item with itself: the customers who bought it.
-- one_first, other_first: bought the one on an earlier day than the other; *_days: the days between, added up.
SELECT
    layered.operating_class AS operating_class,
    one.place AS one,
    other.place AS other,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN one.first_on < other.first_on THEN 1 ELSE 0 END) AS BIGINT) AS one_first,
    CAST(SUM(CASE WHEN other.first_on < one.first_on THEN 1 ELSE 0 END) AS BIGINT) AS other_first,
    CAST(SUM(CASE WHEN one.first_on < other.first_on
        THEN date_diff('day', one.first_on, other.first_on) ELSE 0 END) AS BIGINT) AS one_first_days,
    CAST(SUM(CASE WHEN other.first_on < one.first_on
        THEN date_diff('day', other.first_on, one.first_on) ELSE 0 END) AS BIGINT) AS other_first_days
FROM (
    SELECT sold_items.customer_id AS customer_id, chosen_items.place AS place, MIN(sold_items.first_on) AS first_on
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
    WHERE sold_items.customer_id IS NOT NULL
    GROUP BY sold_items.customer_id, chosen_items.place
) AS one
INNER JOIN (
    SELECT sold_items.customer_id AS customer_id, chosen_items.place AS place, MIN(sold_items.first_on) AS first_on
    FROM sold_items
    INNER JOIN chosen_items ON chosen_items.item = sold_items.item
    WHERE sold_items.customer_id IS NOT NULL
    GROUP BY sold_items.customer_id, chosen_items.place
) AS other ON other.customer_id = one.customer_id AND other.place >= one.place
INNER JOIN layered ON layered.customer_id = one.customer_id
GROUP BY layered.operating_class, one.place, other.place
ORDER BY layered.operating_class, one.place, other.place
