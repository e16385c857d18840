"""New customers by the period of their first purchase: who of them is active, and what they bring, in later periods."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.purchase_days import derive_purchase_days

_SQL = Path(__file__).with_name("cohorts.sql")


def cohorts(engine: Engine, as_of: date, step: int = 1) -> pd.DataFrame:
    """One row a (cohort, channel, known_before, age_months) that occurs; periods of `step` months (1, or 3: quarters).

    Columns: cohort (month index, year * 12 + month - 1), channel of joining ('' where unknown), known_before (joined
    before the data begin), age_months, active, first_returns, undated, revenue (net).
    """
    if step not in (1, 3):
        raise ValueError(f"step {step}: a period is a month or a quarter")
    derive_purchase_days(engine)
    frame = engine.run(_SQL, as_of=as_of, step=step)
    whole = ["cohort", "known_before", "age_months", "active", "first_returns", "undated"]
    return frame.astype(dict.fromkeys(whole, "int64"))


def month_start(index: int) -> date:
    """First day of the month with an index."""
    return date(index // 12, index % 12 + 1, 1)
