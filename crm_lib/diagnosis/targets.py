"""SMART targets: where they start, what pace they need, and what the past says about that pace."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.words import cell, difference_kind, level, sentences, signed, span
from crm_lib.engagement import Engagement, ScopeRule, Target
from crm_lib.language import Kind, Message, Value, msg
from crm_lib.metrics import METRICS

DAYS_A_MONTH = 365.25 / 12
STATUS = {
    "met": "good",
    "below": "watch",
    "within": "good",
    "flat": "watch",
    "no_past": "watch",
    "faster": "watch",
    "against": "watch",
    "few": "unknown",
    "later": "unknown",
    "selected": "unknown",
}
UNMEASURED, REACHED = ("few", "later"), ("met", "below")
PACED = ("within", "faster", "flat", "against")
HARD = ("against", "faster", "flat", "no_past")
BY_THE_PAST = ("spend", "orders", "recency_days", "complaints", "nps")  # measures that pick customers by what they did
COLUMNS = [
    "target_id",
    "metric",
    "group_id",
    "target_label",
    "baseline",
    "low",
    "high",
    "base",
    "baseline_words",
    "goal",
]
COLUMNS += ["goal_words", "due", "months", "pace_needed", "pace_past", "pace_low", "pace_high", "pace_words", "ratio"]
COLUMNS += ["needed_share", "past_share", "verdict", "status", "verdict_words", "verdict_short", "note"]


def targets(measured: Measured) -> pd.DataFrame:
    """One row a target: COLUMNS. `baseline` is the pooled level of the latest months (see trend.py), paces are a month.

    verdict: met, below (the goal is worse than the baseline), within (the past pace reaches it), faster, flat (the past shows no proven trend), against (the past
    went the other way, proven), no_past, few (too few data), later (the group is formed in phase 2), selected (a group
    picked by its past, so that its past pace says nothing).
    """
    rows = [_target(measured, target) for target in measured.engagement.targets]
    return pd.DataFrame(rows, columns=COLUMNS)


def _target(measured: Measured, target: Target) -> dict[str, Any]:
    row = measured.trend(target.metric, target.group)
    found = _figures(measured, target, row)
    found["verdict"] = _verdict(target, row, found, _picked(measured.engagement, target))
    found["status"] = STATUS[found["verdict"]]
    found |= _verdict_words(measured, target, found)
    found["pace_words"] = _pace_words(target, found)
    found["note"] = sentences(_lag(measured, target), _older(measured, row), _chosen(measured, target))
    return found


def _figures(measured: Measured, target: Target, row: pd.Series | None) -> dict[str, Any]:
    """Numbers of a target; NaN where there is no baseline."""
    kind = METRICS[target.metric].kind
    known = row is not None and not pd.isna(row["value"])
    baseline, low, high = (
        float(row[name]) if known and row is not None else np.nan for name in ("value", "low", "high")
    )
    goal = target.value if target.value is not None else baseline * (1 + (target.change or 0.0))
    months = (target.due - measured.baseline).days / DAYS_A_MONTH
    slope, slope_low, slope_high = (
        float(row[name]) if known and row is not None else np.nan for name in ("slope", "slope_low", "slope_high")
    )
    needed = (goal - baseline) / months
    return {
        "target_id": target.id,
        "metric": target.metric,
        "group_id": target.group,
        "target_label": msg(
            "diagnosis.target.label",
            metric=metrics.label(target.metric),
            group=measured.engagement.group_label(target.group),
        ),
        "baseline": baseline,
        "low": low,
        "high": high,
        "base": int(row["base"]) if row is not None else 0,
        "baseline_words": cell(level(row)) if known and row is not None else msg("diagnosis.none"),
        "goal": goal,
        "goal_words": _goal_words(target, kind, goal),
        "due": pd.Timestamp(target.due),
        "months": months,
        "pace_needed": needed,
        "pace_past": slope,
        "pace_low": slope_low,
        "pace_high": slope_high,
        "ratio": needed / slope if slope else np.nan,
        "needed_share": needed / abs(baseline) if baseline else np.nan,
        "past_share": slope / abs(baseline) if baseline else np.nan,
    }


def _goal_words(target: Target, kind: Kind, goal: float) -> Message:
    if target.value is not None:
        return msg("diagnosis.target.goal", goal=Value(kind, goal))
    change = Value("percent", target.change)
    up = (target.change or 0) >= 0
    if np.isnan(goal):
        return msg("diagnosis.target.goal_share_up" if up else "diagnosis.target.goal_share", change=change)
    return msg(
        "diagnosis.target.goal_change_up" if up else "diagnosis.target.goal_change",
        goal=Value(kind, goal),
        change=change,
    )


def _verdict(target: Target, row: pd.Series | None, found: dict[str, Any], picked: bool = False) -> str:
    """The past pace of a group that was picked by its past is no measure."""
    verdict = _by_pace(target, row, found)
    return "selected" if picked and verdict in PACED else verdict


def _picked(engagement: Engagement, target: Target) -> bool:
    """Whether the target's group is a class, or a scope group by what its customers did."""
    measures = {f"scope:{rule.id}": rule.measure for rule in engagement.scope}
    return target.group.startswith("class:") or measures.get(target.group) in BY_THE_PAST


