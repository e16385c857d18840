"""Periods to measure: whole months, whole weeks, or one window. Frames [period, starts_on, ends_on]."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd


def months(first: date, last: date) -> pd.DataFrame:
    """The whole calendar months inside [first, last]; period '2026-03'."""
    rows, day = [], date(first.year, first.month, 1)
    while (end := _next_month(day) - timedelta(days=1)) <= last:
        if day >= first:
            rows.append((f"{day:%Y-%m}", day, end))
        day = _next_month(day)
    return _frame(rows)


def weeks(first: date, last: date) -> pd.DataFrame:
    """The whole weeks, Monday to Sunday, inside [first, last]; period is the Monday, '2026-03-02'."""
    monday = first + timedelta(days=-first.weekday() % 7)
    count = max(0, ((last - monday).days + 1) // 7)
    starts = [monday + timedelta(weeks=i) for i in range(count)]
    return _frame([(start.isoformat(), start, start + timedelta(days=6)) for start in starts])


def window(name: str, starts_on: date, ends_on: date) -> pd.DataFrame:
    """One period called `name`, both days inclusive."""
    return _frame([(name, starts_on, ends_on)])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _frame(rows: list[tuple[str, date, date]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["period", "starts_on", "ends_on"])
    return frame.astype({"period": "str", "starts_on": "datetime64[us]", "ends_on": "datetime64[us]"})
