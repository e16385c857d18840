"""Small engagements on disk: real files through the whole of prepare."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from crm_lib.engagement import Engagement, validate
from crm_lib.run.prepare import inventory, prepare

ORDERS = {"name": "pos", "table": "order_lines", "file": "pos.csv"}
MEMBERS = {"name": "members", "table": "customers", "file": "members.csv"}


def engagement(*sources: Mapping[str, Any], **more: Any) -> Engagement:
    return validate(
        {
            "id": "shop",
            "client": {"name": "Shop", "industry": "retail"},
            "as_of": date(2026, 6, 30),
            "cycles": [{"number": 1, "baseline": date(2026, 3, 31), "start": date(2026, 4, 1)}],
            "sources": [dict(source) for source in sources],
            **more,
        }
    )


def text_of(rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(rows).encode(encoding))


def canonical(folder: Path, *sources: Mapping[str, Any], **more: Any) -> Path:
    return prepare(folder, engagement(*sources, **more))


def table(canonical_folder: Path, name: str) -> pd.DataFrame:
    return duckdb.sql(f"SELECT * FROM read_parquet('{canonical_folder / name}.parquet')").df()


def rows(canonical_folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query in which {orders} stands for orders.parquet and so on."""
    files = {path.stem: f"read_parquet('{path}')" for path in canonical_folder.glob("*.parquet")}
    return duckdb.sql(query.format(**files)).fetchall()


def account(canonical_folder: Path) -> pd.DataFrame:
    return inventory(canonical_folder)["files"]


def set_aside(canonical_folder: Path, source: str) -> list[dict[str, Any]]:
    """The quarantine of a source: file, line, reason, column, row (parsed)."""
    path = canonical_folder.parents[1] / "quarantine" / canonical_folder.name / f"{source}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row | {"row": json.loads(row["row"])} for row in csv.DictReader(stream)]
