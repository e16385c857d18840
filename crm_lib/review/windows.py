"""What is compared with what: spans of equal length before the baseline and since the start of the cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from crm_lib.engagement import Cycle, Definitions
from crm_lib.metrics import periods

SHORTEST_DAYS = 7
LOOKING_AHEAD = ("repurchase_rate", "campaign_response_rate")


@dataclass(frozen=True)
class Span:
    """Both days inclusive."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    def year_earlier(self) -> Span:
        return Span(_year_earlier(self.starts_on), _year_earlier(self.ends_on))


@dataclass(frozen=True)
class Windows:
    """`before` ends at the baseline, `after` begins with the cycle; as many days each."""

    baseline: date
    start: date
    last: date

    @property
    def after(self) -> Span:
        return Span(self.start, self.last)

    @property
    def days(self) -> int:
        return self.after.days

    @property
    def before(self) -> Span:
        return Span(self.baseline - timedelta(days=self.days - 1), self.baseline)

    @property
    def placebo(self) -> Windows:
        """The same comparison as it would have been one cycle's length earlier, when nothing was done."""
        earlier = self.baseline - timedelta(days=self.days)
        return Windows(earlier, earlier + timedelta(days=1), self.baseline)


def windows(cycle: Cycle, as_of: date) -> Windows:
    """Windows of a cycle up to as_of, or to its planned end where that is earlier."""
    last = min(as_of, cycle.end) if cycle.end else as_of
    return Windows(cycle.baseline, cycle.start, max(last, cycle.start))


def spans(found: Windows, metric: str, definitions: Definitions) -> dict[str, Span]:
    """'before', 'after', 'year_ago' of a metric; empty where its own window leaves too few days.

    Where a metric looks ahead (repurchase, response), both spans end so much earlier that its window has passed, the
    one before at the baseline; and at the end of a month where they hold whole ones, which are what targets are held
    against. Churn looks ahead from the first day of the span.
    """
    lag = {
        "repurchase_rate": definitions.repurchase_window_days,
        "campaign_response_rate": definitions.response_window_days,
    }.get(metric, 0)
    days = found.days - lag
    if days < SHORTEST_DAYS:
        return {}
    last = (
        _whole_months(found.start, found.start + timedelta(days=days - 1))
        if lag
        else found.start + timedelta(days=days - 1)
    )
    after = Span(found.start, last)
    days = after.days
    before_ends = found.baseline - timedelta(days=lag)
    first = before_ends - timedelta(days=days - 1)
    if metric == "churn_rate":
        first = min(first, found.baseline - timedelta(days=definitions.churn_window_days - 1))
    return {"before": Span(first, before_ends), "after": after, "year_ago": after.year_earlier()}


def periods_of(named: dict[str, Span]) -> pd.DataFrame:
    """Frame of periods for metrics.kpis."""
    return pd.concat(
        [periods.window(name, span.starts_on, span.ends_on) for name, span in named.items()], ignore_index=True
    )


def _whole_months(first: date, last: date) -> date:
    """The end of the last month that lies whole in the days from `first`, the first of a month; else `last`."""
    end = (last + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    return end if first.day == 1 and end > first else last


def _year_earlier(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
