"""The plan of phase 3 as monitoring reads it."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Engagement


def read_plan(engagement: Engagement, strategy_plan: pd.DataFrame) -> pd.DataFrame:
    """strategy_plan with every_days: the engagement's interval, else from customers and contacts a week."""
    known = {strategy.id: strategy.every_days for strategy in engagement.strategies}
    contacts = strategy_plan["contacts_per_week"]
    derived = (strategy_plan["customers"] * 7 / contacts.where(contacts > 0)).round()
    return strategy_plan.assign(every_days=strategy_plan["strategy"].map(known).astype("float64").fillna(derived))
