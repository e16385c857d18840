"""Accounts of ingest by hand: one or several sources, as small as a test wants them."""

from typing import Any

import pandas as pd

from crm_lib.engagement import validate
from crm_lib.ingest.account import FRAMES


def label(name: str) -> dict[str, str]:
    return {"zh": f"来源{name}", "en": f"Source {name}"}


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(FRAMES[name]) if name in FRAMES else None)


def file_row(source: str, table: str = "order_lines", **counts: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(FRAMES["files"], 0)
    row |= {"source": source, "label": label(source), "table": table, "file": f"{source}.csv", "format": "csv"}
    return row | {"encoding": "gbk", "newest": pd.NaT, "rows_read": 10, "accepted": 10} | counts


def column_row(source: str, table: str, column: str, filled: int = 10, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"source": source, "label": label(source), "table": table, "column": column}
    row |= {"header": f"their {column}", "constant": None, "type": "VARCHAR", "rows": 10, "filled": filled}
    return row | {"distinct": filled, "invalid": 0, "completeness": filled / 10} | more


def account(**given: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """Every frame, empty where it is not given."""
    return {name: frame(name, given.get(name, [])) for name in {*FRAMES, *given}}


def engagement(sources: list[dict[str, Any]], **more: Any):
    data: dict[str, Any] = {
        "id": "x",
        "client": {"name": "X", "industry": "retail"},
        "as_of": "2026-03-31",
        "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}],
        "sources": sources,
    }
    return validate(data | more)
