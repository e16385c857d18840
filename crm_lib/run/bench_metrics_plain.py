"""One DuckDB script, written by hand for this task alone: each large table is read as seldom as it can be.

One pass by customer serves both days and the movement; one sort of purchase days serves repurchase, churn, new and active
customers, and cohorts.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from crm_lib.run import bench_metrics as bench

_SALE = "kind = 'sale' AND amount > 0"


def plain(folder: Path) -> dict[str, pd.DataFrame]:
    config: dict[str, str | bool | int | float | list[str]] = {
        **{"threads": 2, "memory_limit": "2GB", "temp_directory": str(folder / "spill")},
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=config) as connection:
        connection.execute(f"CREATE VIEW orders AS SELECT * FROM '{folder / 'orders.parquet'}'")
        connection.execute(f"CREATE VIEW customers AS SELECT * FROM '{folder / 'customers.parquet'}'")
        connection.execute(f"CREATE TEMP TABLE bought AS {_bought()}")
        for name, day in (("now", bench.AS_OF), ("before", bench.BEFORE)):
            connection.execute(f"CREATE TEMP TABLE {name}_parts AS {_parts(name, day)}")
            connection.execute(f"CREATE TEMP TABLE {name}_scored AS {_scored(name)}")
            connection.execute(f"CREATE TEMP TABLE {name}_layers AS {_classes(name, day)}")
        moved = connection.execute(_MOVED).df()
        layers = connection.execute("SELECT * FROM now_layers ORDER BY customer_id").df()
        connection.execute(f"CREATE TEMP TABLE days AS {_days()}")
        kpis = connection.execute(_kpis()).df()
        cohorts = connection.execute(_COHORTS).df()
    return {"layers": layers, "moved": moved, "kpis": kpis, "cohorts": cohorts}


def _bought() -> str:
    """What each customer had bought on both days, and spent in the days between and before them."""
    columns = [
        part
        for name, day in (("now", bench.AS_OF), ("before", bench.BEFORE))
        for part in _bought_until(name, day, bench.AS_OF)
    ]
    days = (bench.AS_OF - bench.BEFORE).days
    earlier = f"ordered_on > DATE '{bench.BEFORE - timedelta(days=days)}' AND ordered_on <= DATE '{bench.BEFORE}'"
    return f"""
        SELECT customer_id, MIN(ordered_on) AS entered_on, MIN(ordered_on) FILTER ({_SALE}) AS first_on, {", ".join(columns)},
            COALESCE(SUM(amount) FILTER (ordered_on > DATE '{bench.BEFORE}'), 0)::DOUBLE AS spend_since,
            COALESCE(SUM(amount) FILTER ({earlier}), 0)::DOUBLE AS spend_before
        FROM orders WHERE customer_id IS NOT NULL AND ordered_on <= DATE '{bench.AS_OF}' GROUP BY customer_id"""


def _bought_until(name: str, day: date, last: date) -> list[str]:
    start, recent = day - timedelta(days=364), day - timedelta(days=89)
    half, earlier = day - timedelta(days=181), day - timedelta(days=363)
    until = "" if day == last else f" AND ordered_on <= DATE '{day}'"
    return [
        f"MAX(ordered_on) FILTER ({_SALE}{until}) AS {name}_last_on",
        f"COUNT(*) FILTER ({_SALE} AND ordered_on >= DATE '{start}'{until}) AS {name}_frequency",
        f"COALESCE(SUM(amount) FILTER (ordered_on >= DATE '{start}'{until}), 0)::DOUBLE AS {name}_monetary",
        f"COUNT(*) FILTER ({_SALE} AND ordered_on >= DATE '{recent}'{until}) AS {name}_recent_purchases",
        f"COALESCE(SUM(amount) FILTER (ordered_on >= DATE '{half}'{until}), 0)::DOUBLE AS {name}_last_spend",
        f"COALESCE(SUM(amount) FILTER (ordered_on < DATE '{half}' AND ordered_on >= DATE '{earlier}'), 0)::DOUBLE"
        f" AS {name}_earlier_spend",
    ]


def _parts(name: str, day: date) -> str:
    """Everybody known on a day, with activity and growth."""
    start, half = day - timedelta(days=364), day - timedelta(days=181)
    return f"""
        WITH known AS (
            SELECT COALESCE(c.customer_id, b.customer_id) AS customer_id, c.joined_on, {name}_last_on AS last_on,
                CASE WHEN first_on <= DATE '{day}' THEN first_on END AS first_on,
                COALESCE({name}_frequency, 0) AS frequency, COALESCE({name}_monetary, 0) AS monetary,
                {name}_recent_purchases AS recent_purchases, {name}_last_spend AS last_spend,
                {name}_earlier_spend AS earlier_spend
            FROM (SELECT customer_id, joined_on FROM customers WHERE joined_on <= DATE '{day}') AS c
            FULL JOIN (SELECT * FROM bought WHERE entered_on <= DATE '{day}') AS b USING (customer_id))
        SELECT customer_id, joined_on, first_on, last_on, frequency, monetary, DATE '{day}' - last_on AS recency_days,
            CASE WHEN first_on IS NOT NULL THEN (recent_purchases + 1) / (1 + frequency * 90
                / greatest(DATE '{day}' - greatest(first_on, DATE '{start}') + 1, 90)) END AS activity,
            CASE WHEN first_on < DATE '{half}' AND abs(last_spend) + abs(earlier_spend) > 0
                THEN (last_spend - earlier_spend) / (abs(last_spend) + abs(earlier_spend)) END AS growth
        FROM known"""


def _scored(name: str) -> str:
    """Scores by the share of the buyers below, and potential by their share below, equal ones half: over histograms."""

    def histogram(value: str) -> str:
        return f"""{value}_shares AS (
            SELECT {value}, SUM(n) OVER (ORDER BY {value}) - n AS below, n, SUM(n) OVER () AS buyers
            FROM (SELECT {value}, COUNT(*) FILTER (frequency > 0) AS n FROM {name}_parts WHERE {value} IS NOT NULL GROUP BY {value}))"""

    def score(value: str, below: str) -> str:
        return f"CASE WHEN frequency > 0 THEN 1 + 5 * ({below}) // {value}_shares.buyers ELSE 1 END::BIGINT"

    def rank(value: str) -> str:
        return f"({value}_shares.below + {value}_shares.n / 2) / NULLIF({value}_shares.buyers, 0)"

    values = ("recency_days", "frequency", "monetary", "activity", "growth")
    recency = "recency_days_shares.buyers - recency_days_shares.below - recency_days_shares.n"
    return f"""
        WITH {", ".join(histogram(value) for value in values)}
        SELECT parts.*, {score("recency_days", recency)} AS r_score, {score("frequency", "frequency_shares.below")} AS f_score,
            {score("monetary", "monetary_shares.below")} AS m_score,
            {rank("activity")} AS activity_rank, {rank("growth")} AS growth_rank,
            list_avg([activity_rank, growth_rank]) AS potential
        FROM {name}_parts AS parts
        {" ".join(f"LEFT JOIN {value}_shares USING ({value})" for value in values)}"""


def _classes(name: str, day: date) -> str:
    def cut(value: str, share: float) -> str:
        buyers = f"FROM {name}_scored WHERE frequency > 0 AND {value} IS NOT NULL"
        return f"""(SELECT {value} {buyers} ORDER BY {value} DESC LIMIT 1
            OFFSET (SELECT CAST(ceil({share} * COUNT(*)) AS BIGINT) - 1 {buyers}))"""

    return f"""
        SELECT * EXCLUDE (high_value, high_potential), (r_score + f_score + m_score) / 3 AS score,
            CASE WHEN high_value THEN CASE WHEN high_potential THEN 'maintain' ELSE 'cross_sell' END
                ELSE CASE WHEN high_potential THEN 'nurture' ELSE 'activate' END END AS quadrant,
            CASE WHEN COALESCE(last_on, joined_on, DATE '1900-01-01') <= DATE '{day - timedelta(days=180)}' THEN 'dormant'
                WHEN high_value THEN 'core' WHEN high_potential THEN 'potential' ELSE 'ordinary' END AS operating_class
        FROM (SELECT *, monetary >= {cut("monetary", 0.2)} AND monetary > 0 AS high_value,
            COALESCE(potential >= {cut("potential", 0.4)}, false) AS high_potential FROM {name}_scored)"""


_MOVED = """
    SELECT COALESCE(b.operating_class, 'new') AS before, n.operating_class AS after, COUNT(*) AS customers,
        SUM(b.monetary) AS revenue_then, SUM(n.monetary) AS revenue_now,
        SUM(s.spend_since) AS spend_since, SUM(s.spend_before) AS spend_before
    FROM now_layers AS n LEFT JOIN before_layers AS b USING (customer_id) LEFT JOIN bought AS s USING (customer_id)
    GROUP BY ALL ORDER BY ALL"""


def _days() -> str:
    return f"""
        SELECT customer_id, ordered_on, LAG(ordered_on) OVER sorted AS prev_on, LEAD(ordered_on) OVER sorted AS next_on
        FROM (SELECT DISTINCT customer_id, ordered_on FROM orders WHERE {_SALE} AND customer_id IS NOT NULL)
        WINDOW sorted AS (PARTITION BY customer_id ORDER BY ordered_on)"""


def _kpis() -> str:
    """A day says by itself whether it is the customer's first of the month, and the last before a later month."""
    first, last = bench.MONTHS
    return f"""
    WITH sums AS (
        SELECT date_trunc('month', ordered_on)::DATE AS month, COUNT(*) FILTER ({_SALE}) AS orders, SUM(amount)::DOUBLE AS revenue,
            SUM(amount) FILTER ({_SALE})::DOUBLE AS gross, -SUM(amount) FILTER (kind = 'refund')::DOUBLE AS refunded
        FROM orders WHERE ordered_on BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY ALL),
    people AS (
        SELECT date_trunc('month', ordered_on)::DATE AS month, COUNT(*) AS active_customers,
            COUNT(*) FILTER (prev_on IS NULL) AS new_customers,
            AVG(CASE WHEN next_on - ordered_on <= 90 THEN 1 ELSE 0 END) AS repurchase_rate
        FROM days WHERE ordered_on BETWEEN DATE '{first}' AND DATE '{last}'
            AND (prev_on IS NULL OR prev_on < date_trunc('month', ordered_on)::DATE) GROUP BY ALL),
    ahead AS (SELECT month, unnest(range(month - INTERVAL 90 DAY, month, INTERVAL 1 DAY))::DATE AS ordered_on FROM sums),
    churned AS (
        SELECT month, AVG(CASE WHEN next_on - month <= 89 THEN 0 ELSE 1 END) AS churn_rate
        FROM days JOIN ahead USING (ordered_on) WHERE next_on IS NULL OR next_on >= month GROUP BY month)
    SELECT month, orders, revenue, active_customers, gross / orders AS average_order_value, refunded / gross AS refund_rate,
        new_customers, repurchase_rate, churn_rate
    FROM sums LEFT JOIN people USING (month) LEFT JOIN churned USING (month) ORDER BY month"""


