"""Each target's figure by week and month beside the path that leads from its baseline to its target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.metrics import METRICS
from crm_lib.metrics.targets import GROWS
from crm_lib.monitoring.before_start import before_start

HISTORY_MONTHS = 6


def measured(
    engine: Engine, engagement: Engagement, targets: pd.DataFrame, groups: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """`metrics.kpis` of the targets' figures by month (from half a year before the start) and by week (from the start).

    Adds `span`: month, week, or cycle: its days so far where it holds no whole month yet.
    """
    start, definitions = engagement.cycle.start, engagement.definitions
    months = metrics.months(_months_before(start, HISTORY_MONTHS), as_of)
    so_far = metrics.cycle_periods(start, metrics.cycle_ends(engagement, as_of))
    extra = so_far[~so_far["period"].isin(months["period"])]
    periods = pd.concat([months, metrics.weeks(start, as_of), extra], ignore_index=True)
    whole = sorted(set(targets.loc[targets["group_id"] == "all", "metric"]) & set(METRICS))
    parts = sorted(set(targets.loc[targets["group_id"] != "all", "metric"]) & set(METRICS))
    wanted = groups[groups["group_id"].isin(targets["group_id"])]
    found = [
        metrics.kpis(engine, periods, definitions, None, whole),
        metrics.kpis(engine, periods, definitions, wanted, parts),
    ]
    frame = pd.concat(found, ignore_index=True)
    return frame.assign(span=frame["period"].str.len().map({5: "cycle", 7: "month", 10: "week"}))


def _months_before(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def against_path(engagement: Engagement, targets: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """One row a target, month and week: the measured columns, target_id, expected, deviation, relative, status.

    expected: see metrics.expected, read at the period's end; NaN before the baseline and, by week, for what grows with
    the period's length. deviation = value - expected, relative = deviation / |expected|. Status: see metrics.light.
    """
    frame = targets.merge(measured[measured["span"] != "cycle"], on=["metric", "group_id"], how="inner")
    readable = (frame["ends_on"] > pd.Timestamp(engagement.cycle.baseline)) & ~(
        (frame["span"] == "week") & frame["metric"].isin(GROWS)
    )
    paths = [metrics.expected(engagement, row, row.ends_on.date()) for row in rows(frame)]
    frame["expected"] = pd.Series(paths, frame.index, dtype="float64").where(readable)
    frame["deviation"] = frame["value"] - frame["expected"]
    frame["relative"] = frame["deviation"] / frame["expected"].abs().where(frame["expected"] != 0)
    smallest = engagement.definitions.smallest_base
    frame["status"] = [metrics.light(row, smallest) for row in frame.to_dict("records")]  # type: ignore[arg-type]
    return frame.sort_values(["target_id", "span", "starts_on"], ignore_index=True)


def readings(
    engagement: Engagement, targets: pd.DataFrame, measured: pd.DataFrame, paths: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """How each target stands: metrics.standings of the cycle's months, and its latest whole month, else week.

    Adds latest_span, latest_period, latest_value, latest_base, latest_status ('' and NaN where nothing was measured), and
    stood, stood_from, stood_to (see before_start).
    """
    start, ends = pd.Timestamp(engagement.cycle.start), pd.Timestamp(metrics.cycle_ends(engagement, as_of))
    months = (measured["span"] == "month") & (measured["starts_on"] >= start) & (measured["ends_on"] <= ends)
    found = metrics.standings(engagement, targets, measured[months | (measured["span"] == "cycle")], as_of)
    known = paths[paths["value"].notna() & paths["expected"].notna()].sort_values("starts_on", kind="stable")
    order = known["span"].map({"week": 0, "month": 1})
    last = known.assign(_order=order).sort_values("_order", kind="stable").drop_duplicates("target_id", keep="last")
    last = last.set_index("target_id")[["span", "period", "value", "base", "status"]].add_prefix("latest_")
    found = found.join(last, on="target_id")
    found = found.join(before_start(engagement, found, measured).set_index("target_id"), on="target_id")
    text = ["latest_span", "latest_period", "latest_status", "stood_from", "stood_to"]
    return found.assign(**{name: found[name].astype(object).fillna("") for name in text})


def kpi_handoff(readings: pd.DataFrame) -> pd.DataFrame:
    """The readings as handoff `kpi_status`."""
    columns = {"value": "actual"}
    return readings.rename(columns=columns)[
        ["target_id", "metric", "group_id", "actual", "expected", "target", "status"]
    ]


def readable_from(row: Any, engagement: Engagement) -> date | None:
    """The day on which the first whole month of the cycle can be measured; None where it could be by now."""
    settings = engagement.definitions
    first = metrics.months(engagement.cycle.start, engagement.cycle.start + timedelta(days=62)).iloc[0]
    wait = {
        "repurchase_rate": first["ends_on"] + timedelta(days=settings.repurchase_window_days),
        "churn_rate": first["starts_on"] + timedelta(days=settings.churn_window_days - 1),
        "campaign_response_rate": first["ends_on"],
    }.get(row.metric, first["ends_on"])
    return max(wait, first["ends_on"]).date()


def red_twice(paths: pd.DataFrame, span: str) -> pd.DataFrame:
    """Targets whose last two readable periods of the span are red: target_id, since (first day of the red run)."""
    found = []
    known = paths[(paths["span"] == span) & (paths["status"] != "unknown")]
    for target_id, mine in known.groupby("target_id", sort=True):
        red = mine["status"].eq("bad").tolist()
        run = next((i for i, one in enumerate(reversed(red)) if not one), len(red))
        if run >= 2:
            found.append((target_id, run, mine["starts_on"].iloc[-run]))
    return pd.DataFrame(found, columns=["target_id", "periods", "since"])


def spans(engagement: Engagement) -> Sequence[str]:
    """The report's own span first: ('week', 'month') or ('month', 'week')."""
    return ("week", "month") if engagement.cadence.report == "weekly" else ("month", "week")