def _by_pace(target: Target, row: pd.Series | None, found: dict[str, Any]) -> str:
    if row is None:
        return "later" if target.group.startswith("class:") else "few"
    if np.isnan(found["baseline"]) or not row["enough"]:
        return "few"
    up = METRICS[target.metric].better == "up"
    lead = (found["baseline"] - found["goal"]) * (1 if up else -1)
    if lead >= 0:
        return "below" if lead > 1e-9 * abs(found["baseline"]) else "met"
    if np.isnan(found["pace_past"]):
        return "no_past"
    sign = 1 if found["pace_needed"] > 0 else -1
    low, high = sorted((sign * found["pace_low"], sign * found["pace_high"]))
    if high < 0:
        return "against"
    if low <= 0:
        return "flat"
    return "within" if sign * found["pace_past"] >= sign * found["pace_needed"] else "faster"


def pace_kind(metric: str) -> Kind:
    """Kind of a change a month: points for rates, one decimal for counts."""
    kind = difference_kind(metric)
    return "float" if kind == "int" else kind


def _pace(metric: str, value: float, low: float | None = None, high: float | None = None) -> Value:
    known = [None if part is None or np.isnan(part) else float(part) for part in (value, low, high)]
    return Value(pace_kind(metric), known[0], None, known[1], known[2])


def _pace_words(target: Target, found: dict[str, Any]) -> Message:
    if found["verdict"] in (*UNMEASURED, *REACHED):
        return msg("diagnosis.none")
    past = _pace(target.metric, found["pace_past"], found["pace_low"], found["pace_high"])
    return msg(
        "diagnosis.target.pace", needed=signed(_pace(target.metric, found["pace_needed"])), past=cell(past, sign=True)
    )


def _verdict_words(measured: Measured, target: Target, found: dict[str, Any]) -> dict[str, Message]:
    """The judgement in a sentence with the paces, and in a few words for beside them."""
    verdict, kind = found["verdict"], METRICS[target.metric].kind
    args: dict[str, Value | Message] = {
        "goal": Value(kind, None if np.isnan(found["goal"]) else found["goal"]),
        "baseline": Value(kind, None if np.isnan(found["baseline"]) else found["baseline"]),
        "needed": signed(_pace(target.metric, found["pace_needed"])),
        "past": signed(_pace(target.metric, found["pace_past"])),
        "ratio": Value("float", None if np.isnan(found["ratio"]) else abs(found["ratio"])),
        "n": Value("int", found["base"]),
        "least": Value("int", measured.smallest_base),
    }
    if kind == "percent" and not 0 <= found["goal"] <= 1 and not np.isnan(found["goal"]):
        return {
            "verdict_words": msg("diagnosis.verdict.impossible", **args),
            "verdict_short": msg("diagnosis.short.impossible"),
        }
    noise = _within_noise(verdict, found)
    long, short = msg(f"diagnosis.verdict.{verdict}", **args), msg(f"diagnosis.short.{verdict}", **args)
    if noise:
        long = msg("diagnosis.sentences", first=long, rest=msg("diagnosis.verdict.noise"))
        short = msg("diagnosis.sentences", first=short, rest=msg("diagnosis.short.noise"))
    return {"verdict_words": long, "verdict_short": short}


def _within_noise(verdict: str, found: dict[str, Any]) -> str | None:
    """The goal lies inside the baseline's interval: reaching it could be chance."""
    open_ended = verdict in (*UNMEASURED, *REACHED) or np.isnan(found["low"])
    return None if open_ended or not found["low"] <= found["goal"] <= found["high"] else "noise"


