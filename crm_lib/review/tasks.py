"""How much of the plan was carried out, by strategy and owner."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crm_lib.engagement import Engagement

GOOD, WATCH = 0.9, 0.7  # share of the planned contacts that were made
COLUMNS = [
    "strategy",
    "strategy_label",
    "owner",
    "owner_label",
    "tasks",
    "planned",
    "done",
    "completion",
    "overdue",
    "status",
]


def completion(engagement: Engagement, tasks: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """One row a strategy and owner, of the handoff `task_status` up to as_of, the least complete first; COLUMNS.

    completion = done / planned, where no task counts for more than its plan; overdue: tasks due and not complete.
    Tasks of which the data cannot show whether they were done are left out.
    """
    if tasks is None or not len(tasks):
        return pd.DataFrame(columns=COLUMNS)
    due = tasks[(pd.to_datetime(tasks["due"]).dt.date <= as_of) & (tasks["status"] != "not_recorded")]
    due = due.assign(counted=due[["planned", "done"]].min(axis=1), overdue=(due["done"] < due["planned"]).astype(int))
    due = due.assign(strategy=due["strategy"].fillna(""), owner=due["owner"].fillna(""))
    sums = due.groupby(["strategy", "owner"], as_index=False).agg(
        tasks=("task_id", "size"),
        planned=("planned", "sum"),
        done=("done", "sum"),
        counted=("counted", "sum"),
        overdue=("overdue", "sum"),
    )
    sums["completion"] = sums["counted"] / sums["planned"].where(sums["planned"] > 0)
    sums["status"] = [_status(share) for share in sums["completion"]]
    sums["strategy_label"] = pd.Series([engagement.strategy_label(id) for id in sums["strategy"]], dtype=object)
    sums["owner_label"] = pd.Series([engagement.owner_label(id) for id in sums["owner"]], dtype=object)
    return sums.sort_values(["completion", "strategy", "owner"], ignore_index=True)[COLUMNS]


def _status(share: float) -> str:
    if share != share:
        return "unknown"
    return "good" if share >= GOOD else "watch" if share >= WATCH else "bad"


def by_owner(done: pd.DataFrame) -> pd.DataFrame:
    """One row an owner: owner_label, planned, done, completion (weighted by plan), the least first."""
    if not len(done):
        return pd.DataFrame(columns=["owner", "owner_label", "planned", "done", "completion"])
    counted = done.assign(counted=(done["completion"] * done["planned"]).fillna(0.0))
    sums = counted.groupby("owner", as_index=False).agg(
        owner_label=("owner_label", "first"),
        planned=("planned", "sum"),
        done=("done", "sum"),
        counted=("counted", "sum"),
    )
    sums["completion"] = sums["counted"] / sums["planned"].where(sums["planned"] > 0)
    return sums.sort_values(["completion", "owner"], ignore_index=True).drop(columns="counted")
