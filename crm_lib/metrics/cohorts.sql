-- New customers by the period of their first purchase (`cohort`), the channel they joined through, and the months from
-- the beginning of that period to the beginning of a later one (`age_months`). A period is $step months (1 or 3).
-- active: customers with a purchase in the period; first_returns: those for whom it is the first one after the cohort's
-- own; undated: those without a day of joining; revenue is net, a refund counts in the period in which it was paid.
-- A day is the customer's first of its period where the purchase day before it lies in an earlier one.
SELECT
    begun.cohort AS cohort,
    begun.channel AS channel,
    begun.known_before AS known_before,
    turns.period - begun.cohort AS age_months,
    CAST(SUM(turns.bought) AS BIGINT) AS active,
    CAST(SUM(CASE WHEN turns.before = begun.cohort THEN turns.bought ELSE 0 END) AS BIGINT) AS first_returns,
    CAST(SUM(CASE WHEN begun.joined_on IS NULL THEN turns.bought ELSE 0 END) AS BIGINT) AS undated,
    CAST(SUM(turns.amount) AS DOUBLE) AS revenue
FROM (
    SELECT
        days.customer_id AS customer_id,
        days.month_index - days.month_index % $step AS period,
        days.month_before - days.month_before % $step AS before,
        CAST(0 AS DECIMAL(18, 2)) AS amount,
        1 AS bought
    FROM (
        SELECT
            purchase_days.customer_id AS customer_id,
            EXTRACT(YEAR FROM purchase_days.ordered_on) * 12 + EXTRACT(MONTH FROM purchase_days.ordered_on) - 1 AS month_index,
            EXTRACT(YEAR FROM purchase_days.prev_on) * 12 + EXTRACT(MONTH FROM purchase_days.prev_on) - 1 AS month_before
        FROM purchase_days
        WHERE purchase_days.ordered_on <= CAST($as_of AS DATE)
    ) AS days
    WHERE days.month_before IS NULL OR days.month_before - days.month_before % $step < days.month_index - days.month_index % $step
    UNION ALL
    SELECT dated.customer_id, dated.month_index - dated.month_index % $step, CAST(NULL AS BIGINT), dated.amount, 0
    FROM (
        SELECT
            orders.customer_id AS customer_id,
            EXTRACT(YEAR FROM orders.ordered_on) * 12 + EXTRACT(MONTH FROM orders.ordered_on) - 1 AS month_index,
            orders.amount AS amount
        FROM orders
        WHERE orders.customer_id IS NOT NULL AND orders.ordered_on <= CAST($as_of AS DATE)
    ) AS dated
) AS turns
INNER JOIN cohort_members AS begun ON begun.customer_id = turns.customer_id AND turns.period >= begun.cohort
GROUP BY begun.cohort, begun.channel, begun.known_before, turns.period - begun.cohort
ORDER BY begun.cohort, begun.channel, begun.known_before, turns.period - begun.cohort
