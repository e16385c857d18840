"""The latest level of each metric: its last months together, so that one month's chance weighs less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.metrics.definitions import METRICS

MONTHS = 3
TYPES = {
    "metric": "str",
    "group_id": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "base": "int64",
    "numerator": "float64",
    "denominator": "float64",
    "from_period": "str",
    "to_period": "str",
    "months": "int64",
}
COLUMNS = list(TYPES)
NUMBERS = ("value", "low", "high", "numerator", "denominator", "base")


def pooled(kpis: pd.DataFrame, months: int | None = MONTHS) -> pd.DataFrame:
    """The last `months` (None: all) measured periods of each metric and group of `kpis` as one: COLUMNS; without any,
    no row."""
    known = kpis[kpis["value"].notna()].sort_values("starts_on", kind="stable")
    series = series_of(known)
    places: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(known["metric"], known["group_id"], strict=True)):
        places.setdefault(key, []).append(place)
    found = [
        {"metric": metric, "group_id": group}
        | pool(metric, {name: values[at[-months:] if months else at] for name, values in series.items()})
        for (metric, group), at in places.items()
    ]
    return pd.DataFrame(found, columns=COLUMNS).astype(TYPES)


def last_enough(metric: str, series: Mapping[str, np.ndarray], smallest_base: int) -> int:
    """Place of the latest month that, with those before it, carries enough; else of the latest with a value; else -1.

    A total ends with the latest month that is known: that there is little to count is what it says.
    """
    known = np.flatnonzero(~np.isnan(series["value"]))
    if METRICS[metric].estimate != "total":
        for i in known[::-1]:
            span = {name: values[max(i - MONTHS + 1, 0) : i + 1] for name, values in series.items()}
            if pool(metric, span)["base"] >= smallest_base:
                return int(i)
    return int(known[-1]) if len(known) else -1


def series_of(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """The columns of one metric and group as arrays, for `pool`."""
    return {name: rows[name].to_numpy(float) for name in NUMBERS} | {"period": rows["period"].to_numpy(object)}


def pool(metric: str, series: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """One level of the measured periods of `series`: value, low, high, base, numerator, denominator, from_period,
    to_period, months.

    Sum of numerators by sum of denominators; a total is the mean of its periods, a stock the last of them. Half-widths
    are squared and added where events are counted, and added as they are where the same customers may come again
    (fully dependent: the widest the interval can be). There `base` is the mean of the periods, not their sum, which
    would count a customer several times; the metrics' definitions say so.
    """
    at = np.flatnonzero(~np.isnan(series["value"]))
    if not len(at):
        unknown = dict.fromkeys(("value", "low", "high"), np.nan) | {"from_period": "", "to_period": ""}
        return unknown | {"base": 0, "numerator": np.nan, "denominator": np.nan, "months": 0}
    counted = METRICS[metric].counted
    at = at[-1:] if counted == "stock" else at
    n, base, numerator = series["denominator"][at], series["base"][at], float(series["numerator"][at].sum())
    value = numerator / float(n.sum())
    same = counted == "customers"
    down, up = (n / n.sum() * np.abs(series[side][at] - series["value"][at]) for side in ("low", "high"))
    low, high = (float(part.sum() if same else np.sqrt((part**2).sum())) for part in (down, up))
    return {
        "value": value,
        "low": value - low,
        "high": value + high,
        "base": round(float(base.mean() if same else base.sum())),
        "numerator": numerator,
        "denominator": float(n.sum()),
        "from_period": str(series["period"][at[0]]),
        "to_period": str(series["period"][at[-1]]),
        "months": len(at),
    }
