"""The latest months against earlier ones, and the pace of the past, for each metric and group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_lib.diagnosis.change_point import change_point
from crm_lib.metrics import METRICS
from crm_lib.metrics.intervals import Z
from crm_lib.metrics.pool import MONTHS, last_enough, pool, series_of

PACE_MONTHS = 12  # the pace of the past is taken over so many months
LEAST_PACE_MONTHS = 6
EACH_ONCE = ("new_customers",)  # totals in which nobody comes again: they vary as counts do
LEAST_CHANGE = 0.05  # of a total, which has no interval: smaller changes count as none
POOLED = ("value", "low", "high", "base", "from_period", "to_period", "months")
COLUMNS = ["metric", "group_id", *POOLED, "enough", *(f"before_{name}" for name in POOLED), "compared", "change"]
COLUMNS += [
    "change_low",
    "change_high",
    "share_change",
    "slope",
    "slope_low",
    "slope_high",
    "since",
    "together",
    "trend",
]

Series = dict[str, np.ndarray]


def trends(kpis: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """One row a metric and group of the monthly `kpis`: COLUMNS.

    value, low, high, base: pooled over the latest months (from_period .. to_period) that carry enough. before_*: the
    same months a year earlier (compared 'year') or the months just before (compared 'months', or '' for none).
    change with its interval; share_change = change / before; slope a month with its interval; since: first month
    of a new level; trend: better, worse, flat or unknown.
    """
    rows = []
    for _, own in kpis.groupby(["metric", "group_id"], sort=False):
        metric, group_id = str(own["metric"].iloc[0]), str(own["group_id"].iloc[0])
        rows.append({"metric": metric, "group_id": group_id, **_trend(metric, series_of(own), smallest_base)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _trend(metric: str, series: Series, smallest_base: int) -> dict[str, Any]:
    last = last_enough(metric, series, smallest_base)
    now = _pool(metric, series, last - MONTHS + 1, last + 1)
    before, compared = _earlier(metric, series, last, smallest_base)
    found = now | {f"before_{name}": value for name, value in before.items()} | {"compared": compared}
    total = METRICS[metric].estimate == "total"
    found["enough"] = (max(now["base"], before["base"]) if total else now["base"]) >= smallest_base
    found |= _change(now, before)
    if metric in EACH_ONCE and compared:
        found |= _count_change(series, now, before)
    found |= theil_sen(series["value"][: last + 1][-PACE_MONTHS:])
    weights = np.ones(last + 1) if total else series["base"][: last + 1]
    new = change_point(series["period"][: last + 1], series["value"][: last + 1], weights)
    found["since"] = new.period if new is not None and (new.after - new.before) * found["change"] > 0 else ""
    found["together"] = compared == "year" and _together(series["value"], last)
    return found | {"trend": _judge(metric, found)}


def _pool(metric: str, series: Series, first: int, end: int) -> dict[str, Any]:
    """The level of the months [first, end)."""
    return pool(metric, {name: values[max(first, 0) : max(end, 0)] for name, values in series.items()})


def _earlier(metric: str, series: Series, last: int, smallest_base: int) -> tuple[dict[str, Any], str]:
    """The same months a year earlier where they carry enough, else the months just before, else nothing."""
    definition = METRICS[metric]
    for back, compared in ((12, "year"), (MONTHS, "months")):
        first, end = last - MONTHS + 1 - back, last + 1 - back
        earlier = _pool(metric, series, first, end)
        enough = definition.estimate == "total" or earlier["base"] >= smallest_base
        whole = first >= 0 or definition.counted == "stock"
        if last >= 0 and whole and earlier["months"] and enough:
            return earlier, compared
    return _pool(metric, series, 0, 0), ""


def _change(now: dict[str, Any], before: dict[str, Any]) -> dict[str, float]:
    """Difference, its interval from the two intervals (square-and-add; eq. 4, Zou and Donner 2008), and its share."""
    change = now["value"] - before["value"]
    share = change / abs(before["value"]) if before["value"] else np.nan
    down = np.hypot(now["value"] - now["low"], before["high"] - before["value"])
    up = np.hypot(now["high"] - now["value"], before["value"] - before["low"])
    return {"change": change, "change_low": change - down, "change_high": change + up, "share_change": share}


def _count_change(series: Series, now: dict[str, Any], before: dict[str, Any]) -> dict[str, float]:
    """Interval of the change of a count a month: ratio of two Poisson rates, widened by how much more than chance the months
    of either level vary (quasi-Poisson)."""
    spread, counts = 0.0, []
    for side in (before, now):
        inside = (series["period"] >= side["from_period"]) & (series["period"] <= side["to_period"])
        values = series["value"][inside & ~np.isnan(series["value"])]
        counts.append(max(float(values.sum()), 0.5))
        spread += float(((values - values.mean()) ** 2).sum() / max(values.mean(), 0.5))
    wider = max(1.0, spread / max(now["months"] + before["months"] - 2, 1))
    factor = float(np.exp(Z * np.sqrt(wider * (1 / counts[0] + 1 / counts[1]))))
    ratio = counts[1] / now["months"] / (counts[0] / before["months"])
    return {
        f"change_{name}": before["value"] * (end - 1)
        for name, end in (("low", ratio / factor), ("high", ratio * factor))
    }


def theil_sen(values: np.ndarray) -> dict[str, float]:
    """Median slope a month with Sen's interval (Sen 1968); NaN where fewer than LEAST_PACE_MONTHS are known."""
    at = np.flatnonzero(~np.isnan(values))
    n = len(at)
    if n < LEAST_PACE_MONTHS:
        return dict.fromkeys(("slope", "slope_low", "slope_high"), np.nan)
    i, j = np.triu_indices(n, 1)
    slopes = np.sort((values[at[j]] - values[at[i]]) / (at[j] - at[i]))
    half = Z * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = int(max(np.floor((len(slopes) - half) / 2), 0)), int(np.ceil((len(slopes) + half) / 2))
    slope = float(np.median(slopes))
    return {"slope": slope, "slope_low": float(slopes[low]), "slope_high": float(slopes[min(high, len(slopes) - 1)])}


