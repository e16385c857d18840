-- Customers with the period of their first purchase (`cohort`: the month index of its first month; a period is $step
-- months), the channel they joined through, their day of joining, and known_before: who had joined before the first order
-- of the data, and may have bought before the data begin.
SELECT
    firsts.customer_id AS customer_id,
    firsts.month_index - firsts.month_index % $step AS cohort,
    COALESCE(listed.join_channel, '') AS channel,
    listed.joined_on AS joined_on,
    CASE WHEN listed.joined_on < history.first_on THEN 1 ELSE 0 END AS known_before
FROM (
    SELECT
        purchase_days.customer_id AS customer_id,
        EXTRACT(YEAR FROM purchase_days.ordered_on) * 12 + EXTRACT(MONTH FROM purchase_days.ordered_on) - 1 AS month_index
    FROM purchase_days
    WHERE purchase_days.prev_on IS NULL AND purchase_days.ordered_on <= CAST($as_of AS DATE)
) AS firsts
LEFT JOIN (
    SELECT
        customers.customer_id AS customer_id,
        MIN(customers.joined_on) AS joined_on,
        MIN(customers.join_channel) AS join_channel
    FROM customers
    GROUP BY customers.customer_id
) AS listed ON listed.customer_id = firsts.customer_id
CROSS JOIN (SELECT MIN(orders.ordered_on) AS first_on FROM orders) AS history
