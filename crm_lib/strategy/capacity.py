"""Contacts a week of each owner against what the owner can do, and what would fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.frames import objects, rows
from crm_lib.language import Message, Value, msg
from crm_lib.strategy.words import consent, contacts

MOST_DRAWN = 15
WATCH_FROM = 0.9  # a load from here leaves hardly any room
MOST_STRETCH = 3  # times an interval may be lengthened to be the same strategy still


def capacity(engagement: Engagement, plan: pd.DataFrame) -> pd.DataFrame:
    """One row an owner, heaviest load first, among those of one load the most contacts; owners without a strategy are there with no contacts, where they could make
    any. `plan` is `workload`.

    Columns: owner, label, strategies, customers (contacted by them; NA where complaints alone set their strategies off), contacts_per_week, capacity (NaN where the engagement names none), load
    (contacts / capacity), free (capacity - contacts), status, remedy (Message).
    """
    planned = plan.groupby("owner")["contacts_per_week"].agg(["sum", "size"])
    customers = plan.groupby("owner")["customers"].sum()
    owners = list(dict.fromkeys([*engagement.owners, *plan["owner"]]))
    frame = pd.DataFrame({"owner": owners})
    frame["label"] = objects(engagement.owner_label(owner) for owner in owners)
    frame["strategies"] = [int(planned["size"].get(owner, 0)) for owner in owners]
    listed = plan.loc[plan["trigger"].eq("schedule"), "owner"]
    alone = set(plan["owner"]) - set(listed)  # their strategies are set off by complaints: nobody is on a list
    frame["customers"] = pd.array([None if o in alone else int(customers.get(o, 0)) for o in owners], dtype="Int64")
    frame["contacts_per_week"] = [float(planned["sum"].get(owner, 0.0)) for owner in owners]
    known = {owner.id: float(owner.contacts_per_week) for owner in engagement.owners.values()}
    frame["capacity"] = pd.Series([known.get(owner) for owner in owners], dtype="float64")
    frame = frame[frame["contacts_per_week"].gt(0) | frame["strategies"].gt(0) | frame["capacity"].ne(0)]
    frame = frame.reset_index(drop=True)
    frame["load"] = (frame["contacts_per_week"] / frame["capacity"]).where(frame["capacity"] > 0)
    frame["free"] = frame["capacity"] - frame["contacts_per_week"]
    frame["status"] = [_status(row) for row in rows(frame)]
    order = frame["load"].fillna(math.inf).where(frame["contacts_per_week"] > 0, -1)
    keys = ["_order", "contacts_per_week", "owner"]
    frame = frame.assign(_order=order).sort_values(keys, ascending=[False, False, True], ignore_index=True)
    return frame.drop(columns="_order").assign(remedy=objects(_remedies(engagement, frame, plan)))


def drawn(owners: pd.DataFrame) -> tuple[str, ...]:
    """The columns of `capacity` that a chart shows: what nobody stated has no bar."""
    return ("contacts_per_week", "capacity") if owners["capacity"].notna().any() else ("contacts_per_week",)


def is_owner(owner: str) -> bool:
    """Whether contacts are planned with somebody."""
    return owner not in ("", NO_OWNER)


def busiest(owners: pd.DataFrame, most: int = MOST_DRAWN) -> pd.DataFrame:
    """The first rows of `capacity`, as many as a chart can show."""
    return owners.head(most)


def _status(row: Any) -> str:
    contacts, limit = row.contacts_per_week, row.capacity
    if math.isnan(limit):
        return "unknown"
    if contacts > limit:
        return "bad"
    return "watch" if contacts > WATCH_FROM * limit else "good"


def _remedies(engagement: Engagement, owners: pd.DataFrame, plan: pd.DataFrame) -> Iterator[Message]:
    """Advice for each owner in turn; what one hands over is no longer free for the next, and goes to the own team while
    somebody there is free."""
    free = {row.owner: float(row.free) for row in rows(owners) if row.free > 0}
    taken: dict[str, float] = {}
    team = {owner.id: one for one in engagement.teams for owner in one.owners}
    labels = {row.owner: row.label for row in rows(owners)}
    for row in rows(owners):
        if row.status == "unknown":
            rule = "state_capacity" if is_owner(row.owner) else "name_owner"
            yield msg(f"strategy.remedy.{rule}", contacts=contacts(row.contacts_per_week))
        elif not row.strategies:
            yield msg("strategy.remedy.idle", free=contacts(row.free))
        elif row.status != "bad":
            yield msg("strategy.remedy.fits", free=contacts(row.free))
        else:
            fit = _fit_words(plan[plan["owner"] == row.owner], float(row.capacity))
            mates = [id for id in free if free[id] >= 1 and team.get(id) == team.get(row.owner)]
            other = max(mates or free, key=lambda id: (free[id], id), default=None)
            if other is None or free[other] < 1:
                yield msg("strategy.remedy.only", first=fit)
                continue
            handed, rest = min(free[other], -float(row.free)), max(0.0, -float(row.free) - free[other])
            whom = labels[other]
            if team.get(other) != team.get(row.owner):
                whom = msg("strategy.owner_of_team", owner=whom, team=team[other].label.message)
            room = msg("strategy.remedy.free", free=contacts(free[other]))
            if taken.get(other):
                told = contacts(free[other] + taken[other]).value - contacts(taken[other]).value
                room = msg("strategy.remedy.free_after", free=contacts(told), taken=contacts(taken[other]))
            given = {"contacts": contacts(handed), "other": whom, "room": room}
            hand_over = msg("strategy.remedy.hand_over", **given)
            if rest:
                hand_over = msg("strategy.remedy.hand_over_part", rest=contacts(rest), **given)
            free[other] -= handed
            taken[other] = taken.get(other, 0.0) + handed
            yield msg("strategy.remedy.either", first=fit, second=hand_over)


def _fit_words(mine: pd.DataFrame, limit: float) -> Message:
    fits = fitting(mine, limit)
    if not len(fits):
        rule = "no_capacity" if limit <= 0 else "triggered"
        return msg(f"strategy.remedy.{rule}", contacts=contacts(mine["contacts_per_week"].sum()))
    parts = [_of_strategy(row, mine) for row in rows(fits)]
    return parts[0] if len(parts) == 1 else msg("strategy.remedy.all", parts=Value("list", parts))


def _of_strategy(row: Any, mine: pd.DataFrame) -> Message:
    """A longer interval or a shorter list; where only an interval fits that nobody would agree to, the list alone."""
    if not row.customers:
        return msg("strategy.remedy.no_room", strategy=row.label)
    kept = {
        "strategy": row.label,
        "now": Value("days", row.now_days),
        "customers": int(row.customers),
        "share": _share_words(mine[mine["strategy"] == row.strategy], float(row.coverage)),
    }
    if row.every_days > MOST_STRETCH * row.now_days:
        return msg("strategy.remedy.too_many", **kept)
    return msg("strategy.remedy.stretch", every=Value("days", row.every_days), **kept)


def _share_words(mine: pd.DataFrame, coverage: float) -> Message:
    """The part of its class that a list keeps, and of how many nobody knows whether they agreed to be contacted."""
    listed, unknown = int(mine["customers"].sum()), int(mine["unverified"].sum())
    rule = consent(unknown, listed)
    return msg(f"strategy.remedy.share.{rule}", coverage=Value("percent", coverage), unknown=unknown)


def weekly_by_class(plan: pd.DataFrame, capacity: pd.DataFrame) -> dict[str, float]:
    """Contacts a week that each class can get: as planned, cut in proportion where an owner has more than fits."""
    load = dict(zip(capacity["owner"], capacity["load"], strict=True))
    part = plan["owner"].map(lambda owner: 1 / max(1.0, load[owner]) if load[owner] > 0 else 1.0)
    empty = plan["owner"].isin(capacity.loc[capacity["capacity"].eq(0), "owner"])
    done = (plan["contacts_per_week"] * part).where(~empty, 0.0)
    return {str(name): float(sum_) for name, sum_ in done.groupby(plan["operating_class"]).sum().items()}


def fitting(mine: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Longer intervals, or instead less coverage, with which one owner's strategies fit `limit` contacts a week.

    The strategy with the most contacts alone where that is enough without stretching it MOST_STRETCH times, else every
    one by the same factor. Columns:
    strategy, label, every_days (whole days), now_days, customers and coverage (kept at the old interval). Empty where
    nothing fits.
    """
    triggered = mine["trigger"] != "schedule"  # what sets these off cannot be stretched
    limit = limit - float(mine.loc[triggered, "contacts_per_week"].sum())
    ranked = mine[(mine["customers"] > 0) & ~triggered]
    ranked = ranked.sort_values(["contacts_per_week", "strategy"], ascending=[False, True])
    columns = ["strategy", "label", "every_days", "now_days", "customers", "coverage"]
    if limit <= 0 or not len(ranked):
        return pd.DataFrame(columns=columns)
    loads = [Fraction(7 * int(row.customers), int(row.every_days)) for row in rows(ranked)]
    room = Fraction(limit) - sum(loads[1:], Fraction(0))
    share = (
        [room / loads[0]]
        if room * MOST_STRETCH >= loads[0]
        else [Fraction(limit) / sum(loads, Fraction(0))] * len(loads)
    )
    found = []
    for part, row in zip(share, rows(ranked), strict=False):
        kept = math.floor(row.customers * part)
        every = math.ceil(row.every_days / part)
        found.append((row.strategy, row.label, every, row.every_days, kept, kept / max(row.reachable, 1)))
    return pd.DataFrame(found, columns=columns)
