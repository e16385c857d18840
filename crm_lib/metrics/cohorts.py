"""New customers by the period of their first purchase: who of them is active, and what they bring, in later periods."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics.cover import says_cover
from crm_lib.metrics.purchase_days import derive_due_days, derive_purchase_days

_FOLDER = Path(__file__).parent
_KEYS = ["cohort", "channel", "known_before", "age_months"]


def cohorts(engine: Engine, as_of: date, step: int = 1) -> pd.DataFrame:
    """One row a (cohort, channel, known_before, age_months) that occurs; periods of `step` months (1, or 3: quarters).

    Columns: cohort (month index, year * 12 + month - 1), channel of joining ('' where unknown), known_before (joined
    before the data begin), age_months, active (where payments say until when they pay: bought or covered), first_returns,
    undated, revenue (net).
    """
    _derive_members(engine, as_of, step)
    frame = engine.run(_FOLDER / "cohorts.sql", as_of=as_of, step=step)
    if says_cover(engine):
        frame = _with_cover(engine, frame, as_of, step)
    whole = ["cohort", "known_before", "age_months", "active", "first_returns", "undated"]
    return frame.astype(dict.fromkeys(whole, "int64"))


def first_terms(engine: Engine, as_of: date, repurchase_days: int, step: int = 1) -> pd.DataFrame:
    """One row a (cohort, channel, known_before): customers, decided (whose first term ended `repurchase_days` before
    `as_of` or earlier), renewed (of the decided, those who paid on by `repurchase_days` after its end)."""
    _derive_members(engine, as_of, step)
    derive_due_days(engine)
    frame = engine.run(_FOLDER / "first_terms.sql", as_of=as_of, repurchase_days=repurchase_days)
    return frame.astype(dict.fromkeys(["cohort", "known_before", "customers", "decided", "renewed"], "int64"))


def _derive_members(engine: Engine, as_of: date, step: int) -> None:
    if step not in (1, 3):
        raise ValueError(f"step {step}: a period is a month or a quarter")
    derive_purchase_days(engine)
    engine.derive("cohort_members", _FOLDER / "cohort_members.sql", as_of=as_of, step=step)


def _with_cover(engine: Engine, frame: pd.DataFrame, as_of: date, step: int) -> pd.DataFrame:
    """`frame` with active as those who bought or were covered."""
    if frame.empty:
        return frame
    derive_due_days(engine)
    starts = range(int(frame["cohort"].min()), as_of.year * 12 + as_of.month, step)
    ends = [min(month_start(index + step) - timedelta(days=1), as_of) for index in starts]
    days = {"starts_on": [month_start(index) for index in starts], "ends_on": ends}
    engine.register("cohort_periods", pd.DataFrame({"period": list(starts), **days}).astype({"period": "int64"}))
    found = engine.run(_FOLDER / "cohort_cover.sql")
    others = frame.drop(columns="active").astype(dict.fromkeys(("cohort", "known_before", "age_months"), "int64"))
    found = found.astype(dict.fromkeys(("cohort", "known_before", "age_months"), "int64"))
    both = found.merge(others, on=_KEYS, how="outer").sort_values(_KEYS, ignore_index=True)
    return both.fillna({"active": 0, "first_returns": 0, "undated": 0, "revenue": 0.0})[list(frame.columns)]


def month_start(index: int) -> date:
    """First day of the month with an index."""
    return date(index // 12, index % 12 + 1, 1)
