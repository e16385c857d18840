"""By when each item of the iteration list is done, by what kind of work it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from crm_lib.engagement import Engagement
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS

Work = Literal["stop", "backlog", "measure", "cause", "data", "cycle", "keep"]
STEP = {"daily": 1, "weekly": 7, "monthly": 30, "quarterly": 91}
BACKLOG_DAYS, MEASURE_DAYS, CAUSE_DAYS = 7, 14, 30
PREPARED_DAYS = 30  # to set up a cycle


def work_of(engagement: Engagement, subject: str, decision: str, waits: bool = False) -> Work:
    """What an item asks for; `subject`, `decision` and `waits` as in `Iteration`."""
    if waits:
        return "cause"
    if decision == "drop":
        return "stop"
    if decision == "keep":
        return "keep"
    of, _, id = subject.partition(":")
    if of == "owner" or subject == "cause:open_complaints":
        return "backlog"
    if of == "cause":
        return "cause"
    if of == "strategy" or decision == "change":  # a test or a goal is set up for a cycle
        return "cycle"
    metric = next((target.metric for target in engagement.targets if target.id == id), "")
    return "data" if metric in METRICS and METRICS[metric].needs == ("customers",) else "measure"


def due_on(work: Work, engagement: Engagement) -> date:
    """What stops is told at the next stand-up; a backlog is cleared in a week; a measure for a target is planned in two;
    a cause is removed in a month; records are completed half-way to the next review; what is set up for a cycle is ready
    before it starts; what is kept is looked at in the next review. Never on a weekend."""
    as_of, cadence = engagement.as_of, engagement.cadence
    days = {
        "stop": STEP[cadence.stand_up],
        "backlog": BACKLOG_DAYS,
        "measure": MEASURE_DAYS,
        "cause": CAUSE_DAYS,
        "data": STEP[cadence.review] // 2,
        "keep": STEP[cadence.review],
        "cycle": (next_start(engagement) - as_of).days - 1,
    }
    return _working_day(as_of + timedelta(days=max(days[work], 1)), as_of)


def next_start(engagement: Engagement) -> date:
    """Start of the next cycle: the day after this one ends, but with time to set it up."""
    soonest, end = engagement.as_of + timedelta(days=PREPARED_DAYS), engagement.cycle.end
    return max(soonest, end + timedelta(days=1)) if end else soonest


def _working_day(day: date, after: date) -> date:
    """`day`, or the Friday before it; the Monday where that is not later than `after`."""
    back = day - timedelta(days=max(day.weekday() - 4, 0))
    return back if back > after else day + timedelta(days=-day.weekday() % 7)


def due_words(engagement: Engagement) -> Message:
    """The rule in words."""
    return msg(
        "review.note.due",
        backlog=Value("days", BACKLOG_DAYS),
        measure=Value("days", MEASURE_DAYS),
        cause=Value("days", CAUSE_DAYS),
        data=Value("days", STEP[engagement.cadence.review] // 2),
        start=next_start(engagement),
    )
