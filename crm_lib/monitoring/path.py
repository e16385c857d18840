"""Each target's figure by week and month beside the path that leads from its baseline to its target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.metrics import METRICS
from crm_lib.metrics.pool import MONTHS, pool, series_of

# What grows with the length of the period cannot be read by week against a monthly target.
MONTHLY_ONLY = frozenset(
    {name for name, metric in METRICS.items() if metric.estimate == "total"}
    | {"purchase_frequency", "revenue_per_customer"}
)
CLEAR_MISS = 0.05  # of the expected value, for a figure without an interval
HISTORY_MONTHS = 6


def measured(
    engine: Engine, engagement: Engagement, targets: pd.DataFrame, groups: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """`metrics.kpis` of the targets' figures by month (from half a year before the start) and by week (from the start).

    Adds `span`: month or week.
    """
    start, definitions = engagement.cycle.start, engagement.definitions
    months = metrics.months(_months_before(start, HISTORY_MONTHS), as_of)
    periods = pd.concat([months, metrics.weeks(start, as_of)], ignore_index=True)
    whole = sorted(set(targets.loc[targets["group_id"] == "all", "metric"]) & set(METRICS))
    parts = sorted(set(targets.loc[targets["group_id"] != "all", "metric"]) & set(METRICS))
    wanted = groups[groups["group_id"].isin(targets["group_id"])]
    found = [
        metrics.kpis(engine, periods, definitions, None, whole),
        metrics.kpis(engine, periods, definitions, wanted, parts),
    ]
    frame = pd.concat(found, ignore_index=True)
    return frame.assign(span=np.where(frame["period"].str.len() == 7, "month", "week"))


def _months_before(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def anchored(engagement: Engagement, targets: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """targets with baseline and target filled in: from the last months before the start where phase 1 had none.

    Phase 1 has none for a class in the first cycle, since classes are made after it.
    """
    before = measured[(measured["span"] == "month") & (measured["ends_on"] < pd.Timestamp(engagement.cycle.start))]
    last = metrics.pooled(before)[["metric", "group_id", "value", "low", "high"]]
    found = targets.merge(last, on=["metric", "group_id"], how="left")
    for name, other in (("baseline_low", "low"), ("baseline_high", "high"), ("baseline", "value")):
        found[name] = found[name].where(found["baseline"].notna(), found[other])
    changes = {target.id: target.change for target in engagement.targets if target.change is not None}
    levels = found["baseline"] * (1 + found["target_id"].map(changes).astype("float64"))
    found["target"] = found["target"].fillna(levels)
    return found[["target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due"]]


def against_path(engagement: Engagement, targets: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """One row a target and period: the measured columns, target_id, expected, deviation, relative, status.

    expected lies on the straight line from the baseline's value on its day to the target on its due date, read at the
    period's end; NaN before the baseline and, by week, for what grows with the period's length. deviation = value -
    expected, relative = deviation / |expected|. Status as in `light`.
    """
    frame = targets.merge(measured, on=["metric", "group_id"], how="inner")
    day, due = pd.Timestamp(engagement.cycle.baseline), frame["due"].astype("datetime64[us]")
    length = (due - day).dt.days.clip(lower=1)
    gone = ((frame["ends_on"] - day).dt.days / length).clip(0, 1)
    expected = frame["baseline"] + (frame["target"] - frame["baseline"]) * gone
    readable = (frame["ends_on"] > day) & ~((frame["span"] == "week") & frame["metric"].isin(MONTHLY_ONLY))
    frame["expected"] = expected.where(readable)
    frame["deviation"] = frame["value"] - frame["expected"]
    frame["relative"] = frame["deviation"] / frame["expected"].abs().where(frame["expected"] != 0)
    frame["status"] = [light(row, engagement.definitions.smallest_base) for row in rows(frame)]
    return frame.sort_values(["target_id", "span", "starts_on"], ignore_index=True)


def light(row: Any, smallest: int) -> str:
    """Traffic light of a figure against its path.

    'good': at least as good as expected. 'watch': worse, but the interval reaches the expected value, so it may be
    chance. 'bad': the whole interval is worse; without an interval, by more than 5 %. 'unknown': nothing expected or
    measured, or fewer than `smallest` counted.
    """
    metric = METRICS[row.metric]
    too_few = metric.estimate != "total" and row.base < smallest
    if pd.isna(row.value) or pd.isna(row.expected) or too_few:
        return "unknown"
    sign = 1 if metric.better == "up" else -1
    gap = sign * (row.value - row.expected)
    if gap >= -1e-12:
        return "good"
    best = row.high if sign > 0 else row.low
    if pd.isna(best):
        return "bad" if -gap > CLEAR_MISS * abs(row.expected) else "watch"
    return "watch" if sign * (best - row.expected) >= 0 else "bad"


def readings(paths: pd.DataFrame, targets: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """How each target stands: its last whole month that could be measured, else its last week.

    Where a rate or mean of the last month rests on fewer than `smallest`, up to three last months together, as far as
    they carry it; expected is then their mean by what they count. Columns of `against_path` and from_period; one row a
    target in the order of `targets`; targets not measured at all have NaN and 'unknown'.
    """
    shared = ["target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due"]
    after = paths[paths["value"].notna() & paths["expected"].notna()].sort_values("starts_on", kind="stable")
    found = []
    for target_id in targets["target_id"]:
        mine = after[after["target_id"] == target_id]
        months = mine[mine["span"] == "month"]
        if len(mine):
            found.append(_last(months if len(months) else mine, smallest))
    last = pd.DataFrame(found, columns=[*paths.columns, "from_period"]).drop(columns=shared[1:])
    frame = targets[shared].merge(last.astype({"target_id": "str"}), on="target_id", how="left")
    return frame.assign(status=frame["status"].fillna("unknown"))


def _last(mine: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """The last period as a dict; several together where one alone rests on too little."""
    row: dict[str, Any] = {str(name): value for name, value in mine.iloc[-1].items()}
    row["from_period"] = row["period"]
    for count in range(2, min(MONTHS, len(mine)) + 1):
        if row["base"] >= smallest or METRICS[row["metric"]].estimate == "total":
            break
        tail = mine.tail(count)
        together = pool(row["metric"], series_of(tail))
        expected = float(np.average(tail["expected"], weights=tail["denominator"]))
        gap = together["value"] - expected
        row |= {name: together[name] for name in ("value", "low", "high", "base", "from_period")}
        row |= {"expected": expected, "deviation": gap, "relative": gap / abs(expected) if expected else np.nan}
        row |= {"starts_on": tail["starts_on"].iloc[0]}
    return row | {"status": light(SimpleNamespace(**row), smallest)}


def kpi_handoff(readings: pd.DataFrame) -> pd.DataFrame:
    """The readings as handoff `kpi_status`."""
    columns = {"value": "actual"}
    return readings.rename(columns=columns)[
        ["target_id", "metric", "group_id", "actual", "expected", "target", "status"]
    ]


def readable_from(row: Any, engagement: Engagement) -> date | None:
    """The day on which the first whole month of the cycle can be measured; None where it could be by now."""
    settings = engagement.definitions
    first = metrics.months(engagement.cycle.start, engagement.cycle.start + timedelta(days=62)).iloc[0]
    wait = {
        "repurchase_rate": first["ends_on"] + timedelta(days=settings.repurchase_window_days),
        "churn_rate": first["starts_on"] + timedelta(days=settings.churn_window_days - 1),
        "campaign_response_rate": first["ends_on"],
    }.get(row.metric, first["ends_on"])
    return max(wait, first["ends_on"]).date()


def red_twice(paths: pd.DataFrame, span: str) -> pd.DataFrame:
    """Targets whose last two readable periods of the span are red: target_id, since (first day of the red run)."""
    found = []
    known = paths[(paths["span"] == span) & (paths["status"] != "unknown")]
    for target_id, mine in known.groupby("target_id", sort=True):
        red = mine["status"].eq("bad").tolist()
        run = next((i for i, one in enumerate(reversed(red)) if not one), len(red))
        if run >= 2:
            found.append((target_id, run, mine["starts_on"].iloc[-run]))
    return pd.DataFrame(found, columns=["target_id", "periods", "since"])


def spans(engagement: Engagement) -> Sequence[str]:
    """The report's own span first: ('week', 'month') or ('month', 'week')."""
    return ("week", "month") if engagement.cadence.report == "weekly" else ("month", "week")
