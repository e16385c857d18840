"""Chart titles: each says what the data show, whichever way they point."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import span_words
from crm_lib.monitoring.alerts import target_label
from crm_lib.monitoring.events import STATES
from crm_lib.monitoring.ledger import mixed_kinds
from crm_lib.monitoring.words import deviation_words, figure


def path_title(engagement: Engagement, row: Any) -> Message:
    """Of one target, from its reading."""
    given: dict[str, Any] = {"target": target_label(engagement, row.target_id), "goal": figure(row.metric, row.target)}
    if not pd.isna(row.value):
        given |= {"period": span_words(row), "actual": figure(row.metric, row.value, row)}
        given |= {"expected": figure(row.metric, row.expected), "deviation": deviation_words(row)}
    return msg(f"monitoring.title.path_{'unmeasured' if pd.isna(row.value) else row.standing}", **given)


def weeks_title(weeks: pd.DataFrame) -> Message:
    planned = int(weeks["planned"].sum())
    if not planned:
        return msg("monitoring.title.weeks_none")
    return msg(
        "monitoring.title.weeks",
        weeks=len(weeks),
        planned=planned,
        done=int(weeks["done"].sum()),
        share=Value("percent", float(weeks["done"].sum()) / planned, base=planned),
        last=Value("percent", float(weeks["done"].iloc[-1]) / max(int(weeks["planned"].iloc[-1]), 1)),
        backlog=int(weeks["backlog"].iloc[-1]),
    )


def owners_title(engagement: Engagement, owners: pd.DataFrame, floor: float) -> Message:
    if not len(owners):
        return msg("monitoring.title.owners_none")
    row = next(rows(owners))
    given: dict[str, Any] = {
        "owner": engagement.owner_label(row.owner),
        "share": Value("percent", float(row.completion), base=int(row.planned)),
        "floor": Value("percent", floor),
        "owners": len(owners),
    }
    behind = int((owners["completion"] < floor).sum())
    if behind:
        return msg("monitoring.title.owners_behind", behind=behind, **given)
    return msg("monitoring.title.owners_fine", **given)


def answers_title(answers: pd.DataFrame, smallest: int) -> Message:
    known = answers[answers["enough"]].sort_values(["share", "strategy"], ascending=[False, True])
    if not len(known):
        return msg("monitoring.title.answers_none", smallest=smallest)
    first, *others = list(rows(known))
    given: dict[str, Any] = {"first": first.name, "rate": _rate(first)}
    if not others:
        return msg("monitoring.title.answers_one", **given)
    given |= {"last": others[-1].name, "last_rate": _rate(others[-1])}
    if mixed_kinds(known):
        return msg("monitoring.title.answers_mixed", **given)
    return msg("monitoring.title.answers" if first.low > others[-1].high else "monitoring.title.answers_even", **given)


def _rate(row: Any) -> Value:
    return Value("percent", float(row.share), base=int(row.contacts), low=float(row.low), high=float(row.high))


def outcomes_title(outcomes: pd.DataFrame, interactions: pd.DataFrame) -> Message:
    """How many of our interactions were answered, where the data tell answers at all."""
    contacts = int(outcomes["contacts"].sum())
    if not contacts:
        return msg("monitoring.title.outcomes_none")
    if not interactions["judged"].eq(1).any():
        reached = int(outcomes.loc[outcomes["outcome"].eq("reached"), "contacts"].sum())
        return msg("monitoring.title.outcomes_untold", contacts=contacts, reached=reached)
    answered = int(outcomes.loc[outcomes["outcome"].isin(["responded", "converted"]), "contacts"].sum())
    if not answered:
        return msg("monitoring.title.outcomes_unanswered", contacts=contacts)
    converted = int(outcomes.loc[outcomes["outcome"] == "converted", "contacts"].sum())
    return msg(
        "monitoring.title.outcomes",
        contacts=contacts,
        answered=Value("percent", answered / contacts, base=contacts),
        converted=Value("percent", converted / contacts, base=contacts),
    )


def events_title(weekly: pd.DataFrame, alerts: pd.DataFrame) -> Message:
    """Of the events by week; the rules that judge how things stand have no day of their own and are counted apart."""
    states = int(alerts["rule"].isin(STATES).sum())
    if not len(weekly):
        return msg("monitoring.title.events_states" if states else "monitoring.title.events_none", states=states)
    sums = weekly.groupby("week", as_index=False).agg({"events": "sum"})
    rules = (
        weekly.groupby("rule")["events"].sum().reset_index().sort_values(["events", "rule"], ascending=[False, True])
    )
    most = next(rows(rules))
    peak = sums[sums["events"] == sums["events"].max()]
    return msg(
        "monitoring.title.events_both" if states else "monitoring.title.events",
        events=int(sums["events"].sum()),
        rule=msg(f"monitoring.rule.{most.rule}"),
        n=int(most.events),
        peak=msg(
            "monitoring.peak.week" if len(peak) == 1 else "monitoring.peak.weeks",
            week=Value("week", peak["week"].iloc[0]),
            n=int(peak["events"].iloc[0]),
        ),
        states=states,
    )
