"""What was aimed at and what was reached."""

from __future__ import annotations

from datetime import date
from math import nan
from typing import Any

import pandas as pd

from crm_lib.engagement import Cycle, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Kind, Message, msg
from crm_lib.metrics import METRICS, label
from crm_lib.review.levels import levels
from crm_lib.review.rows import records, value
from crm_lib.review.windows import Span, Windows

BASELINE_MONTHS = 3
HALF_WAY = 0.5  # missed, but at least so much of the way from baseline to target: watch, not bad
COLUMNS = [
    "target_id",
    "metric",
    "group_id",
    "due",
    "baseline",
    "target",
    "actual",
    "actual_low",
    "actual_high",
    "actual_base",
    "gap",
    "progress",
    "status",
]


def with_baselines(engine: Engine, engagement: Engagement, targets: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """The handoff `targets`, baselines filled in for groups that phase 1 did not know yet (classes come of phase 2).

    `engine` shows what was known at baseline. The level is pooled over the latest BASELINE_MONTHS, as in phase 1; the
    target of a relative change follows from it.
    """
    rows = [
        row if row["baseline"] == row["baseline"] else row | _baseline(engine, engagement, row, groups)
        for row in records(targets)
    ]
    return pd.DataFrame(rows, columns=targets.columns)


def _baseline(engine: Engine, engagement: Engagement, row: dict[str, Any], groups: pd.DataFrame) -> dict[str, Any]:
    ends = engagement.cycle.baseline
    span = Span(ends.replace(year=ends.year - 1, day=1), ends)
    members = None if row["group_id"] == "all" else groups[groups["group_id"] == row["group_id"]]
    if members is not None and not len(members):
        return {}
    found = records(levels(engine, span, engagement.definitions, members, [row["metric"]], BASELINE_MONTHS))
    if not found:
        return {}
    change = next((target.change for target in engagement.targets if target.id == row["target_id"]), None)
    level = {"baseline": found[0]["value"], "baseline_low": found[0]["low"], "baseline_high": found[0]["high"]}
    return level if change is None else level | {"target": found[0]["value"] * (1 + change)}


def attainment(
    engine: Engine, engagement: Engagement, found: Windows, targets: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """One row a target of the handoff `targets`; columns COLUMNS.

    actual: the whole months of the cycle (see levels), for the group as fixed at baseline in `groups` [group_id,
    customer_id]; gap = actual - target; progress = (actual - baseline) / (target - baseline), NaN where both are equal.
    """
    reached = _levels(engine, engagement, found, targets, groups)
    rows = [_row(engagement, row, reached.get((row["metric"], row["group_id"]), _NOTHING)) for row in records(targets)]
    return pd.DataFrame(rows, columns=COLUMNS)


_NOTHING = {"value": nan, "low": nan, "high": nan, "base": 0}


def _levels(
    engine: Engine, engagement: Engagement, found: Windows, targets: pd.DataFrame, groups: pd.DataFrame
) -> dict[tuple[str, str], dict[str, Any]]:
    whole = sorted(set(targets.loc[targets["group_id"] == "all", "metric"]))
    parts = targets[targets["group_id"] != "all"]
    members = groups[groups["group_id"].isin(parts["group_id"])]
    frames = []
    if whole:
        frames.append(levels(engine, found.after, engagement.definitions, None, whole))
    if len(members):
        frames.append(levels(engine, found.after, engagement.definitions, members, sorted(set(parts["metric"]))))
    return {(row["metric"], row["group_id"]): row for frame in frames for row in records(frame)}


def _row(engagement: Engagement, target: dict[str, Any], level: dict[str, Any]) -> dict[str, Any]:
    actual, wanted, baseline = level["value"], target["target"], target["baseline"]
    way = wanted - baseline
    progress = (actual - baseline) / way if way else nan
    due = pd.Timestamp(target["due"]).date()
    few = METRICS[target["metric"]].estimate != "total" and level["base"] < engagement.definitions.smallest_base
    row = {name: target[name] for name in ("target_id", "metric", "group_id", "baseline", "target")}
    row |= {"due": due, "actual": actual, "actual_low": level["low"], "actual_high": level["high"]}
    row |= {"actual_base": int(level["base"]), "gap": actual - wanted, "progress": progress}
    return row | {"status": _status(target["metric"], row, _elapsed(engagement.cycle, due, engagement.as_of), few)}


def _elapsed(cycle: Cycle, due: date, as_of: date) -> float:
    """Share of the time from the start to the due day that has passed."""
    return min(1.0, (as_of - cycle.start).days / max((due - cycle.start).days, 1))


def _status(metric: str, row: dict[str, Any], elapsed: float, few: bool) -> str:
    if row["gap"] != row["gap"] or few:
        return "unknown"
    better = 1 if METRICS[metric].better == "up" else -1
    if row["gap"] * better >= 0:
        return "good"
    needed = HALF_WAY if elapsed >= 1 else elapsed
    return "watch" if row["progress"] >= needed else "bad"


def missed(reached: pd.DataFrame) -> pd.DataFrame:
    """The targets that were measured and not reached, in the order in which they were set."""
    return reached[reached["status"].isin(["watch", "bad"])].reset_index(drop=True)


def named(engagement: Engagement, metric: str, group_id: str) -> Message:
    """'Repurchase rate · core customers'."""
    return msg("review.metric_of_group", metric=label(metric), group=engagement.group_label(group_id))


def cell(metric: str, number: float) -> Message:
    """A value of the metric's own kind, for a column in which metrics of several kinds stand."""
    return msg("review.value", value=value(METRICS[metric].kind, number))


def gap_kind(metric: str) -> Kind:
    """Kind of a difference of the metric's values."""
    return "points" if METRICS[metric].kind == "percent" else METRICS[metric].kind


def attainment_table(engagement: Engagement, reached: pd.DataFrame) -> pd.DataFrame:
    """`reached` with the target in words (`target_name`), its values as cells of their own kind, and the interval."""
    rows = records(reached)
    cells = {
        f"{part}_cell": objects(cell(row["metric"], row[part]) for row in rows)
        for part in ("baseline", "target", "actual")
    }
    cells["gap_cell"] = objects(msg("review.value", value=value(gap_kind(row["metric"]), row["gap"])) for row in rows)
    cells["interval"] = objects(_interval(row) for row in rows)
    cells["target_name"] = objects(named(engagement, row["metric"], row["group_id"]) for row in rows)
    return pd.concat([reached.reset_index(drop=True), pd.DataFrame(cells)], axis=1)


def _interval(row: dict[str, Any]) -> Message:
    kind = METRICS[row["metric"]].kind
    if row["actual_low"] != row["actual_low"]:
        return msg("review.no_interval")
    return msg("review.range", low=value(kind, row["actual_low"]), high=value(kind, row["actual_high"]))
