"""Complaints made before the start that nobody has closed: no rate of the cycle counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.closings_recorded import closings
from crm_lib.review.windows import Windows


@dataclass(frozen=True)
class Unclosed:
    n: int
    oldest: date


def unclosed(engine: Engine, found: Windows) -> Unclosed | None:
    """None without any, or where the tickets do not say when they were closed."""
    if not engine.has("tickets") or not closings(engine, found.last).recorded:
        return None
    query = (
        "SELECT COUNT(closed_at) AS closed, SUM(CASE WHEN CAST(opened_at AS DATE) < CAST($start AS DATE)"
        " AND closed_at IS NULL THEN 1 ELSE 0 END) AS n,"
        " MIN(CASE WHEN closed_at IS NULL THEN CAST(opened_at AS DATE) END) AS oldest"
        " FROM tickets WHERE kind = 'complaint'"
    )
    row = engine.sql(query, start=found.start).iloc[0]
    if not row["closed"] or pd.isna(row["n"]) or not row["n"]:
        return None
    return Unclosed(int(row["n"]), pd.Timestamp(row["oldest"]).date())