_COHORTS = """
    WITH firsts AS (
        SELECT d.customer_id, year(d.ordered_on) * 12 + month(d.ordered_on) - 1 AS cohort, COALESCE(c.join_channel, '') AS channel,
            COALESCE(c.joined_on < (SELECT MIN(ordered_on) FROM orders), false) AS known_before, c.joined_on IS NULL AS undated
        FROM days AS d LEFT JOIN customers AS c USING (customer_id) WHERE d.prev_on IS NULL),
    came AS (
        SELECT cohort, firsts.channel, known_before, year(ordered_on) * 12 + month(ordered_on) - 1 - cohort AS age_months,
            COUNT(*) AS active, COUNT(*) FILTER (undated) AS undated,
            COUNT(*) FILTER (year(prev_on) * 12 + month(prev_on) - 1 = cohort) AS first_returns
        FROM days JOIN firsts USING (customer_id)
        WHERE prev_on IS NULL OR prev_on < date_trunc('month', ordered_on) GROUP BY ALL),
    paid AS (
        SELECT cohort, firsts.channel, known_before, year(ordered_on) * 12 + month(ordered_on) - 1 - cohort AS age_months,
            SUM(amount)::DOUBLE AS revenue
        FROM orders JOIN firsts USING (customer_id) WHERE year(ordered_on) * 12 + month(ordered_on) - 1 >= cohort GROUP BY ALL)
    SELECT cohort, channel, known_before, age_months, COALESCE(active, 0) AS active, COALESCE(first_returns, 0) AS first_returns,
        COALESCE(undated, 0) AS undated, revenue
    FROM paid LEFT JOIN came USING (cohort, channel, known_before, age_months) ORDER BY ALL"""