def _together(values: np.ndarray, last: int) -> bool:
    """Whether each of the latest months lies on the same side of its month a year earlier, which all have."""
    if last - MONTHS - 11 < 0:
        return False
    steps = values[last - MONTHS + 1 : last + 1] - values[last - MONTHS - 11 : last - 11]
    return len(steps) == MONTHS and bool((steps > 0).all() or (steps < 0).all())


def _judge(metric: str, found: dict[str, Any]) -> str:
    """A rate or mean has changed when the difference's interval leaves out 0.

    A total has no interval. It has changed when it moved by LEAST_CHANGE or more and the slope's interval leaves out 0
    on the same side, or a new level was found, or every month moved the same way against a year earlier, by twice that;
    one of EACH_ONCE when it moved so far and its interval leaves out 0.
    """
    if not found["enough"] or not found["compared"] or np.isnan(found["change"]):
        return "unknown"
    up = found["change"] > 0
    if METRICS[metric].estimate == "total":
        moved = abs(found["share_change"]) / LEAST_CHANGE
        proven = _one_side(found["slope_low"], found["slope_high"], up) or bool(found["since"])
        changed = moved >= 2 if found["together"] else proven and moved >= 1
        if metric in EACH_ONCE:
            changed = moved >= 1 and _one_side(found["change_low"], found["change_high"], up)
    elif np.isnan(found["change_low"]):
        changed = abs(found["share_change"]) >= LEAST_CHANGE
    else:
        changed = _one_side(found["change_low"], found["change_high"], up)
    if not changed:
        return "flat"
    return "better" if up == (METRICS[metric].better == "up") else "worse"


def _one_side(low: float, high: float, up: bool) -> bool:
    return bool(low > 0 if up else high < 0)
