"""Alerts: what calls for action now, how much of it, since when, who is to act, and how."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import NO_OWNER, Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects, rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.consent import once_verified
from crm_lib.metrics.ended_owners import ended_people
from crm_lib.metrics.responsible import as_owner, team_for, team_of_metric
from crm_lib.monitoring.events import COUNTED

GRAVE = frozenset({"complaint_words", "open_before", "owner_behind", "kpi_red"})
BY_SHARE = frozenset({"response_late", "close_late", "no_second_contact"})  # grave where most of them are late
CALLS = frozenset({"core_silent", "core_late"})  # ask for contacts of ours
CLOSED = frozenset({"complaint_words", "close_late"})  # have other advice where nothing is open any more
MOST_OWNERS = 3


def alerts(
    engagement: Engagement,
    events: pd.DataFrame,
    judged: dict[str, int],
    owners: pd.DataFrame,
    red: pd.DataFrame,
    floor: float,
    unknown: bool = False,
    gone: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row an alert, the grave ones first, then in the order of RULES; owner_behind and kpi_red have a row for each
    owner and target.

    Columns: rule, status (bad for grave ones and where most complaints were late, else watch), subject (Message or None), count, base, share, open, since,
    who (Message), action (Message). An owner is behind where all due tasks together are done to less than `floor`;
    a figure alerts where its last two readable periods were red. `unknown`: see consent_unknown; `gone`: see who_left.
    """
    left = gone if gone is not None else pd.DataFrame(columns=["last_on", "known_by"])
    found = [
        _counted(engagement, rule, events[events["rule"] == rule], judged.get(rule, 0), unknown, left)
        for rule in COUNTED
    ]
    lines = [line for line in found if line["count"]]
    lines += [_owner(engagement, row, floor, left) for row in rows(owners) if row.completion < floor]
    targets = {target.id: target for target in engagement.targets}
    lines += [_figure(engagement, row, targets.get(row.target_id), left) for row in rows(red)]
    frame = pd.DataFrame(lines, columns=COLUMNS)
    share = frame["count"].astype("float64") / frame["base"].astype("float64").where(frame["base"] > 0)
    grave = frame["rule"].isin(GRAVE) | (frame["rule"].isin(BY_SHARE) & (share > 0.5))
    frame = frame.assign(share=share, status=grave.map({True: "bad", False: "watch"}).astype("str"))
    return frame.sort_values("status", kind="stable", ignore_index=True)


COLUMNS = ["rule", "subject", "count", "base", "open", "since", "who", "action"]


