"""The plan broken into weekly tasks, and how they stand."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd

from crm_lib.frames import rows

STATUSES = ("done", "partly", "overdue", "not_due", "not_recorded")
AHEAD_DAYS = 7  # tasks of the week to come are shown as well


def tasks(
    contact_plan: pd.DataFrame,
    contacts: pd.DataFrame,
    as_of: date,
    floor: float,
    recorded: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row a strategy, owner and week with planned contacts, up to the week after `as_of`.

    Columns: task_id, strategy, owner, week, due (Sunday), planned, made (contacts in the week), in_time, late (made up
    with later weeks' surplus, the oldest first), done (in_time + late), open, extra (surplus left over), status,
    days_overdue (at `as_of`; NA without open contacts past due). Status: 'done' where all of it is; 'not_due' where the due date
    is after `as_of`; 'not_recorded' where the strategy is not in `recorded` (None: all are), since nothing can be said;
    else 'partly' from `floor` of the plan on, 'overdue' below it.
    """
    shown = contact_plan[
        (contact_plan["contacts"] > 0) & (contact_plan["week"] <= pd.Timestamp(as_of + timedelta(AHEAD_DAYS)))
    ]
    shown = shown.rename(columns={"contacts": "planned"}).sort_values(["strategy", "owner", "week"], ignore_index=True)
    week = contacts["day"] - pd.to_timedelta(contacts["day"].dt.day_of_week, unit="D")
    made = contacts.assign(week=week).groupby(["strategy", "owner", "week"])["contacts"].sum()
    places = pd.MultiIndex.from_frame(shown[["strategy", "owner", "week"]])
    frame = shown.assign(made=made.reindex(places).fillna(0).to_numpy(dtype="int64"))
    frame = pd.concat(
        [_settled(mine) for _, mine in frame.groupby(["strategy", "owner"], sort=True)] or [_settled(frame)]
    )
    frame = frame.assign(
        done=frame["in_time"] + frame["late"], open=frame["planned"] - frame["in_time"] - frame["late"]
    )
    return with_status(frame, as_of, floor, recorded)


def _settled(mine: pd.DataFrame) -> pd.DataFrame:
    """One strategy's and owner's weeks in order: a week's surplus goes to the oldest open contacts."""
    waiting: deque[list[int]] = deque()
    late, extra = [0] * len(mine), [0] * len(mine)
    for i, row in enumerate(rows(mine)):
        surplus = max(0, row.made - row.planned)
        while surplus and waiting:
            place, missing = waiting[0]
            paid = min(surplus, missing)
            late[place] += paid
            surplus -= paid
            waiting[0][1] -= paid
            if not waiting[0][1]:
                waiting.popleft()
        extra[i] = surplus
        if row.made < row.planned:
            waiting.append([i, row.planned - row.made])
    return mine.assign(in_time=mine[["made", "planned"]].min(axis=1), late=late, extra=extra)


def with_status(frame: pd.DataFrame, as_of: date, floor: float, recorded: Collection[str] | None) -> pd.DataFrame:
    """Adds status, days_overdue and task_id to weeks with done and open; see `tasks`."""
    status = pd.Series("overdue", index=frame.index, dtype="str")
    status = status.mask(frame["done"] >= floor * frame["planned"], "partly")
    silent = pd.Series(False, index=frame.index) if recorded is None else ~frame["strategy"].isin(set(recorded))
    status = status.mask(silent, "not_recorded").mask(frame["due"] > pd.Timestamp(as_of), "not_due")
    status = status.mask(frame["done"] >= frame["planned"], "done")
    past = (frame["due"] <= pd.Timestamp(as_of)) & (frame["open"] > 0) & ~silent
    days = (pd.Timestamp(as_of) - frame["due"]).dt.days.where(past).astype("Int64")
    iso = frame["week"].dt.isocalendar()
    several = frame.groupby("strategy")["owner"].transform("nunique") > 1
    named = frame["strategy"].where(~several, frame["strategy"] + "-" + frame["owner"])
    ids = named + "-" + iso["year"].astype("str") + "-W" + iso["week"].astype("str").str.zfill(2)
    frame = frame.assign(status=status, days_overdue=days, task_id=ids).sort_values(
        ["week", "strategy", "owner"], ignore_index=True
    )
    return frame[COLUMNS]


COLUMNS = [
    "task_id",
    "strategy",
    "owner",
    "week",
    "due",
    "planned",
    "made",
    "in_time",
    "late",
    "done",
    "open",
    "extra",
    "status",
    "days_overdue",
]


def due_tasks(tasks: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The tasks whose due date has come and of which it can be said whether they were done."""
    return tasks[(tasks["due"] <= pd.Timestamp(as_of)) & (tasks["status"] != "not_recorded")].reset_index(drop=True)


def task_handoff(tasks: pd.DataFrame) -> pd.DataFrame:
    """The tasks as handoff `task_status`."""
    return tasks[["task_id", "strategy", "owner", "due", "planned", "done", "status"]]


def by_week(tasks: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Due tasks summed by week: week, planned, in_time, late, done, open, backlog (open of this and earlier weeks)."""
    due = due_tasks(tasks, as_of)
    sums = due.groupby("week", as_index=False)[["planned", "in_time", "late", "done", "open"]].sum()
    return sums.assign(backlog=sums["open"].cumsum())


def by_owner(tasks: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Due tasks summed by owner, the lowest completion first.

    Columns: owner, tasks, planned, in_time, late, done, open, completion (done / planned), oldest_due (of open
    tasks), days_overdue (of it), too_late (made, but after a promise in hours, so not done but open), per_week (planned, over
    the weeks that any task was due in).
    """
    due = due_tasks(tasks, as_of)
    sums = due.groupby("owner")[["planned", "in_time", "late", "done", "open"]].sum()
    sums.insert(0, "tasks", due.groupby("owner").size())
    past = due[due["open"] > 0].groupby("owner").agg(oldest_due=("due", "min"), days_overdue=("days_overdue", "max"))
    frame = sums.join(past).reset_index().assign(completion=lambda one: one["done"] / one["planned"])
    frame = frame.assign(
        too_late=frame["in_time"] + frame["late"] - frame["done"],
        per_week=frame["planned"] / max(due["week"].nunique(), 1),
    )
    return frame.sort_values(["completion", "owner"], ignore_index=True)


def by_strategy(tasks: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Due tasks summed by strategy: strategy, owner, planned, done, open, extra, too_late (see by_owner), completion."""
    due = due_tasks(tasks, as_of).assign(too_late=lambda one: one["in_time"] + one["late"] - one["done"])
    frame = due.groupby(["strategy", "owner"], as_index=False)[["planned", "done", "open", "extra", "too_late"]].sum()
    return frame.assign(completion=frame["done"] / frame["planned"])


def overdue(tasks: pd.DataFrame) -> pd.DataFrame:
    """Open contacts past their due date by owner and strategy, who owes most first: owner, strategy, tasks, open,
    oldest_due, days_overdue (of it)."""
    open_ones = tasks[tasks["days_overdue"].notna()]
    found = open_ones.groupby(["owner", "strategy"], as_index=False).agg(
        tasks=("open", "size"), open=("open", "sum"), oldest_due=("due", "min"), days_overdue=("days_overdue", "max")
    )
    order = ["open", "owner", "strategy"]
    return found.sort_values(order, ascending=[False, True, True], ignore_index=True)
