"""The scope: customer groups by rule, with counts, revenue, share and overlap."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import capped_by_cover

_SQL = Path(__file__).with_name("scope_measures.sql")


def scope_members(engine: Engine, engagement: Engagement, baseline: date) -> pd.DataFrame:
    """[group_id, customer_id] by the engagement's scope rules, fixed at baseline; 'scope:<id>', by rule and customer.

    A customer without the measure (no purchase, no answer) belongs to no group by it.
    """
    measured = {
        window: _measures(engine, baseline, window) for window in {rule.window_days for rule in engagement.scope}
    }
    found = [pd.DataFrame({"group_id": [], "customer_id": []}, dtype="str")]
    for rule in engagement.scope:
        values = measured[rule.window_days][rule.measure]
        inside = values.notna() & (values >= (-np.inf if rule.at_least is None else rule.at_least))
        inside &= values <= (np.inf if rule.at_most is None else rule.at_most)
        customers = measured[rule.window_days].loc[inside, "customer_id"]
        found.append(pd.DataFrame({"group_id": f"scope:{rule.id}", "customer_id": customers}))
    return pd.concat(found, ignore_index=True)


def _measures(engine: Engine, baseline: date, window_days: int) -> pd.DataFrame:
    found = engine.run(_SQL, known=baseline, window_start=baseline - timedelta(days=window_days))
    recency = capped_by_cover(engine, found["customer_id"], found["recency_days"], baseline)
    return found.assign(recency_days=recency)


def scope_groups(
    engagement: Engagement, members: pd.DataFrame, customers: pd.DataFrame, revenue: float
) -> pd.DataFrame:
    """[group (Message), customers, share, revenue, revenue_share, revenue_per_customer]: revenue of the last 365 days
    of the group's customers; shares of all customers and of `revenue`, that of all orders of these days."""
    everyone = len(customers)
    spent = members.merge(customers[["customer_id", "revenue_year"]], on="customer_id", how="left")
    rows = []
    for rule in engagement.scope:
        own = spent[spent["group_id"].eq(f"scope:{rule.id}")]
        rows.append(
            {
                "group": rule.label.message,
                "customers": len(own),
                "share": len(own) / everyone if everyone else np.nan,
                "revenue": own["revenue_year"].sum(),
                "revenue_share": own["revenue_year"].sum() / revenue if revenue > 0 else np.nan,
                "revenue_per_customer": own["revenue_year"].mean() if len(own) else np.nan,
            }
        )
    return pd.DataFrame(
        rows, columns=["group", "customers", "share", "revenue", "revenue_share", "revenue_per_customer"]
    )


def scope_overlap(engagement: Engagement, members: pd.DataFrame) -> pd.DataFrame:
    """[group, other (Messages), customers, share]: customers of `group` who are also in `other`, and their share."""
    sets = {
        rule.id: set(members.loc[members["group_id"].eq(f"scope:{rule.id}"), "customer_id"])
        for rule in engagement.scope
    }
    labels = {rule.id: rule.label.message for rule in engagement.scope}
    rows = [
        {
            "group": labels[one],
            "other": labels[other],
            "customers": len(sets[one] & sets[other]),
            "share": len(sets[one] & sets[other]) / len(sets[one]) if sets[one] else np.nan,
        }
        for one in sets
        for other in sets
        if one != other
    ]
    return pd.DataFrame(rows, columns=["group", "other", "customers", "share"])


def scope_note(engagement: Engagement, baseline: date) -> Message:
    """When the groups were fixed, and whether one customer may be in several."""
    return msg(
        "diagnosis.note.scope" if engagement.scope else "diagnosis.note.no_scope", baseline=Value("date", baseline)
    )
