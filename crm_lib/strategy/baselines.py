"""The figure that each strategy is to move: where it stands at baseline, and where it is to stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, kpis, months, months_words, pooled
from crm_lib.strategy.proposals import by_complaint
from crm_lib.strategy.words import by_rule, figure_words


def aims(
    engine: Engine,
    engagement: Engagement,
    strategies: Sequence[Strategy],
    customers: pd.DataFrame,
    targets: pd.DataFrame,
) -> pd.DataFrame:
    """strategy, baseline, low, high, base, target of each strategy's metric among its class.

    Phase 1's baseline and target where it has the same metric and class, else the last three months measured; the
    target is the one that the strategy states, else phase 1's (NaN where there is none).
    """
    of_class = targets.assign(key=targets["metric"] + " " + targets["group_id"]).drop_duplicates("key").set_index("key")
    measured = _measured(engine, engagement, strategies, customers)
    found = []
    for strategy in strategies:
        key = f"{strategy.metric} {group_of(engine, strategy)}"
        row: dict[str, Any] = {"strategy": strategy.id, **measured.get(key, _UNKNOWN)}
        if by_rule(strategy.operating_class, strategy.metric):
            row |= _UNKNOWN
        if key in of_class.index:
            row |= _aimed(of_class.loc[key], engagement, row["baseline"])
        found.append(row | ({"target": strategy.target} if strategy.target is not None else {}))
    columns = {"strategy": "str", "base": "Int64", **dict.fromkeys(("baseline", "low", "high", "target"), "float64")}
    return pd.DataFrame(found, columns=list(columns)).astype(columns)


def group_of(engine: Engine, strategy: Strategy) -> str:
    """Whose figure the strategy moves: its class's, everybody's where closed complaints set it off."""
    return "all" if by_complaint(engine, strategy) else f"class:{strategy.operating_class}"


POOLED_DAYS = 130  # three whole months lie in so many days


def _aimed(known: Any, engagement: Engagement, measured: float | None) -> dict[str, Any]:
    """Phase 1's baseline with its interval, and its target; both from what was measured where it had no classes yet."""
    if not pd.isna(known["baseline"]):
        found = {"baseline": known["baseline"], "low": known["baseline_low"], "high": known["baseline_high"]}
        base = {} if known["baseline"] == measured else {"base": None}
        return {**found, **base, "target": known["target"]}
    change = next((target.change for target in engagement.targets if target.id == known["target_id"]), None)
    level = measured * (1 + change) if change is not None and measured is not None else None
    return {"target": level if pd.isna(known["target"]) else known["target"]}


_UNKNOWN: dict[str, float | int | None] = {"baseline": None, "low": None, "high": None, "base": None, "target": None}


def aim_periods(
    engine: Engine, engagement: Engagement, strategies: Sequence[Strategy], customers: pd.DataFrame
) -> Message | None:
    """In which months each strategy's baseline was measured, and on how many; None where none could be."""
    found = _measured(engine, engagement, strategies, customers)
    said = [
        msg(
            "strategy.aim_period",
            strategy=strategy.label.message,
            metric=figure_words(strategy.metric, by_complaint(engine, strategy)),
            span=months_words(known["first"], known["last"]),
            n=Value("int", known["base"]),
        )
        for strategy in strategies
        if (known := found.get(f"{strategy.metric} {group_of(engine, strategy)}")) is not None
        and not by_rule(strategy.operating_class, strategy.metric)
    ]
    return msg("strategy.note.aim_periods", periods=Value("list", said)) if said else None


def _measured(
    engine: Engine, engagement: Engagement, strategies: Sequence[Strategy], customers: pd.DataFrame
) -> dict[str, dict[str, Any]]:
    """The last whole months up to the baseline for which the metric can be measured, pooled, by metric and class."""
    names = sorted({strategy.metric for strategy in strategies} & set(METRICS))
    groups = pd.DataFrame(
        {"group_id": "class:" + customers["operating_class"], "customer_id": customers["customer_id"]}
    )
    baseline, settings = engagement.cycle.baseline, engagement.definitions
    whole = any(by_complaint(engine, strategy) for strategy in strategies)
    reach = timedelta(days=POOLED_DAYS + max(settings.repurchase_window_days, settings.churn_window_days))
    last = pooled(kpis(engine, months(baseline - reach, baseline), settings, groups, names, whole=whole))
    return {
        f"{row.metric} {row.group_id}": {
            "baseline": row.value,
            "low": row.low,
            "high": row.high,
            "base": row.base,
            "target": None,
            "first": row.from_period,
            "last": row.to_period,
        }
        for row in rows(last)
    }
