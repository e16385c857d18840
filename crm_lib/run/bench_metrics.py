"""`tasks.py bench metrics`: layers, movement, monthly KPIs and cohorts of ours, of one DuckDB script, and of pandas.

python -m crm_lib.run.bench_metrics ours|plain|pandas FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
from rich.console import Console
from rich.table import Table

from crm_lib.language import Catalogue
from crm_lib.paths import PROJECT
from crm_lib.run.measure_process import Cost, cost

ROWS = (10_000_000, 30_000_000)
ORDERS_A_CUSTOMER = 10
WAYS = ("ours", "plain", "pandas")
PANDAS_ROWS = 10_000_000  # beyond which pandas is not asked: it needs several GB
TARGETS = {
    "plain": 1.2,
    "pandas": 3.0,
    "pandas_memory": 1 / 3,
    "growth": 1.2,
}  # growth: seconds a row, against the first
RESULT = PROJECT / "bench" / "metrics.json"
AS_OF = date(2026, 3, 31)
BEFORE = AS_OF - timedelta(days=90)
FIRST = date(2024, 1, 1)
MONTHS = (date(2024, 4, 1), date(2025, 12, 31))
KPIS = (
    *("active_customers", "new_customers", "orders", "revenue", "average_order_value"),
    *("repurchase_rate", "churn_rate", "refund_rate"),
)
AGREED = 1e-6  # relative difference of the sums that ways have to agree on


def metrics(rounds: int, words: Catalogue, rows: Sequence[int] = ROWS) -> int:
    """Print the table, write RESULT; 1 where a target is missed. The ways are run in turn, memory is watched last."""
    told = [_measured(count, rounds) for count in rows]
    met = {name: found for one in told for name, found in one["met"].items()} | _growth(told)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"targets": TARGETS, "sizes": told, "met": met}, indent=2) + "\n", encoding="utf-8")
    Console().print(_table(told, rounds, words))
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0 if all(met.values()) else 1


def _growth(told: Sequence[dict[str, Any]]) -> dict[str, bool]:
    """Whether a row of the largest takes hardly longer than one of the smallest."""
    each = [one["seconds"]["ours"] / one["rows"] for one in (told[0], told[-1])]
    return {"growth": each[1] <= TARGETS["growth"] * each[0]} if len(told) > 1 else {}


def _measured(rows: int, rounds: int) -> dict[str, Any]:
    ways = [way for way in WAYS if way != "pandas" or rows <= PANDAS_ROWS]
    with TemporaryDirectory(prefix="crm-bench-") as place:
        folder = Path(place)
        generate(folder, rows)
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                seconds[way].append(_run(way, folder, watched=False).seconds)
        rss = {way: round(_run(way, folder, watched=True).rss, 1) for way in ways}
        agree(folder, ways)
    middle = {way: round(median(found), 2) for way, found in seconds.items()}
    return {"rows": rows, "rounds": seconds, "seconds": middle, "rss_mb": rss, "met": _met(middle, rss)}


def _met(seconds: dict[str, float], rss: dict[str, float]) -> dict[str, bool]:
    met = {"plain": seconds["ours"] <= TARGETS["plain"] * seconds["plain"]}
    if "pandas" in seconds:
        met["pandas"] = seconds["pandas"] >= TARGETS["pandas"] * seconds["ours"]
        met["pandas_memory"] = rss["ours"] <= TARGETS["pandas_memory"] * rss["pandas"]
    return met


def _run(way: str, folder: Path, watched: bool) -> Cost:
    return cost(
        [sys.executable, "-P", "-m", "crm_lib.run.bench_metrics", way, str(folder)], os.environ, PROJECT, watched
    )


def _table(told: Sequence[dict[str, Any]], rounds: int, words: Catalogue) -> Table:
    table = Table(title=words.text("run.bench.metrics.title", rounds=rounds), title_justify="left")
    for name in ("metrics.rows", "way", "seconds", "metrics.ratio", "rss"):
        table.add_column(words.text(f"run.bench.{name}"), justify="left" if name == "way" else "right")
    for one in told:
        for way in one["seconds"]:
            numbers = [one["seconds"][way], one["seconds"][way] / one["seconds"]["plain"], one["rss_mb"][way]]
            shown = (words.format("float", number) for number in numbers)
            table.add_row(words.format("int", one["rows"]), words.text(f"run.bench.metrics.{way}"), *shown)
    return table


def generate(folder: Path, rows: int) -> None:
    """Canonical orders in the order of days, and their customers: a few buy much, 3 in 100 entries are refunds."""
    days, customers = (AS_OF - FIRST).days + 1, rows // ORDERS_A_CUSTOMER
    member = f"CAST(floor({customers} * power(hash(i, 1) / 18446744073709551616.0, 1.6)) AS BIGINT)"
    orders = f"""
        SELECT 'O' || lpad(CAST(i AS VARCHAR), 10, '0') AS order_id,
            CASE WHEN h % 50 = 0 THEN NULL ELSE 'C' || lpad(CAST({member} AS VARCHAR), 9, '0') END AS customer_id,
            DATE '{FIRST}' + CAST(i * {days} // {rows} AS INTEGER) AS ordered_on,
            CASE WHEN h % 100 < 3 THEN 'refund' ELSE 'sale' END AS kind, CAST(NULL AS VARCHAR) AS refund_of,
            CAST((CASE WHEN h % 100 < 3 THEN -1 ELSE 1 END) * CAST(h // 101 % 80000 + 100 AS BIGINT) / 100 AS DECIMAL(18, 2)) AS amount,
            CAST(NULL AS DECIMAL(18, 2)) AS margin, CAST(NULL AS DECIMAL(18, 2)) AS discount,
            CAST(h // 7 % 5 + 1 AS DECIMAL(18, 3)) AS items, CAST(h // 11 % 4 + 1 AS BIGINT) AS categories,
            ['shop', 'web', 'app'][CAST(h // 13 % 3 AS INTEGER) + 1] AS channel, 'S' || CAST(h // 17 % 90 AS VARCHAR) AS store,
            CAST(NULL AS DATE) AS paid_until
        FROM (SELECT i, hash(i) AS h FROM range({rows}) AS r(i))"""
    people = f"""
        SELECT 'C' || lpad(CAST(i AS VARCHAR), 9, '0') AS customer_id,
            DATE '{FIRST}' + CAST(hash(i, 3) % {days} AS INTEGER) AS joined_on FROM range({customers}) AS r(i)"""
    from crm_lib.tables import CUSTOMERS

    empty = ", ".join(
        f"CAST(NULL AS {c.type}) AS {c.name}" for c in CUSTOMERS.columns if c.name not in ("customer_id", "joined_on")
    )
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(folder / "spill")}
    ) as connection:
        connection.execute(f"COPY ({orders}) TO '{folder / 'orders.parquet'}' (FORMAT parquet)")
        connection.execute(
            f"COPY (SELECT *, {empty} FROM ({people})) TO '{folder / 'customers.parquet'}' (FORMAT parquet)"
        )


def ours(folder: Path) -> dict[str, pd.DataFrame]:
    """What phase 2 calls, over the engine."""
    from crm_lib.engagement import Definitions, Layering
    from crm_lib.engine import connect
    from crm_lib.layering import layer, matrix, moves
    from crm_lib.metrics import kpis, months
    from crm_lib.metrics.cohorts import cohorts

    engine, settings, definitions = connect(folder, AS_OF), Layering(), Definitions()
    now = layer(engine, AS_OF, settings, definitions, "revenue")
    before = layer(engine, BEFORE, settings, definitions, "revenue")
    moved = matrix(moves(engine, now, before))
    measured = kpis(engine, months(*MONTHS), definitions, names=KPIS)
    begun = cohorts(engine, AS_OF)
    engine.close()
    wide = measured.pivot(index="period", columns="metric", values="value").reset_index()
    return {"layers": now.customers, "moved": moved, "kpis": wide, "cohorts": begun}


def agree(folder: Path, ways: Sequence[str]) -> None:
    """Raise AssertionError where a way counts other customers or money."""
    told = {way: json.loads((folder / f"{way}.json").read_text(encoding="utf-8")) for way in ways}
    for way, found in told.items():
        for name, value in told["plain"].items():
            assert abs(found[name] - value) <= AGREED * max(abs(value), 1), (way, name, found[name], value)


def digest(found: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Sums that tell whether two ways computed the same."""
    layers, moved, measured, cohorts = (found[name] for name in ("layers", "moved", "kpis", "cohorts"))
    sums = {f"sum of {name}": float(layers[name].sum()) for name in ("r_score", "f_score", "m_score", "potential")}
    for name in ("operating_class", "quadrant"):
        sums |= {f"{name} {key}": float(n) for key, n in layers[name].value_counts().items()}
    stood = moved[moved["customers"] > 0]
    steps = zip(stood["before"], stood["after"], stood["customers"], strict=True)
    sums |= {f"{before} to {after}": float(n) for before, after, n in steps}
    sums |= {f"sum of {name}": float(measured[name].sum()) for name in KPIS}
    return sums | {f"sum of cohorts' {name}": float(cohorts[name].sum()) for name in ("active", "revenue")}


def _main(way: str, folder: Path) -> None:
    from crm_lib.run import bench_metrics_pandas, bench_metrics_plain

    computed = {"ours": ours, "plain": bench_metrics_plain.plain, "pandas": bench_metrics_pandas.plain}[way](folder)
    (folder / f"{way}.json").write_text(json.dumps(digest(computed)), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
