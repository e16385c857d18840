"""A workbook of 100,000 rows: into our relation against bare calamine, in turn, each in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan, nan
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from crm_lib.paths import PROJECT
from crm_lib.run.measure_process import cost

ROWS = 100_000
TARGET = 1.5  # ours takes at most so many times bare calamine
WAYS = ("ours", "calamine")
_HEADER = ("单号", "行号", "会员号", "手机", "下单时间", "商品", "品类", "数量", "金额", "门店")
_COLUMNS = {"order_id": "单号", "ordered_at": "下单时间", "customer_key": "会员号", "amount": "金额"}
_SEED = 20260630


@dataclass(frozen=True)
class Measured:
    """One reading: seconds without the imports, and the peak of the memory [MB] with the child's."""

    way: str
    rows: int
    seconds: float
    rss: float


def workbook(rounds: int) -> list[Measured]:
    """Readings of a new workbook, a round of every way at a time. Memory is watched in a round of its own, first, which
    also warms the disk."""
    with TemporaryDirectory(prefix="crm-bench-") as folder:
        path = Path(folder) / "orders.xlsx"
        write(path, ROWS)
        peaks = {way: _measure(way, path, nan).rss for way in WAYS}
        return [_measure(way, path, peaks[way]) for _ in range(rounds) for way in WAYS]


def write(path: Path, rows: int) -> None:
    """Order lines of ten columns: texts, whole numbers, amounts and moments; one telephone number in five is not known."""
    import xlsxwriter

    random = Random(_SEED)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet("订单")
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page.write_row(0, 0, _HEADER)
        for row in range(1, rows + 1):
            phone = 13_000_000_000 + random.randrange(10**9) if random.random() < 0.8 else None
            page.write_row(row, 0, (f"A{row // 2:08d}", row % 2 + 1, f"M{random.randrange(10**6):07d}", phone))
            page.write_datetime(row, 4, datetime(2025, 1, 1) + timedelta(seconds=random.randrange(3 * 10**7)), moment)
            page.write_row(row, 5, (f"SKU{random.randrange(5000)}", random.choice(("茶", "咖啡", "酒"))))
            page.write_row(row, 7, (random.randrange(1, 9), random.randrange(100, 90_000) / 100, "上海一店"))


def _measure(way: str, path: Path, rss: float) -> Measured:
    """Time is taken in the process; memory of it and its child, where it is not known, from outside."""
    told = path.with_suffix(".json")
    command = [sys.executable, "-P", "-m", "crm_lib.run.bench_workbook", way, str(path), str(told)]
    watched = cost(command, os.environ, PROJECT, watched=isnan(rss))
    read = json.loads(told.read_text())
    return Measured(way, read["rows"], read["seconds"], round(watched.rss, 1) if isnan(rss) else rss)


def _ours(path: Path) -> Callable[[], int]:
    from crm_lib.engagement import Source
    from crm_lib.ingest import sql
    from crm_lib.ingest.load import load

    source = Source(name="orders", table="order_lines", file=path.name, columns=_COLUMNS)

    def read() -> int:
        with sql.connect() as connection:
            (file,) = load(source, path.parent, connection)
            return sql.one(connection, f"SELECT COUNT(*) FROM {file.relation}")

    return read


def _calamine(path: Path) -> Callable[[], int]:
    from python_calamine import CalamineWorkbook

    return lambda: len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()) - 1


_READERS: Mapping[str, Callable[[Path], Callable[[], int]]] = {"ours": _ours, "calamine": _calamine}


def main(way: str, path: str, told: str) -> None:
    """Read once and write the rows and seconds."""
    read = _READERS[way](Path(path))
    began = time.perf_counter()
    rows = read()
    Path(told).write_text(json.dumps({"rows": rows, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
