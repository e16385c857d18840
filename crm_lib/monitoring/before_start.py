"""Where a target's figure stood after the months of its baseline and before the start: whether it fell in the cycle."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.frames import rows
from crm_lib.language import Message, msg
from crm_lib.metrics import METRICS, months_words, pooled
from crm_lib.monitoring.reasons import measurable
from crm_lib.monitoring.words import figure, step

PART = 0.1  # of the change; less of it before the start is no news
COLUMNS = ["target_id", "stood", "stood_from", "stood_to"]


def before_start(engagement: Engagement, readings: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """The level of the months before the start that could not be measured yet on the baseline's day: a window had not
    passed. Columns: target_id, stood (the level), stood_from, stood_to; no row for figures without such months or with
    fewer than the smallest base in them."""
    early = measured[measured["span"].eq("month") & (measured["ends_on"] < pd.Timestamp(engagement.cycle.start))]
    found = []
    for row in rows(readings[readings["metric"].isin(METRICS)]):
        mine = early[early["metric"].eq(row.metric) & early["group_id"].eq(row.group_id)]
        known = measurable(engagement, row.metric)["ends_on"].max()
        level = pooled(mine[mine["ends_on"] > known], None)
        if len(level) and level["base"].iloc[0] >= engagement.definitions.smallest_base:
            found.append((row.target_id, *level[["value", "from_period", "to_period"]].iloc[0]))
    return pd.DataFrame(found, columns=COLUMNS).astype({"stood": "float64"})


def since_words(row: Any) -> Message | None:
    """What of a figure's fall below its baseline had come before the start; `row`: a reading with `before_start`. None
    where the figure is not below its baseline or the months between are not known."""
    sign = 1 if METRICS[row.metric].better == "up" else -1
    change, came = sign * (row.value - row.baseline), sign * (row.stood - row.baseline)
    if not change < 0 or pd.isna(came):
        return None
    given: dict[str, Any] = {
        "period": months_words(row.stood_from, row.stood_to),
        "value": figure(row.metric, row.stood),
    }
    if came <= change or came > PART * change:
        return msg(f"monitoring.finding.before_start.{'all' if came <= change else 'none'}", **given)
    steps = {name: step(row.metric, to - row.baseline) for name, to in (("change", row.value), ("came", row.stood))}
    return msg("monitoring.finding.before_start.part", **given, **steps)
