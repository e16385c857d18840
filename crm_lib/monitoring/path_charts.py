"""One chart a target: its months beside the path from baseline to target."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Message
from crm_lib.metrics import METRICS, expected
from crm_lib.metrics.definitions import label
from crm_lib.monitoring.titles import path_title

MOST = 6


def path_charts(
    engagement: Engagement, readings: pd.DataFrame, measured: pd.DataFrame
) -> list[tuple[str, Message, pd.DataFrame, str, Message]]:
    """(block id, title, frame, column spec, label of the values) of the first six targets that the data can show.

    Frame: period ('YYYY-MM'), measure (actual or path), value, low, high, base. Actual months from half a year before
    the start; the path from the baseline's month to the due month.
    """
    shown = readings[readings["metric"].isin(METRICS)].head(MOST)
    found = [_chart(engagement, reading, measured) for reading in rows(shown)]
    return [chart for chart in found if chart[2]["value"].notna().any()]


def _chart(
    engagement: Engagement, target: Any, measured: pd.DataFrame
) -> tuple[str, Message, pd.DataFrame, str, Message]:
    own = measured[(measured["metric"] == target.metric) & (measured["group_id"] == target.group_id)]
    months = own[own["span"] == "month"].sort_values("starts_on")
    known = months["value"].notna()
    months = months[known.cummax() & known[::-1].cummax()[::-1]]  # a month without a value between two breaks the line
    actual = months[["period", "value", "low", "high", "base"]].assign(measure="actual")
    frame = pd.concat([actual, _line(engagement, target)], ignore_index=True)
    kind = METRICS[target.metric].kind
    spec = f"period:month measure:term@monitoring.measure value:{kind} low:{kind}! high:{kind}! base:int!"
    return f"monitoring.path_{target.target_id}", path_title(engagement, target), frame, spec, label(target.metric)


def _line(engagement: Engagement, target: Any) -> pd.DataFrame:
    """The path at the baseline's month and at each month's end up to the due month."""
    day = engagement.cycle.baseline
    due, ends = target.due.date(), [day]
    while day < due:
        after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        day = min(date(after.year + after.month // 12, after.month % 12 + 1, 1) - timedelta(days=1), due)
        ends.append(day)
    levels = [expected(engagement, target, end) for end in ends]
    frame = pd.DataFrame({"period": [f"{end:%Y-%m}" for end in ends], "value": levels})
    return frame.astype({"value": "float64"}).assign(
        measure="path", low=float("nan"), high=float("nan"), base=float("nan")
    )
