"""The figures at the top of the document."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Message, Value, msg
from crm_lib.strategy.words import consent


def headline(
    profile: pd.DataFrame,
    plan: pd.DataFrame,
    capacity: pd.DataFrame,
    weeks: pd.DataFrame,
    bands: pd.DataFrame,
    listed: pd.DataFrame,
) -> list[tuple[Message, Value, str]]:
    """(label, value, status) of six figures; `listed`: the customers on the strategies' lists, each once."""
    filled = int((profile["customers"] > 0).sum())
    covered = int(plan.loc[plan["customers"] > 0, "operating_class"].nunique())
    contacts, limit = float(plan["contacts_per_week"].sum()), capacity["capacity"].sum(min_count=1)
    load = Value("percent", None if pd.isna(limit) or limit <= 0 else contacts / float(limit), name="load.all")
    busy = capacity[capacity["contacts_per_week"] > 0]
    known = not len(busy) or bool((busy["status"] != "unknown").any())
    above = int((capacity["status"] == "bad").sum()) if known else None
    overflow, due = (int(weeks["overflow"].sum()) if known else None), int(weeks["due_contacts"].sum())
    reachable, unverified = int(profile["reachable"].sum()), int(listed["consent_unknown"].sum())
    nobody = consent(unverified, len(listed)) == "unknown"
    unasked = consent(int(profile["unverified"].sum()), reachable) == "unknown"
    at_risk = Value("money_short", float(bands["value_at_risk"].sum()), name="value_at_risk")
    return [
        (
            msg("strategy.headline.contacted_unknown", reachable=reachable)
            if nobody
            else msg("strategy.headline.contacted", reachable=reachable, unverified=unverified),
            Value("int", len(listed), name="contacted"),
            "watch" if unverified else "",
        ),
        (
            msg("strategy.headline.classes", filled=filled),
            Value("int", covered, name="classes_covered"),
            "" if covered == filled else "watch",
        ),
        (
            msg(
                "strategy.headline.contacts" if load.value is not None else "strategy.headline.contacts_only", load=load
            ),
            Value("int", round(contacts), name="contacts_per_week"),
            "",
        ),
        (msg("strategy.headline.above"), Value("int", above, name="owners_above"), _status(above)),
        (msg("strategy.headline.overflow", due=due), Value("int", overflow, name="overflow"), ""),
        (msg(f"strategy.headline.at_risk{'_unknown' if unasked else ''}"), at_risk, ""),
    ]


def _status(above: int | None) -> str:
    if above is None:
        return "unknown"
    return "watch" if above else ""
