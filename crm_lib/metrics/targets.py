"""How each target stands: one level, one expected value and one light, whichever report speaks of it."""

from __future__ import annotations

from datetime import date
from math import isnan, nan
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.definitions import METRICS
from crm_lib.metrics.periods import months, window
from crm_lib.metrics.pool import MONTHS, pooled

Light = Literal["good", "watch", "bad", "unknown"]
Standing = Literal["reached", "on_track", "chance", "behind", "already", "few", "unmeasured", "no_path"]
STANDINGS: tuple[Standing, ...] = (
    "reached",
    "on_track",
    "chance",
    "behind",
    "already",
    "few",
    "unmeasured",
    "no_path",
)
# What depends on the length of the period says nothing before a month is whole: the buyers of a week are the frequent
# ones, and come again more often than those of a month.
GROWS = frozenset(
    {name for name, metric in METRICS.items() if metric.estimate == "total"}
    | {"purchase_frequency", "revenue_per_customer", "repurchase_rate"}
)
RANK: dict[Light, int] = {"bad": 0, "watch": 1, "good": 2, "unknown": 3}  # the order of tables, charts and sentences
WRITTEN = 0.0005  # of a percentage; a smaller difference is written 0.0
CLEAR_MISS = 0.05  # of the expected value, for a figure without an interval
SO_FAR = "cycle"  # period of a cycle that holds no whole month yet
COLUMNS = [
    *("target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due"),
    *("value", "low", "high", "base", "from_period", "to_period", "starts_on", "ends_on"),
    *("expected", "deviation", "relative", "gap", "progress", "standing", "status"),
]


def cycle_periods(first: date, last: date) -> pd.DataFrame:
    """The whole months from `first` to `last`; those days as one period where they hold none."""
    found = months(first, last)
    return found if len(found) else window(SO_FAR, first, max(first, last))


def cycle_ends(engagement: Engagement, as_of: date) -> date:
    """The last day that counts for the cycle: `as_of`, or its planned end where that is earlier."""
    return min(as_of, engagement.cycle.end) if engagement.cycle.end else as_of


