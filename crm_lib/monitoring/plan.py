"""The plan of phase 3 as monitoring reads it."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import objects


def read_plan(engagement: Engagement, strategy_plan: pd.DataFrame) -> pd.DataFrame:
    """strategy_plan with every_days (the engagement's interval, else from customers and contacts a week) and agreed:
    whether the engagement states the strategy; the others are phase 3's proposals, which nobody can be late with."""
    known = {strategy.id: strategy.every_days for strategy in engagement.strategies}
    contacts = strategy_plan["contacts_per_week"]
    derived = (strategy_plan["customers"] * 7 / contacts.where(contacts > 0)).round()
    every = strategy_plan["strategy"].map(known).astype("float64").fillna(derived)
    return strategy_plan.assign(every_days=every, agreed=strategy_plan["strategy"].isin(list(known)))


def agreed(plan: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame with `strategy` that are of agreed strategies."""
    return frame[frame["strategy"].isin(plan.loc[plan["agreed"], "strategy"])].reset_index(drop=True)


def proposed_table(engagement: Engagement, plan: pd.DataFrame, contact_plan: pd.DataFrame) -> pd.DataFrame:
    """The proposals as planned: strategy, owner (Messages), customers, every_days, contacts_per_week, contacts (of the
    whole cycle), first (Monday)."""
    mine = plan[~plan["agreed"]].reset_index(drop=True)
    due = (
        contact_plan[contact_plan["contacts"] > 0].groupby("strategy").agg(first=("week", "min"), n=("contacts", "sum"))
    )
    return mine[["customers", "every_days"]].assign(
        strategy=objects(engagement.strategy_label(one) for one in mine["strategy"]),
        owner=objects(engagement.owner_label(one or None) for one in mine["owner"]),
        contacts_per_week=mine["contacts_per_week"].round().astype("int64"),
        contacts=mine["strategy"].map(due["n"]).fillna(0).astype("int64"),
        first=mine["strategy"].map(due["first"]),
    )
