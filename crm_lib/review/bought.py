"""Purchases of listed customers in spans of their own: the base of drift and of effects."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.review.windows import Span

_SQL = Path(__file__).with_name("bought.sql")
COLUMNS = ["unit", "customer_id", "purchases", "revenue", "margin", "margin_revenue"]


def bought(engine: Engine, listed: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS (revenue and margin net of refunds) of `listed` [unit, customer_id, starts_on, ends_on], one row each.

    A unit and customer is listed once. Sorted by unit and customer_id.
    """
    if not len(listed):
        return pd.DataFrame(columns=COLUMNS)
    days = {name: pd.to_datetime(listed[name]).dt.date.astype(object) for name in ("starts_on", "ends_on")}
    engine.register("review_spans", pd.DataFrame({name: listed[name] for name in COLUMNS[:2]} | days))
    return engine.run(_SQL)


def in_span(engine: Engine, groups: pd.DataFrame, span: Span) -> pd.DataFrame:
    """The members of `groups` [group_id, customer_id] with purchases and revenue in one span: unit is the group."""
    listed = groups[["group_id", "customer_id"]].drop_duplicates().rename(columns={"group_id": "unit"})
    return bought(engine, listed.assign(starts_on=span.starts_on, ends_on=span.ends_on))
