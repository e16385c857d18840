"""The figure that each strategy is to move: where it stands at baseline, and where it is to stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.metrics.definitions import METRICS
from crm_lib.metrics.measure import kpis
from crm_lib.metrics.periods import window


def aims(
    engine: Engine,
    engagement: Engagement,
    strategies: Sequence[Strategy],
    customers: pd.DataFrame,
    targets: pd.DataFrame,
) -> pd.DataFrame:
    """strategy, baseline, low, high, base, target of each strategy's metric among its class.

    Phase 1's baseline and target where it has the same metric and class, else measured over the last whole window
    and the target that the strategy states (NaN where it states none).
    """
    of_class = targets.assign(key=targets["metric"] + " " + targets["group_id"]).drop_duplicates("key").set_index("key")
    measured = _measured(engine, engagement, strategies, customers)
    rows = []
    for strategy in strategies:
        key = f"{strategy.metric} class:{strategy.operating_class}"
        row: dict[str, Any] = {"strategy": strategy.id, **measured.get(key, _UNKNOWN)}
        if key in of_class.index:
            known: Any = of_class.loc[key]
            row |= {"baseline": known["baseline"], "low": known["baseline_low"], "high": known["baseline_high"]}
            row |= {"base": row["base"] if measured.get(key, _UNKNOWN)["baseline"] == known["baseline"] else None}
            row["target"] = known["target"]
        rows.append(row | ({"target": strategy.target} if strategy.target is not None else {}))
    columns = {"strategy": "str", "base": "Int64", **dict.fromkeys(("baseline", "low", "high", "target"), "float64")}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


_UNKNOWN: dict[str, float | int | None] = {"baseline": None, "low": None, "high": None, "base": None, "target": None}


def _measured(
    engine: Engine, engagement: Engagement, strategies: Sequence[Strategy], customers: pd.DataFrame
) -> dict[str, dict[str, float | int | None]]:
    names = sorted({strategy.metric for strategy in strategies} & set(METRICS))
    groups = pd.DataFrame(
        {"group_id": "class:" + customers["operating_class"], "customer_id": customers["customer_id"]}
    )
    last_days = {name: _last_day(name, engagement) for name in names}
    found = {}
    for last in sorted(set(last_days.values())):
        period = window("baseline", last - timedelta(days=engagement.definitions.active_window_days - 1), last)
        same = [name for name in names if last_days[name] == last]
        for row in rows(kpis(engine, period, engagement.definitions, groups, same)):
            found[f"{row.metric} {row.group_id}"] = {
                "baseline": row.value,
                "low": row.low,
                "high": row.high,
                "base": row.base,
                "target": None,
            }
    return found


def _last_day(name: str, engagement: Engagement) -> date:
    """The last day for which the metric's own window has passed at baseline."""
    settings = engagement.definitions
    wait = {
        "repurchase_rate": settings.repurchase_window_days,
        "churn_rate": max(0, settings.churn_window_days - settings.active_window_days),
    }
    return engagement.cycle.baseline - timedelta(days=wait.get(name, 0))
