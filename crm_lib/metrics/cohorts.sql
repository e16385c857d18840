-- New customers by the period of their first purchase (`cohort`), the channel they joined through, and the months from
-- the beginning of that period to the beginning of a later one (`age_months`). A period is $step months (1 or 3).
-- active: customers with a purchase in the period; first_returns: those for whom it is the first one after the cohort's
-- own; undated: those without a day of joining; revenue is net, a refund counts in the period in which it was paid.
-- known_before: who had joined before the first order of the data, and may have bought before the data begin.
SELECT
    turns.cohort AS cohort,
    turns.channel AS channel,
    turns.known_before AS known_before,
    turns.period - turns.cohort AS age_months,
    CAST(SUM(turns.bought) AS BIGINT) AS active,
    CAST(SUM(CASE WHEN turns.bought = 1 AND turns.turn = 2 THEN 1 ELSE 0 END) AS BIGINT) AS first_returns,
    CAST(SUM(CASE WHEN turns.bought = 1 AND turns.joined_on IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS undated,
    CAST(SUM(turns.amount) AS DOUBLE) AS revenue
FROM (
    SELECT
        begun.cohort AS cohort,
        begun.period AS period,
        begun.bought AS bought,
        begun.amount AS amount,
        listed.joined_on AS joined_on,
        COALESCE(listed.join_channel, '') AS channel,
        CASE WHEN listed.joined_on < history.first_on THEN 1 ELSE 0 END AS known_before,
        ROW_NUMBER() OVER (PARTITION BY begun.customer_id, begun.bought ORDER BY begun.period) AS turn
    FROM (
        SELECT
            summed.customer_id AS customer_id,
            summed.period AS period,
            summed.bought AS bought,
            summed.amount AS amount,
            MIN(CASE WHEN summed.bought = 1 THEN summed.period END) OVER (PARTITION BY summed.customer_id) AS cohort
        FROM (
            SELECT
                dated.customer_id AS customer_id,
                dated.month_index - dated.month_index % $step AS period,
                MAX(dated.bought) AS bought,
                SUM(dated.amount) AS amount
            FROM (
                SELECT
                    orders.customer_id AS customer_id,
                    EXTRACT(YEAR FROM orders.ordered_on) * 12 + EXTRACT(MONTH FROM orders.ordered_on) - 1 AS month_index,
                    CASE WHEN orders.kind = 'sale' AND orders.amount > 0 THEN 1 ELSE 0 END AS bought,
                    orders.amount AS amount
                FROM orders
                WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
            ) AS dated
            GROUP BY dated.customer_id, dated.month_index - dated.month_index % $step
        ) AS summed
    ) AS begun
    LEFT JOIN (
        SELECT
            customers.customer_id AS customer_id,
            MIN(customers.joined_on) AS joined_on,
            MIN(customers.join_channel) AS join_channel
        FROM customers
        GROUP BY customers.customer_id
    ) AS listed ON listed.customer_id = begun.customer_id
    CROSS JOIN (SELECT MIN(orders.ordered_on) AS first_on FROM orders) AS history
    WHERE begun.period >= begun.cohort
) AS turns
GROUP BY turns.cohort, turns.channel, turns.known_before, turns.period - turns.cohort
ORDER BY turns.cohort, turns.channel, turns.known_before, turns.period - turns.cohort
