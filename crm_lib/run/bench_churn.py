"""`tasks.py bench churn`: features, fit and scores of the churn warning on invented customers, and how they grow.

Each size runs in a process of its own: `python -m crm_lib.run.bench_churn CUSTOMERS FOLDER`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from crm_lib.language import Catalogue, Value
from crm_lib.paths import PROJECT

CUSTOMERS = (100_000, 1_000_000)
ORDERS = 10  # a customer, on average
DAY = date(2026, 3, 31)
DAYS = 455  # of history
RESULT = PROJECT / "bench" / "churn.json"
PARTS = ("features", "forecast", "lifecycle")
_ORDERS = """
    SELECT
        'o' || CAST(i AS VARCHAR) AS order_id,
        'c' || CAST(CAST(floor({customers} * pow(hash(i) / 18446744073709551616.0, 1.8)) AS BIGINT) AS VARCHAR) AS customer_id,
        DATE '{day}' - CAST(hash(i + 1) % {days} AS INTEGER) AS ordered_on,
        'sale' AS kind, CAST(NULL AS VARCHAR) AS refund_of,
        CAST(10 + (hash(i + 2) % 20000) / 100.0 AS DECIMAL(18, 2)) AS amount,
        CAST(NULL AS DECIMAL(18, 2)) AS margin, CAST((hash(i + 3) % 500) / 100.0 AS DECIMAL(18, 2)) AS discount,
        CAST(1 AS DECIMAL(18, 3)) AS items, 1 AS categories,
        CASE hash(i + 4) % 3 WHEN 0 THEN 'store' WHEN 1 THEN 'online' ELSE 'mini_program' END AS channel, 'S' AS store,
        CAST(NULL AS DATE) AS paid_until
    FROM range({orders}) AS t(i)
"""  # hash() of DuckDB: the same on every machine; purchases by chance, at rates that differ from customer to customer


def churn(rows: Sequence[int], words: Catalogue) -> int:
    """Print the table, write RESULT; `rows` are numbers of customers."""
    told = []
    for customers in rows or CUSTOMERS:
        with TemporaryDirectory(prefix="crm-bench-") as folder:
            command = [sys.executable, "-P", "-m", "crm_lib.run.bench_churn", str(customers), folder]
            invent(customers, Path(folder))
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout.strip().splitlines()[-1]))
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps({"sizes": told}, indent=2) + "\n", encoding="utf-8")
        Console().print(_table(told, words))
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0


def invent(customers: int, folder: Path) -> None:
    """Write orders.parquet of `customers` with `ORDERS` each."""
    import duckdb

    query = _ORDERS.format(customers=customers, orders=customers * ORDERS, day=DAY.isoformat(), days=DAYS - 1)
    duckdb.connect().execute(f"COPY ({query}) TO '{folder / 'orders.parquet'}' (FORMAT parquet)")


def main(customers: int, folder: Path) -> None:
    """Print seconds, CPU seconds of each part and the process's peak memory as JSON."""
    import resource

    from crm_lib.engagement import Churn, Definitions, Layering
    from crm_lib.engine import connect
    from crm_lib.layering import layer
    from crm_lib.layering.churn import forecast
    from crm_lib.layering.churn.features import features
    from crm_lib.layering.lifecycle import lifecycle

    engine = connect(folder, DAY)
    definitions = Definitions(repurchase_window_days=60)
    layers = layer(engine, DAY, Layering(), definitions)
    told: dict[str, Any] = {"customers": customers, "orders": customers * ORDERS}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _timed(told, "features", lambda: features(engine, DAY, 185))
    found = _timed(told, "forecast", lambda: forecast(engine, layers, definitions, Churn()))
    _timed(told, "lifecycle", lambda: lifecycle(engine, layers.customers, DAY, 180))
    if found.model is None:
        raise RuntimeError("no model stands on these data: not all parts were measured")
    told |= {"kind": found.kind, "buyers": len(found.now), "cases": found.cases, "cases_known": found.cases_known}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told | {"rss_mb": round(peak), "rss_before_mb": round(before)}))


def _timed(told: dict[str, Any], name: str, run: Callable[[], Any]) -> Any:
    began, used = time.perf_counter(), time.process_time()
    found = run()
    told[name] = {"seconds": round(time.perf_counter() - began, 2), "cpu": round(time.process_time() - used, 2)}
    return found


def _table(told: list[dict[str, Any]], words: Catalogue) -> Table:
    table = Table(title=words.text("churn.bench.title", orders=Value("int", ORDERS)), title_justify="left")
    for name in ("customers", "buyers", *PARTS, "rss", "growth"):
        table.add_column(words.word(f"churn.bench.{name}"), justify="right")
    for one in told:
        parts = (f"{one[part]['seconds']:,} ({one[part]['cpu']:,})" for part in PARTS)
        growth = one["forecast"]["cpu"] / told[0]["forecast"]["cpu"]
        table.add_row(f"{one['customers']:,}", f"{one['buyers']:,}", *parts, f"{one['rss_mb']:,}", f"{growth:.1f}")
    return table


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
