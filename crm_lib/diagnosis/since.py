"""When a change began. A metric that looks ahead dates it by a span: its months name the customers, not the event."""

from __future__ import annotations

from datetime import date

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.language import Message, Value, msg

LOOKS_AHEAD = {"churn_rise": "churn_rate", "repurchase_fall": "repurchase_rate"}  # rule -> metric


def window_days(definitions: Definitions, metric: str) -> int:
    """Days in which the metric watches what a month's customers do; 0 of a metric that counts the month itself."""
    windows = {"churn_rate": definitions.churn_window_days, "repurchase_rate": definitions.repurchase_window_days}
    return windows.get(metric, 0)


def watched_until(definitions: Definitions, metric: str, period: str) -> date | None:
    """The last day on which a month's customers are watched; None of a metric that counts the month itself."""
    window = window_days(definitions, metric)
    if not window:
        return None
    first = pd.Timestamp(f"{period}-01")
    last_of_month = first + pd.offsets.MonthEnd(0)
    if metric == "repurchase_rate":
        return (last_of_month + pd.Timedelta(days=window)).date()
    return (first + pd.Timedelta(days=window - 1)).date()


def since_words(definitions: Definitions, row: pd.Series) -> Message | None:
    """Since when, as a sentence; where the metric looks ahead, between which days the event lies."""
    metric, since = row["metric"], row["since"]
    if not since:
        return None
    until = watched_until(definitions, metric, since)
    if until is None:
        return msg("diagnosis.evidence.since", month=Value("month", since))
    said = "bought" if metric == "repurchase_rate" else "stayed_away"
    window = Value("days", window_days(definitions, metric))
    return msg(f"event.since.{said}", month=Value("month", since), window=window, until=Value("date", until))


def since_short(definitions: Definitions, metric: str, since: str) -> Message | None:
    """The same for a cell: a month, or 'month to day'."""
    if not since:
        return None
    until, month = watched_until(definitions, metric, since), Value("month", since)
    if until is None:
        return msg("diagnosis.month", month=month)
    return msg("since.between", month=month, until=Value("date", until))


def since_mark(definitions: Definitions, metric: str, since: str) -> Message:
    """The same for a line in a chart, in months: there is room for no more."""
    until, month = watched_until(definitions, metric, since), Value("month", since)
    if until is None:
        return msg("diagnosis.mark.since", month=month)
    return msg("since.mark", month=month, until=Value("month", until.strftime("%Y-%m")))


def point_words(definitions: Definitions, metric: str) -> Message | None:
    """What a month's point of a metric that looks ahead stands for; None of the others."""
    window = window_days(definitions, metric)
    return msg(f"since.point.{metric}", window=Value("days", window)) if window else None
