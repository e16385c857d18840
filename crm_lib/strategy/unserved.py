"""What the diagnosis found and what it set as targets, and no strategy of the plan serves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.metrics import label

MOST_ACTIONS = 2  # of the diagnosis, repeated here; the others by name
# A pain point is served by a strategy that aims at one of these figures; those of key customers by any of the class.
FIGURES = {
    "revenue_fall": {"revenue", "revenue_per_customer", "orders"},
    "repurchase_fall": {"repurchase_rate"},
    "churn_rise": {"churn_rate"},
    "active_fall": {"active_customers"},
    "one_time": {"repurchase_rate", "purchase_frequency"},
    "profile_incomplete": {"profile_completeness"},
    "complaints_rise": {"complaints"},
    "response_slow": {"complaint_first_response_rate"},
    "closing_slow": {"complaint_close_rate"},
    "nps_low": {"nps"},
    "csat_low": {"csat"},
    "campaign_weak": {"campaign_response_rate"},
    "refunds_rise": {"refund_rate"},
}
OF_KEY_CUSTOMERS = ("key_leaving", "key_uncontacted", "concentrated")


def unserved_points(points: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The rows of the handoff `pain_points` that no strategy serves, in their order."""
    aimed = set(plan["metric"])
    core = bool((plan["operating_class"].eq("core") & plan["trigger"].eq("schedule")).any())
    served = [
        core if rule in OF_KEY_CUSTOMERS else bool(FIGURES.get(rule, set()) & aimed) for rule in points["pain_point"]
    ]
    return points[~np.array(served, dtype=bool)].sort_values("rank", ignore_index=True)


def unserved_finding(points: pd.DataFrame, plan: pd.DataFrame) -> Iterator[Finding]:
    """By name, the first with what the diagnosis found and the action that it gave."""
    left = unserved_points(points, plan)
    if not len(left):
        return
    names = [msg(f"diagnosis.rule.{rule}") for rule in left["pain_point"]]
    said = msg("strategy.finding.unserved_do")
    for name, action in zip(names[:MOST_ACTIONS], left["action"], strict=False):
        one = msg("strategy.finding.unserved_action", finding=name, action=Message.from_json(json.loads(action)))
        said = msg("strategy.two_sentences", first=said, second=one)
    if len(left) > MOST_ACTIONS:
        others = msg("strategy.finding.unserved_others", n=len(left) - MOST_ACTIONS)
        said = msg("strategy.two_sentences", first=said, second=others)
    told = [
        msg("strategy.finding.unserved_told", told=Message.from_json(json.loads(one)))
        for one in left["message"].head(MOST_ACTIONS)
    ]
    yield Finding(
        msg(
            "strategy.finding.unserved_all" if len(left) == len(points) else "strategy.finding.unserved",
            n=len(left),
            all=len(points),
            items=Value("list", names),
        ),
        reduce(lambda first, second: msg("strategy.two_sentences", first=first, second=second), told),
        said,
        left["severity"].iloc[0] if left["severity"].iloc[0] in ("high", "medium") else "low",
    )


def unserved_targets(targets: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Targets whose figure no strategy moves in their group; a group in scope, or everybody, may be of any class."""
    pairs = {(row.metric, group) for row in rows(plan) for group in _groups(row)}
    any_class = set(plan["metric"])
    served = [
        (row.metric, row.group_id) in pairs or (row.group_id.startswith("scope:") and row.metric in any_class)
        for row in rows(targets)
    ]
    return targets[~np.array(served, dtype=bool)].reset_index(drop=True)


def _groups(row: Any) -> tuple[str, ...]:
    return ("all",) if row.trigger != "schedule" else ("all", f"class:{row.operating_class}")


def targets_finding(engagement: Engagement, targets: pd.DataFrame, plan: pd.DataFrame) -> Iterator[Finding]:
    left = unserved_targets(targets, plan)
    if not len(left):
        return
    items = [
        msg("strategy.finding.target_of", metric=label(row.metric), group=engagement.group_label(row.group_id))
        for row in rows(left)
    ]
    every = "_all" if len(left) == len(targets) > 1 else ""
    headline = msg(
        f"strategy.finding.targets_unserved{every}", n=len(left), all=len(targets), items=Value("list", items)
    )
    yield Finding(headline, None, msg("strategy.finding.targets_unserved_do"), "medium")
