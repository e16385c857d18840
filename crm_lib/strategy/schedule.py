"""The plan by week and day, levelled to each owner's capacity. Weeks begin on Monday; the first is cut at the start."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.frames import rows

FALLBACK_WEEKS = 26  # of a cycle without an end and without targets
CALENDAR_WEEKS = 4


def last_day(engagement: Engagement) -> date:
    """The end of the cycle, else the last target's due date, else half a year after the start."""
    cycle = engagement.cycle
    due = max((target.due for target in engagement.targets), default=cycle.start)
    fallback = cycle.start + timedelta(weeks=FALLBACK_WEEKS, days=-1)
    return cycle.end or (due if due > cycle.start else fallback)


def weeks(start: date, end: date, working_days: int) -> pd.DataFrame:
    """Weeks with working days in [start, end]: week (Monday), due (Sunday), first_on (first working day), days."""
    monday = start - timedelta(days=start.weekday())
    rows = []
    while monday <= end:
        skipped = max(0, (start - monday).days)
        days = min(working_days, (end - monday).days + 1) - skipped
        if days > 0:
            rows.append((monday, monday + timedelta(days=6), monday + timedelta(days=skipped), days))
        monday += timedelta(weeks=1)
    frame = pd.DataFrame(rows, columns=["week", "due", "first_on", "days"])
    return frame.astype({"week": "datetime64[us]", "due": "datetime64[us]", "first_on": "datetime64[us]"})


def contact_plan(engagement: Engagement, plan: pd.DataFrame, working_days: int = 5) -> pd.DataFrame:
    """Contacts of each strategy in each week of the cycle: strategy, owner, week, due, contacts, overflow.

    What is due follows the plan's contacts a week, in proportion in a cut week and rounded so that the sum never
    strays by more than half a contact. An owner's capacity goes to the more valuable classes first; `overflow` is
    what does not fit. It is not carried over: it would only pile up.
    """
    calendar = weeks(engagement.cycle.start, last_day(engagement), working_days)
    elapsed = np.concatenate([[0.0], np.cumsum(calendar["days"].to_numpy(dtype=float) / working_days)])
    limits = {owner.id: float(owner.contacts_per_week) for owner in engagement.owners.values()}
    parts = [_of_owner(mine, calendar, elapsed, limits.get(str(owner))) for owner, mine in plan.groupby("owner")]
    columns = ["strategy", "owner", "week", "due", "contacts", "overflow"]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=_KINDS.get(c, "str")) for c in columns})
    frame = pd.concat(parts, ignore_index=True).merge(calendar[["week", "due"]], on="week")
    return frame.sort_values(["week", "owner", "strategy"], ignore_index=True)[columns]


_KINDS = {"week": "datetime64[us]", "due": "datetime64[us]", "contacts": "int64", "overflow": "int64"}


def _of_owner(mine: pd.DataFrame, calendar: pd.DataFrame, elapsed: np.ndarray, limit: float | None) -> pd.DataFrame:
    rank = mine["operating_class"].map({name: i for i, name in enumerate(OPERATING_CLASSES)})
    mine = mine.assign(_rank=rank).sort_values(["_rank", "strategy"])
    share = np.diff(elapsed)
    room = np.full(len(share), np.inf) if limit is None else np.floor(limit * share + 1e-9)
    parts = []
    for row in rows(mine):
        due = np.diff(np.floor(row.contacts_per_week * elapsed + 0.5 + 1e-9))
        fits = np.minimum(due, room)
        room = room - fits
        numbers = {"contacts": fits.astype("int64"), "overflow": (due - fits).astype("int64")}
        parts.append(pd.DataFrame({"strategy": row.strategy, "owner": row.owner, "week": calendar["week"], **numbers}))
    return pd.concat(parts, ignore_index=True)


def calendar_days(start: date, end: date, working_days: int, count: int = CALENDAR_WEEKS) -> tuple[int, date]:
    """Working days of the first `count` weeks of [start, end], and the last of them."""
    shown = weeks(start, end, working_days).head(count)
    if not len(shown):
        return 0, start
    last = shown.iloc[-1]
    return int(shown["days"].sum()), (last["first_on"] + timedelta(days=int(last["days"]) - 1)).date()


def days(contact_plan: pd.DataFrame, start: date, working_days: int = 5, count: int = CALENDAR_WEEKS) -> pd.DataFrame:
    """The first `count` weeks by day: day, week, owner, strategy, contacts; days of an owner differ by one at most."""
    first = sorted(contact_plan["week"].unique())[:count]
    chosen = contact_plan[contact_plan["week"].isin(first)]
    found = []
    for week in first:
        open_days = [
            week + timedelta(days=i) for i in range(working_days) if week + timedelta(days=i) >= pd.Timestamp(start)
        ]
        for owner, mine in chosen[chosen["week"] == week].groupby("owner", sort=True):
            found += [(day, week, owner, strategy, n) for day, strategy, n in _spread(mine, open_days)]
    frame = pd.DataFrame(found, columns=["day", "week", "owner", "strategy", "contacts"])
    kinds = {"day": "datetime64[us]", "week": "datetime64[us]", "owner": "str", "strategy": "str", "contacts": "int64"}
    return frame.astype(kinds).sort_values(["day", "owner", "strategy"], ignore_index=True)


def _spread(mine: pd.DataFrame, open_days: list[pd.Timestamp]) -> list[tuple[pd.Timestamp, str, int]]:
    """Every strategy's contacts evenly through the week: the i-th of n stands at (i + 1/2) / n of it."""
    strategies, counts = mine["strategy"].tolist(), mine["contacts"].tolist()
    if not sum(counts):
        return []
    places = np.concatenate([(np.arange(n) + 0.5) / max(n, 1) for n in counts])
    which = np.repeat(np.arange(len(counts)), counts)
    which = which[np.lexsort((which, places))]
    day = np.arange(len(which)) * len(open_days) // max(len(which), 1)
    cells, sums = np.unique(np.stack([day, which]), axis=1, return_counts=True)
    return [(open_days[d], strategies[w], int(n)) for (d, w), n in zip(cells.T, sums, strict=True)]
