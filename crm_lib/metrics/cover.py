"""Until when customers have paid (a plan, membership, course, contract), and how long they have been silent since."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine

RARE = 0.05
_SQL = Path(__file__).with_name("cover.sql")


def says_cover(engine: Engine) -> bool:
    """Whether any order says through which day it pays."""
    return engine.has("orders") and bool(engine.fact("SELECT COUNT(paid_until) AS n FROM orders")["n"].iloc[0])


def longest_usual_term_days(engine: Engine) -> int:
    """The shortest length of which all longer terms together make at most `RARE` of the time paid for; 0 without terms.

    What was bought so long before the data begin no longer counts for who is covered.
    """
    query = (
        "SELECT date_diff('day', ordered_on, paid_until) + 1 AS days, COUNT(*) AS n FROM orders "
        "WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL AND paid_until >= ordered_on "
        "GROUP BY date_diff('day', ordered_on, paid_until) + 1 ORDER BY days"
    )
    terms = engine.fact(query).astype("int64")
    time = (terms["days"] * terms["n"]).cumsum()
    return int(terms["days"][time >= (1 - RARE) * time.max()].min()) if len(terms) else 0


def covered_until(engine: Engine, ids: pd.Series, as_of: date) -> pd.Series:
    """Last day paid for by each customer's purchases up to `as_of`; NaT without one. Rows as in `ids`.

    A customer is covered on `as_of` where it is that day or later.
    """
    if not says_cover(engine):
        return pd.Series(pd.NaT, ids.index, dtype="datetime64[us]")
    found = engine.run(_SQL, as_of=as_of).set_index("customer_id")["covered_until"]
    return pd.Series(found.reindex(ids).to_numpy(), ids.index).astype("datetime64[us]")


def derive_cover(engine: Engine, as_of: date) -> None:
    """Make table covered (customer_id, covered_until) readable where any payment says until when."""
    if says_cover(engine):
        engine.derive("covered", _SQL, as_of=as_of)


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
