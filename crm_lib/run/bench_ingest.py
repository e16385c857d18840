"""`tasks.py bench ingest`: order lines from CSV to canonical Parquet, against DuckDB told every type beforehand.

python -m crm_lib.run.bench_ingest rival|ours FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from crm_lib.engagement import Engagement, validate
from crm_lib.ingest import account, sql
from crm_lib.ingest.doubtful.suspects import set_aside_totals, settle_repeated
from crm_lib.ingest.opened import open_sources
from crm_lib.ingest.quarantine import write_quarantine
from crm_lib.language import Catalogue, Value
from crm_lib.paths import PROJECT
from crm_lib.run import bench_workbook, build
from crm_lib.run.measure_process import Cost, cost
from crm_lib.tables import ORDER_LINES

ROWS = (1_000_000, 10_000_000)
TARGETS = {"ratio": 1.5, "rss_mb": 2048}
RESULT = PROJECT / "bench" / "ingest.json"
WAYS = ("rival", "ours")
_SEED = 20260630
COLUMNS = {
    "order_id": "VARCHAR",
    "line_no": "BIGINT",
    "customer_key": "VARCHAR",
    "phone": "VARCHAR",
    "ordered_on": "DATE",
    "product_name": "VARCHAR",
    "category": "VARCHAR",
    "quantity": "DECIMAL(18,3)",
    "amount": "DECIMAL(18,2)",
    "store": "VARCHAR",
}


def ingest(rounds: int, words: Catalogue, rows: Sequence[int] = ROWS) -> int:
    """Print the table, write RESULT; 1 where a target is missed. The ways are run in turn, memory is watched last."""
    told = [_measured(count, rounds) for count in rows]
    sheet = _workbook(rounds)
    RESULT.parent.mkdir(exist_ok=True)
    result = {"targets": TARGETS, "sizes": told, "workbook": sheet}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    Console().print(_table(told, rounds, words))
    figures = {name: Value("float", sheet[name]) for name in ("ours", "calamine", "ratio")}
    print(words.text("run.bench.ingest.workbook", rows=bench_workbook.ROWS, **figures))
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0 if all(one["met"] for one in (*told, sheet)) else 1


def _workbook(rounds: int) -> dict[str, Any]:
    """Median seconds of each way to read a workbook."""
    readings = bench_workbook.workbook(rounds)
    middle = {way: median(one.seconds for one in readings if one.way == way) for way in bench_workbook.WAYS}
    ratio = middle["ours"] / middle["calamine"]
    return {**middle, "ratio": ratio, "met": ratio <= bench_workbook.TARGET}


def _measured(rows: int, rounds: int) -> dict[str, Any]:
    with TemporaryDirectory(prefix="crm-bench-") as place:
        folder = Path(place)
        generate(folder / "lines.csv", rows)
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way in WAYS:
                seconds[way].append(_run(way, folder, watched=False).seconds)
        rss = {way: round(_run(way, folder, watched=True).rss, 1) for way in WAYS}
    middle = {way: round(median(found), 2) for way, found in seconds.items()}
    ratio = middle["ours"] / middle["rival"]
    met = ratio <= TARGETS["ratio"] and rss["ours"] <= TARGETS["rss_mb"]
    return {"rows": rows, "rounds": seconds, "seconds": middle, "ratio": ratio, "rss_mb": rss, "met": met}


def _run(way: str, folder: Path, watched: bool) -> Cost:
    command = [sys.executable, "-P", "-m", "crm_lib.run.bench_ingest", way, str(folder)]
    return cost(command, os.environ, PROJECT, watched)


def _table(told: Sequence[dict[str, Any]], rounds: int, words: Catalogue) -> Table:
    table = Table(title=words.text("run.bench.ingest.title", rounds=rounds), title_justify="left")
    for name in ("ingest.rows", "way", "seconds", "ingest.ratio", "rss"):
        table.add_column(words.text(f"run.bench.{name}"), justify="left" if name == "way" else "right")
    for one in told:
        for way in WAYS:
            numbers = [one["seconds"][way], one["seconds"][way] / one["seconds"]["rival"], one["rss_mb"][way]]
            shown = (words.format("float", number) for number in numbers)
            table.add_row(words.format("int", one["rows"]), words.text(f"run.bench.ingest.{way}"), *shown)
    return table


def generate(path: Path, rows: int, seed: int = _SEED) -> None:
    """Order lines as a till exports them, in the order of time; every hundred-thousandth line is dirty."""
    member = f"CAST(hash(i // 3, {seed}) % 1000000 AS BIGINT)"
    known = "m < 900000"
    query = f"""
        SELECT CASE i % 100003
            WHEN 50001 THEN '' WHEN 60001 THEN concat('SO', i, ',1,M1') WHEN 70001 THEN concat('SO', i, ',"1')
            ELSE concat_ws(',', 'SO' || lpad(CAST(i // 3 AS VARCHAR), 9, '0'), i % 3 + 1,
                CASE WHEN {known} THEN 'M' || lpad(CAST(m % 300000 AS VARCHAR), 7, '0') ELSE '' END,
                CASE WHEN {known} AND h % 10 < 3
                    THEN '13' || lpad(CAST(hash(m % 300000) % 1000000000 AS VARCHAR), 9, '0') ELSE '' END,
                CASE WHEN i % 100003 = 10001 THEN '2024/1/5' WHEN i % 100003 = 20001 THEN 'soon'
                    ELSE CAST(DATE '2024-01-01' + CAST(i * 900 // {rows} AS INTEGER) AS VARCHAR) END,
                '商品' || lpad(CAST(h // 7 % 5000 AS VARCHAR), 4, '0'),
                ['护肤', '彩妆', '香水', '洗护', '工具', '男士', '礼盒', '配件'][CAST(h // 11 % 8 AS INTEGER) + 1],
                h // 13 % 4 + 1,
                CASE WHEN i % 100003 = 30001 THEN '￥12.50' ELSE CAST(CAST(h // 17 % 50000 / 100 AS DECIMAL(18, 2)) AS VARCHAR) END,
                '门店' || lpad(CAST(h // 19 % 120 AS VARCHAR), 3, '0'))
            END FROM (SELECT i, hash(i, {seed}) AS h, {member} AS m FROM range({rows}) AS r(i))"""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(COLUMNS) + "\n")
    with duckdb.connect() as connection:
        body = path.with_suffix(".body")
        connection.execute(
            f"COPY ({query}) TO '{body}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x1f')"
        )
    with path.open("ab") as stream, body.open("rb") as lines:
        while data := lines.read(1 << 24):
            stream.write(data)
    body.unlink()


def rival(folder: Path) -> None:
    """What DuckDB by itself needs, with the types known and dirty rows dropped without a word."""
    types = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
    read = f"read_csv('{folder / 'lines.csv'}', columns = {types}, header = true, ignore_errors = true)"
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"COPY (SELECT * FROM {read}) TO '{folder / 'rival.parquet'}' (FORMAT parquet)")


def ours(folder: Path) -> None:
    """Ingest without the matching of customers and the summing of orders, which `bench identity` measures."""
    engagement = _engagement()
    into = folder / "made"
    (into / "inventory").mkdir(parents=True, exist_ok=True)
    with sql.connect(2, str(into / "spill")) as connection:
        opened, problems = open_sources(engagement, folder, connection)
        assert not problems
        changes, _ = build._fill(connection, engagement, opened)
        set_aside_totals(connection, engagement.sources)
        settle_repeated(connection, opened)
        mended = build._settle(connection, ORDER_LINES, engagement)
        connection.execute(
            "CREATE VIEW named_order_lines AS SELECT *, customer_key AS customer_id FROM rows_order_lines"
        )
        build._write(connection, ORDER_LINES, into, build._columns(ORDER_LINES, opened, engagement))
        frames = {
            "files": account.files_frame(connection, opened),
            "quarantine": account.quarantine_frame(connection, opened),
            "days": account.days_frame(connection, opened),
            "non_data": account.non_data_frame(opened),
            "columns": account.columns_frame(connection, opened, changes),
            "standardised": account.standardised_frame(changes, mended, opened),
        }
        for name, frame in frames.items():
            frame.to_csv(into / "inventory" / f"{name}.csv", index=False)
        write_quarantine(connection, opened, into)


def _engagement() -> Engagement:
    return validate(
        {
            "id": "bench",
            "client": {"name": "Bench", "industry": "retail"},
            "as_of": date(2026, 6, 30),
            "cycles": [{"number": 1, "baseline": date(2026, 3, 31), "start": date(2026, 4, 1)}],
            "sources": [{"name": "pos", "table": "order_lines", "file": "lines.csv"}],
        }
    )


if __name__ == "__main__":
    {"rival": rival, "ours": ours}[sys.argv[1]](Path(sys.argv[2]))
