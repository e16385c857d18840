"""The latest level of each metric: its last months together, so that one month's chance weighs less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_lib.metrics.definitions import METRICS

MONTHS = 3
COLUMNS = ["metric", "group_id", "value", "low", "high", "base", "from_period", "to_period"]


def pooled(kpis: pd.DataFrame, months: int = MONTHS) -> pd.DataFrame:
    """The last `months` measured periods of each metric and group of `kpis` as one: COLUMNS; without any, no row.

    Sum of numerators by sum of denominators; a total is the mean of its periods, a stock the last of them. Half-widths
    are squared and added where events are counted, added as they are where the same customers may come again.
    """
    known = kpis[kpis["value"].notna()].sort_values("starts_on", kind="stable")
    found = [
        {"metric": metric, "group_id": group} | _pool(METRICS[str(metric)].counted, mine.tail(months))
        for (metric, group), mine in known.groupby(["metric", "group_id"], sort=False)
    ]
    return pd.DataFrame(found, columns=COLUMNS).astype({"base": "int64", "value": "float64"})


def _pool(counted: str, mine: pd.DataFrame) -> dict[str, Any]:
    mine = mine.tail(1) if counted == "stock" else mine
    n = mine["denominator"].to_numpy(dtype=float)
    value = float(mine["numerator"].sum() / n.sum())
    down, up = (n / n.sum() * (mine[side] - mine["value"]).abs().to_numpy(dtype=float) for side in ("low", "high"))
    same = counted == "customers"
    low, high = (float(part.sum() if same else np.sqrt((part**2).sum())) for part in (down, up))
    base = mine["base"].mean() if same else mine["base"].sum()
    periods = {"from_period": mine["period"].iloc[0], "to_period": mine["period"].iloc[-1]}
    return {"value": value, "low": value - low, "high": value + high, "base": int(base), **periods}
