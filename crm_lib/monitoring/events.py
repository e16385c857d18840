"""What sets an alert off, one row an event with its day and owner: rules on tickets, core customers, tasks and figures."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement, Strategy
from crm_lib.engine import Engine
from crm_lib.metrics import capped_by_cover
from crm_lib.metrics.closings_recorded import closings
from crm_lib.metrics.rhythm import beyond_rhythm, has_rhythm, longest_silence_days
from crm_lib.monitoring.contacts import outbound, recorded_span
from crm_lib.monitoring.own_owners import own_owners
from crm_lib.monitoring.plan import agreed
from crm_lib.monitoring.tasks import due_tasks

RULES = (
    "complaint_words",
    "response_late",
    "close_late",
    "open_before",
    "no_second_contact",
    "core_silent",
    "core_late",
    "owner_behind",
    "kpi_red",
)
COUNTED = RULES[:7]  # of tickets and customers; the last two have a row for each owner and target
STATES = ("open_before", "core_silent", "core_late", "kpi_red")  # how things stand on the day, not when they happened
COLUMNS = ["rule", "day", "owner", "open"]
_SQL = Path(__file__).parent


def all_events(
    engine: Engine,
    engagement: Engagement,
    plan: pd.DataFrame,
    members: pd.DataFrame,
    layers: pd.DataFrame,
    tasks: pd.DataFrame,
    paths: pd.DataFrame,
    span: str,
    as_of: date,
    words: tuple[str, ...],
    follow_up_hours: float,
    floor: float,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Events of every rule that the data allow: rule, day, owner, open; and of how many records each could judge."""
    found = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _KINDS.items()})]
    judged: dict[str, int] = {}
    if engine.has("tickets"):
        both = tickets(engine, engagement, as_of)
        part, counts = ticket_events(
            both, engagement, words, follow_up_hours, outbound(engine), closings(engine, as_of).recorded
        )
        found.append(part)
        judged |= counts
    part, counts = core_events(engine, engagement, plan, members, layers, as_of)
    found += [part, owner_events(tasks, as_of, floor), kpi_events(paths, span)]
    judged |= counts
    return pd.concat([one.astype(_KINDS) for one in found], ignore_index=True), judged


_KINDS = {"rule": "str", "day": "datetime64[us]", "owner": "str", "open": "bool"}


def tickets(engine: Engine, engagement: Engagement, as_of: date) -> pd.DataFrame:
    """Tickets of the cycle, and earlier ones still open at its start; see tickets.sql. A contact for another strategy than
    the one that closed complaints set off is no second contact."""
    one = calls_back(engagement)
    found = engine.run(
        _SQL / "tickets.sql", start=engagement.cycle.start, as_of=as_of, strategy=one.id if one is not None else ""
    )
    return found.astype(dict.fromkeys(("ticket_id", "kind", "owner", "store", "description"), "str"))


def calls_back(engagement: Engagement) -> Strategy | None:
    """The strategy that a closed complaint sets off."""
    return next((one for one in engagement.strategies if one.trigger == "complaint_closed"), None)