def standings(engagement: Engagement, targets: pd.DataFrame, measured: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row a target of the handoff `targets`, those that are short first (see RANK), then in its order; columns COLUMNS.

    `measured`: metrics.kpis of `cycle_periods`. value: the last months of the cycle (at most MONTHS) together, as the
    baseline is pooled; expected: on the straight line from the baseline on its day to the target on its due date, read
    at the ends of those months, their mean (without a value on `as_of`); after the due date the target itself. deviation = value - expected, gap = value - target,
    progress = (value - baseline) / (target - baseline), NaN where the target was met at the baseline.

    Standing: 'already' where the baseline met the target and the value is not known to be worse; 'reached' where the value meets the
    target, 'on_track' what is expected by now; 'chance' and 'behind' where it is worse, see `light`; 'few' below the
    smallest base; 'no_path' where nothing is expected; 'unmeasured' without a value.
    """
    measured = measured[~(measured["period"].eq(SO_FAR) & measured["metric"].isin(GROWS))]
    levels = {(row.metric, row.group_id): row for row in rows(pooled(measured, MONTHS))}
    days = measured.drop_duplicates("period").set_index("period")[["starts_on", "ends_on"]]
    found = [
        _standing(engagement, target, levels.get((target.metric, target.group_id)), days, as_of)
        for target in rows(targets)
    ]
    frame = pd.DataFrame(found, columns=COLUMNS).astype({"base": "int64"})
    frame = frame.sort_values("status", key=lambda status: status.map(RANK), kind="stable", ignore_index=True)
    return frame.astype(dict.fromkeys(("starts_on", "ends_on", "due"), "datetime64[us]"))


def _standing(engagement: Engagement, target: Any, level: Any, days: pd.DataFrame, as_of: date) -> dict[str, Any]:
    row = {name: getattr(target, name) for name in COLUMNS[:8]}
    row |= {name: nan if level is None else getattr(level, name) for name in ("value", "low", "high")}
    row |= {name: "" if level is None else getattr(level, name) for name in ("from_period", "to_period")}
    row["base"] = 0 if level is None else int(level.base)
    row["starts_on"] = pd.NaT if level is None else days.at[level.from_period, "starts_on"]
    row["ends_on"] = pd.NaT if level is None else days.at[level.to_period, "ends_on"]
    ends = [as_of] if level is None else _ends(days, row["starts_on"], row["ends_on"])
    path = [level for day in ends if not isnan(level := expected(engagement, target, day))]
    row["expected"] = float(np.mean(path)) if path else nan
    row |= {"deviation": row["value"] - row["expected"], "gap": row["value"] - row["target"]}
    row["relative"] = row["deviation"] / abs(row["expected"]) if row["expected"] else nan
    met = met_at_baseline(target)
    row["progress"] = nan if met else (row["value"] - row["baseline"]) / (row["target"] - row["baseline"])
    status = light(row, engagement.definitions.smallest_base)
    standing = _word(row, status, met)
    return row | {"standing": standing, "status": "unknown" if standing == "already" else status}


def _ends(days: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> list[date]:
    """The last days of the periods that a level rests on."""
    return [day.date() for day in days.loc[(days["starts_on"] >= first) & (days["ends_on"] <= last), "ends_on"]]


def expected(engagement: Engagement, target: Any, day: date) -> float:
    """Level of the path from baseline to target on `day`, of a target met at the baseline the target itself; NaN
    without a baseline before the due date."""
    start, due = engagement.cycle.baseline, pd.Timestamp(target.due).date()
    gone = min(1.0, max(0, (day - start).days) / max(1, (due - start).days))
    if gone >= 1 or met_at_baseline(target):
        return float(target.target)
    return float(target.baseline + (target.target - target.baseline) * gone)


def met_at_baseline(target: Any) -> bool:
    """Whether the baseline is as good as the target: nothing is left to make progress in."""
    return bool(_sign(target.metric) * (target.baseline - target.target) >= 0)


def light(row: dict[str, Any], smallest: int) -> Light:
    """Traffic light of a figure (metric, value, low, high, base) against its `expected` value.

    'good': at least as good as expected, as far as is written. 'watch': worse, but the interval reaches the expected value, so it may be
    chance. 'bad': the whole interval is worse; without an interval, by more than 5 %. 'unknown': nothing expected or
    measured, or fewer than `smallest` counted.
    """
    metric = METRICS[row["metric"]]
    too_few = metric.estimate != "total" and row["base"] < smallest
    if pd.isna(row["value"]) or pd.isna(row["expected"]) or too_few:
        return "unknown"
    sign = _sign(row["metric"])
    gap = sign * (row["value"] - row["expected"])
    if gap >= -(WRITTEN if metric.kind == "percent" else 1e-12):
        return "good"
    best = row["high"] if sign > 0 else row["low"]
    if pd.isna(best):
        return "bad" if -gap > CLEAR_MISS * abs(row["expected"]) else "watch"
    return "watch" if sign * (best - row["expected"]) >= 0 else "bad"


def span_words(row: Any) -> Message:
    """The months that a level rests on (from_period, to_period), or the days (starts_on, ends_on) where none is whole."""
    if row.from_period == SO_FAR:
        return msg("metric.span.days", first=row.starts_on.date(), last=row.ends_on.date())
    return months_words(row.from_period, row.to_period)


def months_words(first: str, last: str) -> Message:
    """'Jan 2026 to Mar 2026', or one month."""
    if first == last:
        return msg("metric.span.month", month=Value("month", last))
    return msg("metric.span.months", first=Value("month", first), last=Value("month", last))


def _word(row: dict[str, Any], status: Light, met: bool) -> Standing:
    if met and status in ("good", "unknown"):
        return "already"
    if status == "unknown":
        if pd.isna(row["value"]):
            return "unmeasured"
        return "no_path" if pd.isna(row["expected"]) else "few"
    if status == "good":
        reached = _sign(row["metric"]) * row["gap"] >= -1e-12
        return "reached" if reached else "on_track"
    return "chance" if status == "watch" else "behind"


def _sign(metric: str) -> int:
    return 1 if METRICS[metric].better == "up" else -1
