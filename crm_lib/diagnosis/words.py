"""Small messages that many sentences are made of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import Engagement
from crm_lib.language import Kind, Message, Value, literal, msg, term_or_text
from crm_lib.metrics import METRICS
from crm_lib.metrics.responsible import team_for

CHANNELS = ("channel", "join_channel")
FEW = 100  # a mean a month of fewer is told with one decimal


def level(row: pd.Series, prefix: str = "") -> Value:
    """The pooled level of a row of `trends`, with its interval and base; prefix 'before_' for the earlier one."""
    metric = METRICS[row["metric"]]
    low, high = (_number(row[f"{prefix}{side}"]) for side in ("low", "high"))
    base = None if metric.estimate == "total" else round(row[f"{prefix}base"])
    name = f"{row['metric']}.{row['group_id']}.{row[f'{prefix}from_period']}..{row[f'{prefix}to_period']}"
    value = _number(row[f"{prefix}value"])
    counted = metric.estimate == "total" and metric.kind == "int"
    few = counted and value is not None and value < FEW and value != round(value)
    return Value("float" if few else metric.kind, value, base, low, high, name)


def difference(row: pd.Series) -> Value:
    """The change of a row of `trends` with its interval; of a total, the relative change."""
    metric = METRICS[row["metric"]]
    name = f"{row['metric']}.{row['group_id']}.change"
    if metric.estimate == "total":
        return Value("percent", _number(row["share_change"]), name=name)
    kind = difference_kind(row["metric"])
    return Value(kind, _number(row["change"]), None, _number(row["change_low"]), _number(row["change_high"]), name)


def difference_kind(metric: str) -> Kind:
    kind = METRICS[metric].kind
    return "points" if kind == "percent" else kind


def span(row: pd.Series, prefix: str = "") -> Message:
    """The months of a pooled level: 'Jan 2026 to Mar 2026', or one month."""
    first, last = row[f"{prefix}from_period"], row[f"{prefix}to_period"]
    if first == last:
        return msg("diagnosis.month", month=Value("month", last))
    return msg("diagnosis.span", first=Value("month", first), last=Value("month", last))


PAIR = "\x1f"  # between a category and its brand in a part of both


def part_label(engagement: Engagement, dimension: str, part: str) -> Message:
    """A value of a dimension in words: a code that the catalogue knows, an owner, or the client's own word."""
    if dimension in CHANNELS:
        return term_or_text("channel", part)
    if PAIR in part:
        category, brand = map(literal, part.split(PAIR, 1))
        return msg("diagnosis.part.of_brand", category=category, brand=brand)
    return engagement.owner_label(part) if dimension == "owner" else literal(part)


def dimension_label(dimension: str) -> Message:
    return msg(f"diagnosis.dimension.{dimension}")


def ticket_label(dimension: str) -> Message:
    """The same column of a ticket: where the complaint arose, not where the customer buys."""
    return msg(f"diagnosis.ticket.{dimension}")


def sentences(*parts: Message | None) -> Message | None:
    """Several sentences as one message."""
    said = [part for part in parts if part is not None]
    if not said:
        return None
    joined = said[-1]
    for part in reversed(said[:-1]):
        joined = msg("diagnosis.sentences", first=part, rest=joined)
    return joined


def responsible(engagement: Engagement, rule: str) -> Message:
    """The team that answers for a rule's subject; else that one has to be named."""
    team = team_for(engagement, rule)
    return msg("diagnosis.responsible", team=team.label.message) if team else msg("diagnosis.responsible_open")


def metric_label(metric: str) -> Message:
    """The metric's name; of a total, that it is a mean a month."""
    label = metrics.label(metric)
    return msg("diagnosis.monthly", metric=label) if METRICS[metric].estimate == "total" else label


def signed(value: Value) -> Message:
    """A change with its sign and interval; points carry their sign already."""
    plus = value.kind != "points" and isinstance(value.value, (int, float)) and value.value > 0
    return msg("diagnosis.plus" if plus else "diagnosis.check.value", value=value)


def signed_bare(value: Value) -> Message:
    """The same without its interval."""
    return signed(Value(value.kind, value.value, name=value.name))


def cell(value: Value, sign: bool = False) -> Message:
    """A value for a narrow column: 45.1% (40.3% to 50.0%), without words for the interval and without its base."""
    bare = Value(value.kind, value.value, name=value.name)
    said = signed(bare) if sign else msg("diagnosis.check.value", value=bare)
    if value.low is None or value.high is None:
        return said
    points = value.kind == "points"
    if points and len({round(100 * part, 1) for part in (value.value, value.low, value.high)}) == 1:
        return said  # narrower than what is printed
    low, high = (
        Value(
            "float" if points or value.kind == "hours" else value.kind,
            _unsigned_zero(part * 100, 1) if points else part,
        )
        for part in (value.low, value.high)
    )
    return msg("diagnosis.cell", value=said, low=low, high=high)


def _unsigned_zero(value: float, digits: int) -> float:
    """0 instead of -0 where nothing else would be printed."""
    return 0.0 if round(value, digits) == 0 else value


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