def who_left(engine: Engine, engagement: Engagement, events: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """`ended_people` of everybody whom an alert may name."""
    named = {*events["owner"].dropna(), *owners["owner"].dropna(), *engagement.owners}
    return ended_people(engine, engagement, map(str, named))


def _named(engagement: Engagement, owner: str | None, gone: pd.DataFrame) -> Message:
    """The owner, and that the own contacts or sales have ended."""
    label = engagement.owner_label(owner)
    left = next(rows(gone[gone.index == owner]), None)
    if left is None:
        return label
    return msg(f"monitoring.left.{left.known_by}", owner=label, last=Value("date", left.last_on.date()))


def _counted(
    engagement: Engagement, rule: str, mine: pd.DataFrame, base: int, unknown: bool, gone: pd.DataFrame
) -> dict[str, Any]:
    named = mine["owner"].where(mine["owner"] != NO_OWNER).fillna(_otherwise(engagement, rule))
    return {
        "rule": rule,
        "subject": None,
        "count": len(mine),
        "base": base,
        "open": int(mine["open"].sum()),
        "since": mine["day"].min(),
        "who": _who(engagement, named, gone),
        "action": once_verified(
            msg(f"monitoring.alert_do.{rule}{'.closed' if rule in CLOSED and not mine['open'].any() else ''}"),
            unknown and rule in CALLS,
        ),
    }


def _otherwise(engagement: Engagement, rule: str) -> str:
    """Who answers for what names nobody: a strategy's owner for core customers, else the team of the subject."""
    if rule in ("core_silent", "core_late"):
        owners = [one.owner for one in engagement.strategies if one.operating_class == "core"]
        return owners[0] if owners else as_owner(team_for(engagement, "key_uncontacted"), "")
    return as_owner(team_for(engagement, "closing_slow"), "")


def _who(engagement: Engagement, owners: pd.Series, gone: pd.DataFrame) -> Message:
    """The owners with most of it, each with its count."""
    counted = owners.fillna("").value_counts().rename_axis("owner").reset_index(name="n")
    counted = counted.sort_values(["n", "owner"], ascending=[False, True]).head(MOST_OWNERS)
    parts = [
        msg("monitoring.who", owner=_named(engagement, row.owner or None, gone), n=int(row.n)) for row in rows(counted)
    ]
    return msg("monitoring.list", items=Value("list", parts))


def _owner(engagement: Engagement, row: Any, floor: float, gone: pd.DataFrame) -> dict[str, Any]:
    label = engagement.owner_label(row.owner)
    return {
        "rule": "owner_behind",
        "subject": label,
        "count": int(row.open),
        "base": int(row.planned),
        "open": int(row.open),
        "since": row.oldest_due,
        "who": _named(engagement, row.owner, gone),
        "action": _catch_up(engagement, row, floor),
    }


def _catch_up(engagement: Engagement, row: Any, floor: float) -> Message:
    """What to do about an owner who is behind: more people only where the plan exceeds what they can do."""
    capacity = next(
        (one.contacts_per_week for team in engagement.teams for one in team.owners if one.id == row.owner), 0
    )
    free = row.per_week <= capacity
    return msg(
        f"monitoring.alert_do.owner_behind{'.free' if free else ''}",
        owner=engagement.owner_label(row.owner),
        completion=Value("percent", float(row.completion), base=int(row.planned)),
        floor=Value("percent", floor),
        per_week=Value("float", float(row.per_week)),
        capacity=Value("int", round(capacity)),
    )


def _figure(engagement: Engagement, row: Any, target: Any, gone: pd.DataFrame) -> dict[str, Any]:
    owners = [one.owner for one in engagement.strategies if target and one.metric == target.metric]
    owners = owners or [as_owner(team_of_metric(engagement, target.metric), "")] if target else []
    names = [_named(engagement, owner, gone) for owner in dict.fromkeys(owners)] or [msg("group.no_owner")]
    return {
        "rule": "kpi_red",
        "subject": target_label(engagement, row.target_id),
        "count": int(row.periods),
        "base": 0,
        "open": int(row.periods),
        "since": row.since,
        "who": msg("monitoring.list", items=Value("list", names)),
        "action": msg("monitoring.alert_do.kpi_red"),
    }


def target_label(engagement: Engagement, target_id: str) -> Message:
    """'Repurchase rate, core customers'."""
    target = next((one for one in engagement.targets if one.id == target_id), None)
    if target is None:
        return msg("monitoring.value", value=Value("text", target_id))
    return msg("monitoring.target", metric=msg(f"metric.{target.metric}"), group=engagement.group_label(target.group))


def with_words(alerts: pd.DataFrame) -> pd.DataFrame:
    """alerts with a subject for every row: the rule itself where it has none of its own; `size` is the count with what
    is counted."""
    own = [
        msg("monitoring.alert_on", rule=msg(f"monitoring.rule.{row.rule}"), subject=row.subject)
        if isinstance(row.subject, Message)
        else msg(f"monitoring.rule.{row.rule}")
        for row in rows(alerts)
    ]
    base = alerts["base"].astype("Int64").where(alerts["base"] > 0).reset_index(drop=True)
    sizes = objects(_size(row) for row in rows(alerts))
    return alerts.reset_index(drop=True).assign(base=base, alert=objects(own), size=sizes)


def _size(row: Any) -> Message:
    unit = {"core_silent": "customers", "core_late": "customers", "owner_behind": "contacts", "kpi_red": "periods"}
    unit |= {"complaint_words": "tickets"}
    return msg(f"monitoring.count.{unit.get(row.rule, 'complaints')}", n=int(row.count))
