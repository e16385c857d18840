"""What was aimed at and what was reached."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.frames import rows as frame_rows
from crm_lib.language import Kind, Message, msg
from crm_lib.metrics import METRICS, cycle_periods, kpis, label, span_words, standings
from crm_lib.review.rows import difference, records, value
from crm_lib.review.windows import Windows

COLUMNS = [
    "target_id",
    "metric",
    "group_id",
    "due",
    "baseline",
    "target",
    "actual",
    "actual_low",
    "actual_high",
    "actual_base",
    "from_period",
    "to_period",
    "starts_on",
    "ends_on",
    "expected",
    "gap",
    "progress",
    "standing",
    "status",
]


def attainment(
    engine: Engine, engagement: Engagement, found: Windows, targets: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """One row a target of the handoff `targets`; columns COLUMNS.

    See metrics.standings, which monitoring uses as well: actual is its value, for the group as fixed at baseline in
    `groups` [group_id, customer_id].
    """
    periods = cycle_periods(found.after.starts_on, found.after.ends_on)
    whole = sorted(set(targets.loc[targets["group_id"] == "all", "metric"]))
    parts = targets[targets["group_id"] != "all"]
    members, names = groups[groups["group_id"].isin(parts["group_id"])], sorted(set(parts["metric"]))
    measured = [
        kpis(engine, periods, engagement.definitions, None, whole),
        kpis(engine, periods, engagement.definitions, members, names),
    ]
    stands = standings(engagement, targets, pd.concat(measured, ignore_index=True), engagement.as_of)
    given = {"value": "actual", "low": "actual_low", "high": "actual_high", "base": "actual_base"}
    return stands.rename(columns=given).assign(due=[pd.Timestamp(day).date() for day in stands["due"]])[COLUMNS]


def missed(reached: pd.DataFrame) -> pd.DataFrame:
    """The targets that were measured and not reached, in their order."""
    return reached[reached["status"].isin(["watch", "bad"])].reset_index(drop=True)


def named(engagement: Engagement, metric: str, group_id: str) -> Message:
    """'Repurchase rate · core customers'."""
    return msg("review.metric_of_group", metric=label(metric), group=engagement.group_label(group_id))


def cell(metric: str, number: float) -> Message:
    """A value of the metric's own kind, for a column in which metrics of several kinds stand."""
    return msg("review.value", value=value(METRICS[metric].kind, number))


def gap_kind(metric: str) -> Kind:
    """Kind of a difference of the metric's values."""
    return "points" if METRICS[metric].kind == "percent" else METRICS[metric].kind


def attainment_table(engagement: Engagement, reached: pd.DataFrame) -> pd.DataFrame:
    """`reached` with the target in words (`target_name`), its values as cells of their own kind, the span of the actual
    one, and the interval."""
    rows = records(reached)
    cells = {
        f"{part}_cell": objects(cell(row["metric"], row[part]) for row in rows)
        for part in ("baseline", "target", "actual", "expected")
    }
    cells["gap_cell"] = objects(
        msg("review.value", value=difference(gap_kind(row["metric"]), row["gap"])) for row in rows
    )
    cells["span"] = objects(_span(row) for row in frame_rows(reached))
    cells["level"] = objects(
        msg("review.at", span=span_words(row), value=cell) if row.to_period else cell
        for row, cell in zip(frame_rows(reached), cells["actual_cell"], strict=True)
    )
    cells["interval"] = objects(_interval(row) for row in rows)
    cells["target_name"] = objects(named(engagement, row["metric"], row["group_id"]) for row in rows)
    return pd.concat([reached.reset_index(drop=True), pd.DataFrame(cells)], axis=1)


def _interval(row: dict[str, Any]) -> Message:
    kind = METRICS[row["metric"]].kind
    if row["actual_low"] != row["actual_low"]:
        return msg("review.no_interval")
    return msg("review.range", low=value(kind, row["actual_low"]), high=value(kind, row["actual_high"]))


def _span(row: Any) -> Message:
    return msg("review.no_interval") if pd.isna(row.actual) else span_words(row)
