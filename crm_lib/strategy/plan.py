"""The interaction strategy table: who is contacted, how, how often, by whom, and to move which figure."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.strategy.baselines import aims
from crm_lib.strategy.channels import channel_order
from crm_lib.strategy.preset_channels import preset_channels
from crm_lib.strategy.proposals import by_complaint, is_proposed
from crm_lib.strategy.queries import TRIGGER_DAYS, run


def members(engine: Engine, strategies: Sequence[Strategy], customers: pd.DataFrame) -> pd.DataFrame:
    """Who is contacted under each strategy, first by value at risk, then by past spend: strategy, customer_id.

    Of the reachable customers of the class, by SMS and phone alone those with a number, by e-mail alone those with an address, the strategy's coverage (rounded). Strategies of one class take
    customers that no other of its strategies has, in the order of the engagement, and share them only when all are taken.
    A strategy set off by complaints has no list: whom it reaches is not known beforehand.
    """
    order = ["value_at_risk", "past_spend", "customer_id"]
    ranked = customers[customers["reachable"]].sort_values(order, ascending=[False, False, True])
    taken: dict[str, float] = {}
    parts = [pd.DataFrame({"strategy": pd.Series(dtype="str"), "customer_id": pd.Series(dtype="str")})]
    for strategy in (one for one in strategies if not by_complaint(engine, one)):
        mine = (ranked["operating_class"] == strategy.operating_class) & _answerable(ranked, strategy.channels)
        ids = ranked.loc[mine, "customer_id"].to_numpy(dtype=object)
        before = taken.get(strategy.operating_class, 0.0)
        first, last = (int(np.floor(len(ids) * share + 0.5)) for share in (before, before + strategy.coverage))
        places = np.sort(np.arange(first, last) % max(len(ids), 1))
        taken[strategy.operating_class] = before + strategy.coverage
        parts.append(pd.DataFrame({"strategy": strategy.id, "customer_id": ids[places]}))
    return pd.concat(parts, ignore_index=True).astype("str")


_NEEDS = {"sms": "has_phone", "phone": "has_phone", "email": "has_email"}


def _answerable(customers: pd.DataFrame, channels: Sequence[str]) -> pd.Series:
    """Who has what any of the channels needs; everybody where one of them needs neither number nor address."""
    needed = {_NEEDS.get(channel, "") for channel in channels} or {""}
    if "" in needed:
        return pd.Series(True, customers.index)
    return customers[sorted(needed)].any(axis=1)


def plan(
    engine: Engine,
    engagement: Engagement,
    strategies: Sequence[Strategy],
    customers: pd.DataFrame,
    members: pd.DataFrame,
    responses: pd.DataFrame,
    purchases: pd.DataFrame,
    targets: pd.DataFrame,
) -> pd.DataFrame:
    """One row a strategy, classes in their order, then as the engagement lists them.

    Columns: strategy, label, operating_class, reachable (customers we may contact), customers (contacted), mode,
    channels (list of codes), channel_source, trigger, every_days, coverage, contacts_per_week (customers x 7 / every_days;
    by complaint: those closed a week in the 13 weeks before), owner, metric, baseline, low, high, base, target, proposed.
    """
    contacted = members.groupby("strategy").size()
    reachable = customers[customers["reachable"]].groupby("operating_class").size()
    presets, rows = preset_channels(engine, engagement), []
    closed = closed_complaints_a_week(engine, engagement) or 0.0
    for strategy in sorted(strategies, key=lambda one: OPERATING_CLASSES.index(one.operating_class)):
        channels, source = channel_order(strategy, responses, purchases, presets)
        n = int(contacted.get(strategy.id, 0))
        triggered = by_complaint(engine, strategy)
        rows.append(
            {
                "strategy": strategy.id,
                "label": strategy.label.message,
                "operating_class": strategy.operating_class,
                "reachable": int(reachable.get(strategy.operating_class, 0)),
                "customers": n,
                "mode": strategy.mode.message,
                "channels": channels,
                "channel_source": source,
                "trigger": strategy.trigger if triggered else "schedule",
                "every_days": strategy.every_days,
                "coverage": strategy.coverage,
                "contacts_per_week": closed if triggered else n * 7 / strategy.every_days,
                "owner": strategy.owner,
                "metric": strategy.metric,
                "proposed": is_proposed(strategy),
            }
        )
    frame = pd.DataFrame(rows, columns=PLAN_COLUMNS)
    return frame.join(aims(engine, engagement, strategies, customers, targets).set_index("strategy"), on="strategy")


PLAN_COLUMNS = [
    "strategy",
    "label",
    "operating_class",
    "reachable",
    "customers",
    "mode",
    "channels",
    "channel_source",
    "trigger",
    "every_days",
    "coverage",
    "contacts_per_week",
    "owner",
    "metric",
    "proposed",
]


def closed_complaints_a_week(engine: Engine, engagement: Engagement) -> float | None:
    """Complaints closed a week in the 13 weeks up to the baseline; None without tickets."""
    if not engine.has("tickets"):
        return None
    return float(run(engine, engagement, "closed_complaints")["complaints"].iloc[0]) * 7 / TRIGGER_DAYS


def plan_handoff(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan as handoff `strategy_plan`; mode is the message as JSON, channels are joined by commas."""
    return pd.DataFrame(
        {
            "strategy": plan["strategy"],
            "operating_class": plan["operating_class"],
            "customers": plan["customers"],
            "mode": [json.dumps(mode.to_json(), ensure_ascii=False) for mode in plan["mode"]],
            "channels": [",".join(channels) for channels in plan["channels"]],
            "contacts_per_week": plan["contacts_per_week"],
            "owner": plan["owner"],
            "target_metric": plan["metric"],
            "target_value": plan["target"],
        }
    )
