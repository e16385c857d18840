"""Until when customers have paid (a plan, membership, course, contract), and how long they have been silent since."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine

_SQL = Path(__file__).with_name("cover.sql")


def says_cover(engine: Engine) -> bool:
    """Whether any order says through which day it pays."""
    return engine.has("orders") and bool(engine.fact("SELECT COUNT(paid_until) AS n FROM orders")["n"].iloc[0])


def covered_until(engine: Engine, ids: pd.Series, as_of: date) -> pd.Series:
    """Last day paid for by each customer's purchases up to `as_of`; NaT without one. Rows as in `ids`.

    A customer is covered on `as_of` where it is that day or later.
    """
    if not says_cover(engine):
        return pd.Series(pd.NaT, ids.index, dtype="datetime64[us]")
    found = engine.run(_SQL, as_of=as_of).set_index("customer_id")["covered_until"]
    return pd.Series(found.reindex(ids).to_numpy(), ids.index).astype("datetime64[us]")


def silent_since(last_on: pd.Series, until: pd.Series) -> pd.Series:
    """The later of the last purchase and the end of cover; NaT where neither is known."""
    return last_on.where(until.isna() | (last_on >= until), until)


def silent_days(last_on: pd.Series, until: pd.Series, as_of: date) -> pd.Series:
    """Days from `silent_since` to `as_of`; 0 for who is covered, NaN without a purchase."""
    return (pd.Timestamp(as_of) - silent_since(last_on, until)).dt.days.clip(lower=0)


def capped_by_cover(engine: Engine, ids: pd.Series, recency_days: pd.Series, as_of: date) -> pd.Series:
    """`recency_days`, or the days since the end of cover where these are fewer: 0 for who is covered on `as_of`."""
    if not says_cover(engine):
        return recency_days
    ended = (pd.Timestamp(as_of) - covered_until(engine, ids, as_of)).dt.days.clip(lower=0)
    return recency_days.astype("float64").where(ended.isna() | (recency_days <= ended), ended)
