"""The figures at the top of the document."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Message, Value, msg


def headline(
    profile: pd.DataFrame, plan: pd.DataFrame, capacity: pd.DataFrame, weeks: pd.DataFrame, bands: pd.DataFrame
) -> list[tuple[Message, Value, Value | None, Message | None, str]]:
    """(label, value, change, what the change is, status) of five figures."""
    filled = int((profile["customers"] > 0).sum())
    covered = int(plan.loc[plan["customers"] > 0, "operating_class"].nunique())
    contacted = int(plan["customers"].sum())
    contacts, limit = float(plan["contacts_per_week"].sum()), capacity["capacity"].sum(min_count=1)
    load = Value("percent", None if pd.isna(limit) or limit <= 0 else contacts / float(limit), name="load.all")
    above = int((capacity["status"] == "bad").sum())
    overflow, due = int(weeks["overflow"].sum()), int(weeks["due_contacts"].sum())
    at_risk = Value("money_short", float(bands["value_at_risk"].sum()), name="value_at_risk")
    return [
        (msg("strategy.headline.contacted"), Value("int", contacted, name="contacted"), None, None, ""),
        (
            msg("strategy.headline.classes"),
            Value("int", covered, base=filled, name="classes_covered"),
            Value("int", filled),
            msg("strategy.headline.of_classes"),
            "good" if covered == filled else "bad",
        ),
        (
            msg("strategy.headline.contacts"),
            Value("float", round(contacts, 1), name="contacts_per_week"),
            load,
            msg("strategy.headline.of_capacity"),
            "",
        ),
        (
            msg("strategy.headline.above"),
            Value("int", above, name="owners_above"),
            Value("int", overflow, name="overflow"),
            msg("strategy.headline.overflow", due=due),
            "bad" if above else "good",
        ),
        (msg("strategy.headline.at_risk"), at_risk, None, None, ""),
    ]