def words_of(text: str) -> tuple[str, ...]:
    """Words separated by commas (also Chinese ones), without blanks, in their order."""
    parts = text.replace("，", ",").replace("、", ",").split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def ticket_events(
    tickets: pd.DataFrame,
    engagement: Engagement,
    words: tuple[str, ...],
    follow_up_hours: float,
    with_contacts: bool,
    closing_recorded: bool = True,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Events of the rules on tickets, and of how many tickets each rule could judge.

    complaint_words: a ticket of the cycle whose description has one of `words`. response_late, close_late: a complaint
    of the cycle past its time limit without it being kept; open_before: one of before the cycle that is still open.
    no_second_contact: a complaint closed in the cycle, `follow_up_hours` ago or more, and nobody contacted the customer
    in that time. A rule whose column the data never hold judges nothing; without `closing_recorded` (see closings)
    only tickets with a close time are judged by it, since the others may long be closed.
    """
    settings = engagement.definitions
    late_minutes, late_hours = settings.complaint_response_minutes, settings.complaint_close_hours
    of_cycle, complaint = tickets["of_cycle"].eq(1), tickets["kind"].eq("complaint")
    described = of_cycle & tickets["description"].notna()
    word = _mentions(tickets["description"], words)
    answers_known, closings_known = (bool(tickets[name].notna().any()) for name in ("response_minutes", "close_hours"))
    answerable = of_cycle & complaint & (tickets["age_hours"] * 60 >= late_minutes) & answers_known
    closable = complaint & (tickets["age_hours"] >= late_hours) & closings_known
    before = complaint & ~of_cycle & closings_known & closing_recorded  # open when the cycle began
    closed = (
        complaint
        & (tickets["closed_age_hours"] >= follow_up_hours)
        & (tickets["closed_on"] >= pd.Timestamp(engagement.cycle.start))
    )
    closable &= closing_recorded | tickets["close_hours"].notna()
    unanswered, unclosed = tickets["response_minutes"].isna(), tickets["close_hours"].isna()
    rules = {
        "complaint_words": (described, word, tickets["opened_on"], unclosed),
        "response_late": (answerable, ~(tickets["response_minutes"] <= late_minutes), tickets["opened_on"], unanswered),
        "open_before": (before, unclosed, tickets["opened_on"], unclosed),
        "close_late": (closable & of_cycle, ~(tickets["close_hours"] <= late_hours), tickets["opened_on"], unclosed),
        "no_second_contact": (
            closed & with_contacts,
            ~(tickets["second_contact_hours"] <= follow_up_hours),
            tickets["closed_on"],
            pd.Series(True, index=tickets.index),
        ),
    }
    found = [
        pd.DataFrame({"rule": rule, "day": day, "owner": tickets["owner"], "open": still})[judged & hit]
        for rule, (judged, hit, day, still) in rules.items()
    ]
    one = calls_back(engagement)
    if one is not None:  # its owner calls, whoever closed the complaint
        found = [
            part.assign(owner=part["owner"].where(part["rule"] != "no_second_contact", one.owner)) for part in found
        ]
    return pd.concat(found, ignore_index=True)[COLUMNS], {rule: int(parts[0].sum()) for rule, parts in rules.items()}


def _mentions(texts: pd.Series, words: tuple[str, ...]) -> pd.Series:
    found = pd.Series(False, index=texts.index)
    for word in words:
        found |= texts.str.contains(word, case=False, regex=False).fillna(False).astype(bool)
    return found


def core_events(
    engine: Engine, engagement: Engagement, plan: pd.DataFrame, members: pd.DataFrame, layers: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Events of core customers at `as_of`, and how many were judged.

    core_silent: on the list of an agreed core strategy and not contacted for longer than its interval (the shortest one's);
    judged where our contacts are recorded over the whole of that interval (see `recorded_span`). core_late: silent
    beyond the own rhythm (see metrics/rhythm.py), counted from the end of cover if that is later. `day` is when it began,
    `owner` the customer's own, else the strategy's.
    """
    core = layers.loc[layers["operating_class"] == "core", ["customer_id"]].sort_values("customer_id")
    engine.register("core_members", core.astype("str"))
    found = engine.run(_SQL / "core.sql", as_of=as_of)
    found["recency_days"] = capped_by_cover(engine, found["customer_id"], found["recency_days"], as_of)
    lists = agreed(plan, members).merge(
        plan.loc[plan["operating_class"] == "core", ["strategy", "owner", "every_days"]], on="strategy"
    )
    lists = lists.sort_values(["customer_id", "every_days", "strategy"]).drop_duplicates("customer_id")
    found = found.astype({"customer_id": "str"}).merge(
        lists.astype({"customer_id": "str"}), on="customer_id", how="left"
    )
    today, start = pd.Timestamp(as_of), pd.Timestamp(engagement.cycle.start)
    last = today - pd.to_timedelta(found["last_contact_days"], unit="D")
    last = last.where(last > start, start)
    silent_since = last + pd.to_timedelta(found["every_days"].astype("float64"), unit="D")
    known = has_rhythm(found["purchase_days"])
    late = beyond_rhythm(found["purchase_days"], found["rhythm_days"], found["recency_days"])
    late_since = today - pd.to_timedelta(
        found["recency_days"] - np.ceil(longest_silence_days(found["rhythm_days"])), unit="D"
    )
    found["owner"] = found["customer_id"].map(own_owners(engine)).astype("object").fillna(found["owner"])
    told = recorded_span(engine, as_of).covers(found["every_days"])
    rules = {
        "core_silent": (told, silent_since < today, silent_since),
        "core_late": (known, late, late_since),
    }
    parts = [
        pd.DataFrame({"rule": rule, "day": day, "owner": found["owner"], "open": True})[judged & hit]
        for rule, (judged, hit, day) in rules.items()
    ]
    counts = {rule: int(judged.sum()) for rule, (judged, _, _) in rules.items()}
    return pd.concat(parts, ignore_index=True)[COLUMNS], counts


def owner_events(tasks: pd.DataFrame, as_of: date, floor: float) -> pd.DataFrame:
    """Weeks in which an owner's due tasks were done to less than `floor` by now; open where contacts still are."""
    due = due_tasks(tasks, as_of)
    sums = due.groupby(["owner", "week"], as_index=False)[["planned", "done", "open"]].sum()
    low = sums[sums["done"] < floor * sums["planned"]]
    return pd.DataFrame({"rule": "owner_behind", "day": low["week"], "owner": low["owner"], "open": low["open"] > 0})


def kpi_events(paths: pd.DataFrame, span: str) -> pd.DataFrame:
    """Periods in which a target's figure was red; the owner stands for the target's id."""
    red = paths[(paths["span"] == span) & (paths["status"] == "bad")]
    return pd.DataFrame({"rule": "kpi_red", "day": red["starts_on"], "owner": red["target_id"], "open": True})


def events_by_week(events: pd.DataFrame, start: date, as_of: date) -> pd.DataFrame:
    """Events of the cycle by week and rule, the rules that are states left out: week, rule, events."""
    first = pd.Timestamp(start - timedelta(days=start.weekday()))
    timed = events[~events["rule"].isin(STATES) & (events["day"] >= first)]
    week = timed["day"] - pd.to_timedelta(timed["day"].dt.day_of_week, unit="D")
    found = timed.assign(week=week).groupby(["week", "rule"], as_index=False).size().rename(columns={"size": "events"})
    return found[found["week"] <= pd.Timestamp(as_of)].reset_index(drop=True)