def _lag(measured: Measured, target: Target) -> Message | None:
    """The last month that a metric with a window can be measured in on the due day, and whether that is after the start."""
    definitions, start = measured.definitions, measured.engagement.cycle.start
    if target.metric == "repurchase_rate":
        latest = _month_ended(target.due - timedelta(days=definitions.repurchase_window_days))
    elif target.metric == "churn_rate":
        latest = _month_of(target.due - timedelta(days=definitions.churn_window_days - 1))
    else:
        return None
    too_early = latest < date(start.year, start.month, 1)
    args = {"month": Value("month", latest.isoformat()), "start": Value("date", start)}
    return msg("diagnosis.target.lag_early" if too_early else "diagnosis.target.lag", **args)


def _month_ended(day: date) -> date:
    """First day of the last month that had ended by `day`."""
    first = day.replace(day=1)
    ends = (day + timedelta(days=1)).day == 1
    return first if ends else (first - timedelta(days=1)).replace(day=1)


def _month_of(day: date) -> date:
    """First day of the last month that had begun by `day`."""
    return day.replace(day=1)


def _older(measured: Measured, row: pd.Series | None) -> Message | None:
    """The baseline had to be taken from earlier months than those of the whole."""
    if row is None or pd.isna(row["value"]):
        return None
    whole = measured.trend(str(row["metric"]))
    earlier = whole is not None and row["to_period"] < whole["to_period"]
    return (
        msg("diagnosis.target.older", span=span(row), last=Value("month", whole["to_period"]))
        if earlier and whole is not None
        else None
    )


def _chosen(measured: Measured, target: Target) -> Message | None:
    """A group picked by a low value rises by itself."""
    rule: ScopeRule | None = next((r for r in measured.engagement.scope if target.group == f"scope:{r.id}"), None)
    if rule is None:
        return None
    low = rule.at_least is not None if rule.measure in ("recency_days", "complaints") else rule.at_most is not None
    return msg("diagnosis.target.chosen") if low else None


COUNTED = {
    "within": ("within",),
    "met": ("met",),
    "below": ("below",),
    "faster": ("faster",),
    "flat": ("flat",),
    "against": ("against",),
    "no_past": ("no_past",),
    "selected": ("selected",),
    "unmeasured": UNMEASURED,
}


def counted(found: pd.DataFrame) -> list[Message]:
    """How many targets there are of each kind; kinds without any are left out, but those within reach."""
    sizes = {name: int(found["verdict"].isin(verdicts).sum()) for name, verdicts in COUNTED.items()}
    return [msg(f"diagnosis.targets.{name}", n=Value("int", n)) for name, n in sizes.items() if n or name == "within"]


def targets_title(found: pd.DataFrame) -> Message:
    """How many targets ask for more than the past, as the chart's conclusion, in the words of the summary."""
    judged = _paced(found)
    if judged.empty:
        return msg("diagnosis.chart.targets_none")
    return msg("diagnosis.chart.targets", n=len(judged), parts=Value("list", counted(judged)))


def _paced(found: pd.DataFrame) -> pd.DataFrame:
    """Targets that ask for a pace which the past can be compared with."""
    known = found["past_share"].notna() & found["needed_share"].notna()
    return found[known & ~found["verdict"].isin([*UNMEASURED, *REACHED, "selected"])]


def pace_chart(found: pd.DataFrame) -> pd.DataFrame:
    """[target_label, past_share, needed_share]: change a month as a share of the baseline."""
    return _paced(found)[["target_label", "past_share", "needed_share"]].reset_index(drop=True)


def names_classes(engagement: Engagement) -> bool:
    """Whether a target is about an operating class, which phase 2 forms."""
    return any(target.group.startswith("class:") for target in engagement.targets)


def class_members(customers: pd.DataFrame) -> pd.DataFrame:
    """[group_id, customer_id] of [customer_id, operating_class]."""
    groups = "class:" + customers["operating_class"].astype(str)
    return pd.DataFrame({"group_id": groups, "customer_id": customers["customer_id"]}).reset_index(drop=True)


def target_notes(found: pd.DataFrame) -> list[Message]:
    """What to know about single targets: '<target>: <remark>'."""
    noted = found[found["note"].notna()]
    return [msg("diagnosis.noted", what=row["target_label"], note=row["note"]) for _, row in noted.iterrows()]
