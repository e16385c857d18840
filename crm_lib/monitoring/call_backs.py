"""Tasks of strategies that a closed complaint sets off: one contact each, due so many hours after it was closed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from math import ceil

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.monitoring.contacts import outbound
from crm_lib.monitoring.events import calls_back, tickets
from crm_lib.monitoring.own_owners import by_own_owner, of_strategies
from crm_lib.monitoring.plan import agreed
from crm_lib.monitoring.tasks import COLUMNS, tasks, with_status


def task_list(
    engine: Engine,
    engagement: Engagement,
    plan: pd.DataFrame,
    contact_plan: pd.DataFrame,
    contacts: pd.DataFrame,
    answering: pd.DataFrame,
    as_of: date,
    floor: float,
    follow_up_hours: float,
    recorded: Collection[str] | None = None,
) -> pd.DataFrame:
    """`tasks` of the contact plan by who answers for the customers (see own_owners); those of strategies with the trigger 'complaint_closed' by complaint instead.

    Of these, planned is a week's complaints whose `follow_up_hours` end in it; in_time were contacted within them,
    late after them: a promise with hours is kept in time or not, so late ones are open. Where tickets or interactions of ours are missing they stay with the contact plan. Proposals that
    are not agreed have no tasks.
    """
    contact_plan = by_own_owner(of_strategies(agreed(plan, contact_plan), plan), agreed(plan, answering))
    one = calls_back(engagement)
    triggered = [] if one is None else [one.id]
    mine = plan[plan["strategy"].isin(triggered)]
    if not len(mine) or not (engine.has("tickets") and outbound(engine)):
        return tasks(contact_plan, contacts, as_of, floor, recorded)
    by_date = tasks(contact_plan[~contact_plan["strategy"].isin(triggered)], contacts, as_of, floor, recorded)
    called = _call_backs(tickets(engine, engagement, as_of), engagement.cycle.start, follow_up_hours)
    called = called.assign(strategy=mine["strategy"].iloc[0], owner=mine["owner"].iloc[0])
    found = pd.concat([by_date, with_status(called, as_of, floor, recorded)], ignore_index=True)
    return found.sort_values(["week", "strategy", "owner"], ignore_index=True)[COLUMNS]


def closed_complaints(engine: Engine, engagement: Engagement, hours: float) -> pd.DataFrame | None:
    """Whom a call-back of the cycle can be for: customer_id, closed_on of each complaint closed from `hours` before the
    start on; None without tickets."""
    if not engine.has("tickets"):
        return None
    found = engine.sql(
        "SELECT DISTINCT customer_id, CAST(closed_at AS DATE) AS closed_on FROM tickets "
        "WHERE kind = 'complaint' AND closed_at IS NOT NULL AND customer_id IS NOT NULL"
    )
    first = pd.Timestamp(engagement.cycle.start) - pd.Timedelta(days=ceil(hours / 24))
    found = found.astype({"customer_id": "str", "closed_on": "datetime64[us]"})
    return found[found["closed_on"] >= first].reset_index(drop=True)


def _call_backs(found: pd.DataFrame, start: date, hours: float) -> pd.DataFrame:
    """week, due, planned, made, in_time, late, extra, done, open of the complaints closed in the cycle."""
    closed = found[found["kind"].eq("complaint") & (found["closed_on"] >= pd.Timestamp(start))]
    ends = closed["closed_on"].astype("datetime64[us]") + pd.to_timedelta(ceil(hours / 24), unit="D")
    after = closed["second_contact_hours"].astype("float64")
    each = pd.DataFrame(
        {
            "week": ends - pd.to_timedelta(ends.dt.day_of_week, unit="D"),
            "planned": 1,
            "in_time": (after <= hours).astype("int64"),
            "late": (after > hours).astype("int64"),
        }
    )
    weeks = each.groupby("week", as_index=False)[["planned", "in_time", "late"]].sum()
    done, due = weeks["in_time"], weeks["week"] + pd.to_timedelta(6, unit="D")
    return weeks.assign(due=due, made=done, done=done, extra=0, open=weeks["planned"] - done)
