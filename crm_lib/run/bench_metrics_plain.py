"""One DuckDB script, written by hand for this task alone: what a careful analyst would write without a library."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from crm_lib.run import bench_metrics as bench

_SALE = "kind = 'sale' AND amount > 0"


def plain(folder: Path) -> dict[str, pd.DataFrame]:
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(folder / "spill")}
    ) as connection:
        connection.execute(f"CREATE VIEW orders AS SELECT * FROM '{folder / 'orders.parquet'}'")
        connection.execute(f"CREATE VIEW customers AS SELECT * FROM '{folder / 'customers.parquet'}'")
        for name, day in (("now", bench.AS_OF), ("before", bench.BEFORE)):
            connection.execute(f"CREATE TABLE {name}_layers AS {_layers(day)}")
        days = (bench.AS_OF - bench.BEFORE).days
        moved = connection.execute(f"""
            WITH spend AS (
                SELECT customer_id, SUM(CASE WHEN ordered_on > DATE '{bench.BEFORE}' THEN amount END) AS since,
                    SUM(CASE WHEN ordered_on <= DATE '{bench.BEFORE}' THEN amount END) AS before
                FROM orders WHERE customer_id IS NOT NULL AND ordered_on > DATE '{bench.BEFORE - timedelta(days=days)}'
                    AND ordered_on <= DATE '{bench.AS_OF}' GROUP BY customer_id)
            SELECT COALESCE(b.operating_class, 'new') AS before, n.operating_class AS after, COUNT(*) AS customers,
                SUM(b.monetary) AS revenue_then, SUM(s.since) AS spend_since, SUM(s.before) AS spend_before
            FROM now_layers AS n LEFT JOIN before_layers AS b USING (customer_id) LEFT JOIN spend AS s USING (customer_id)
            GROUP BY ALL ORDER BY ALL""").df()
        layers = connection.execute("SELECT * FROM now_layers ORDER BY customer_id").df()
        kpis = connection.execute(_kpis()).df()
        cohorts = connection.execute(_cohorts()).df()
    return {"layers": layers, "moved": moved, "kpis": kpis, "cohorts": cohorts}


def _layers(day: date) -> str:
    """RFM scores by quantile cut points, activity and growth ranks, quadrant and class on a day."""
    start, recent = day - timedelta(days=364), day - timedelta(days=89)
    half, earlier = day - timedelta(days=181), day - timedelta(days=363)

    def score(column: str) -> str:
        return f"CASE WHEN frequency > 0 THEN 1 + 5 * {column}_below // buyers ELSE 1 END"

    def below(values: str) -> str:
        return f"rank() OVER (PARTITION BY frequency > 0 ORDER BY {values}) - 1"

    def rank(value: str) -> str:
        """Share of the buyers below, equal ones half; who is no buyer is placed among them."""
        return f"""SELECT {value}, (SUM(n) OVER (ORDER BY {value}) - n / 2) / NULLIF(SUM(n) OVER (), 0) AS {value}_rank
            FROM (SELECT {value}, COUNT(*) FILTER (frequency > 0) AS n FROM parts WHERE {value} IS NOT NULL GROUP BY ALL)"""

    return f"""
    WITH bought AS (
        SELECT customer_id,
            MIN(ordered_on) FILTER ({_SALE}) AS first_on, MAX(ordered_on) FILTER ({_SALE}) AS last_on,
            COUNT(*) FILTER ({_SALE} AND ordered_on >= DATE '{start}') AS frequency,
            COALESCE(SUM(amount) FILTER (ordered_on >= DATE '{start}'), 0)::DOUBLE AS monetary,
            COUNT(*) FILTER ({_SALE} AND ordered_on >= DATE '{recent}') AS recent_purchases,
            COALESCE(SUM(amount) FILTER (ordered_on >= DATE '{half}'), 0)::DOUBLE AS last_spend,
            COALESCE(SUM(amount) FILTER (ordered_on < DATE '{half}' AND ordered_on >= DATE '{earlier}'), 0)::DOUBLE AS earlier_spend
        FROM orders WHERE customer_id IS NOT NULL AND ordered_on <= DATE '{day}' GROUP BY customer_id),
    known AS (
        SELECT COALESCE(c.customer_id, b.customer_id) AS customer_id, c.joined_on, b.* EXCLUDE (customer_id, frequency, monetary),
            COALESCE(b.frequency, 0) AS frequency, COALESCE(b.monetary, 0) AS monetary,
            DATE '{day}' - b.last_on AS recency_days
        FROM (SELECT * FROM customers WHERE joined_on <= DATE '{day}') AS c FULL JOIN bought AS b USING (customer_id)),
    parts AS MATERIALIZED (
        SELECT *, COUNT(*) FILTER (frequency > 0) OVER () AS buyers,
            {below("-recency_days")} AS r_below, {below("frequency")} AS f_below, {below("monetary")} AS m_below,
            CASE WHEN first_on IS NOT NULL THEN (recent_purchases + 1) / (1 + frequency * 90
                / greatest(DATE '{day}' - greatest(first_on, DATE '{start}') + 1, 90)) END AS activity,
            CASE WHEN first_on < DATE '{half}' AND abs(last_spend) + abs(earlier_spend) > 0
                THEN (last_spend - earlier_spend) / (abs(last_spend) + abs(earlier_spend)) END AS growth
        FROM known),
    activities AS ({rank("activity")}), growths AS ({rank("growth")}),
    ranked AS (SELECT * FROM parts LEFT JOIN activities USING (activity) LEFT JOIN growths USING (growth)),
    scored AS MATERIALIZED (
        SELECT *, {score("r")} AS r_score, {score("f")} AS f_score, {score("m")} AS m_score,
            CASE WHEN growth_rank IS NULL THEN activity_rank WHEN activity_rank IS NULL THEN growth_rank
                ELSE (activity_rank + growth_rank) / 2 END AS potential
        FROM ranked),
    cuts AS (
        SELECT (SELECT monetary FROM scored WHERE frequency > 0 ORDER BY monetary DESC
                LIMIT 1 OFFSET CAST(ceil(0.2 * (SELECT MAX(buyers) FROM scored)) AS BIGINT) - 1) AS value_cut,
            (SELECT potential FROM scored WHERE frequency > 0 AND potential IS NOT NULL ORDER BY potential DESC
                LIMIT 1 OFFSET CAST(ceil(0.4 * (SELECT COUNT(potential) FROM scored WHERE frequency > 0)) AS BIGINT) - 1) AS potential_cut)
    SELECT customer_id, joined_on, first_on, last_on, recency_days, frequency, monetary, r_score, f_score, m_score,
        (r_score + f_score + m_score) / 3 AS score, activity, growth, activity_rank, growth_rank, potential,
        CASE WHEN high_value THEN CASE WHEN high_potential THEN 'maintain' ELSE 'cross_sell' END
            ELSE CASE WHEN high_potential THEN 'nurture' ELSE 'activate' END END AS quadrant,
        CASE WHEN COALESCE(last_on, joined_on) IS NULL OR COALESCE(last_on, joined_on) <= DATE '{day - timedelta(days=180)}'
            THEN 'dormant' WHEN high_value THEN 'core' WHEN high_potential THEN 'potential' ELSE 'ordinary' END AS operating_class
    FROM (SELECT s.*, monetary >= value_cut AND monetary > 0 AS high_value,
        COALESCE(potential >= potential_cut, false) AS high_potential FROM scored AS s, cuts)"""


def _kpis() -> str:
    first, last = bench.MONTHS
    return f"""
    WITH days AS (
        SELECT customer_id, ordered_on, LEAD(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on) AS next_on,
            ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_on) AS nth
        FROM (SELECT DISTINCT customer_id, ordered_on FROM orders WHERE {_SALE} AND customer_id IS NOT NULL)),
    sums AS (
        SELECT date_trunc('month', ordered_on) AS month, COUNT(*) FILTER ({_SALE}) AS orders, SUM(amount)::DOUBLE AS revenue,
            SUM(amount) FILTER ({_SALE})::DOUBLE AS gross, -SUM(amount) FILTER (kind = 'refund')::DOUBLE AS refunded,
            COUNT(DISTINCT customer_id) FILTER ({_SALE}) AS active_customers
        FROM orders WHERE ordered_on BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY ALL),
    firsts AS (
        SELECT date_trunc('month', ordered_on) AS month, customer_id, MIN(ordered_on) AS first_on, MIN(next_on) AS next_on
        FROM days WHERE ordered_on BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY ALL),
    repeated AS (SELECT month, AVG(CASE WHEN next_on - first_on <= 90 THEN 1 ELSE 0 END) AS repurchase_rate FROM firsts GROUP BY ALL),
    begun AS (SELECT date_trunc('month', ordered_on) AS month, COUNT(*) AS new_customers FROM days WHERE nth = 1 GROUP BY ALL),
    stayed AS (
        SELECT s.month, d.customer_id, COUNT(*) FILTER (d.ordered_on >= s.month) AS after
        FROM sums AS s JOIN days AS d ON d.ordered_on BETWEEN s.month - INTERVAL 90 DAY AND s.month + INTERVAL 89 DAY
        GROUP BY ALL HAVING COUNT(*) FILTER (d.ordered_on < s.month) > 0),
    churned AS (SELECT month, AVG(CASE WHEN after = 0 THEN 1 ELSE 0 END) AS churn_rate FROM stayed GROUP BY ALL)
    SELECT month, orders, revenue, active_customers, gross / orders AS average_order_value, refunded / gross AS refund_rate,
        new_customers, repurchase_rate, churn_rate
    FROM sums LEFT JOIN begun USING (month) LEFT JOIN repeated USING (month) LEFT JOIN churned USING (month) ORDER BY month"""


def _cohorts() -> str:
    return f"""
    WITH months AS (SELECT DISTINCT customer_id, year(ordered_on) * 12 + month(ordered_on) - 1 AS month
        FROM orders WHERE {_SALE} AND customer_id IS NOT NULL),
    firsts AS (SELECT customer_id, MIN(month) AS cohort FROM months GROUP BY ALL)
    SELECT cohort, month - cohort AS age_months, COUNT(*) AS customers FROM months JOIN firsts USING (customer_id)
    GROUP BY ALL ORDER BY ALL"""
