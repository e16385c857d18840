"""Sentences and values that several tables and findings share."""

from __future__ import annotations

from math import isfinite
from typing import Any

import pandas as pd

from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, span_words


def figure(metric: str, number: Any, row: Any = None) -> Value:
    """A figure in its metric's kind; with base and interval of the level in `row` where given."""
    value = None if pd.isna(number) else float(number)
    if row is None:
        return Value(METRICS[metric].kind, value)
    low, high = (None if pd.isna(bound) else float(bound) for bound in (row.low, row.high))
    base = None if METRICS[metric].estimate == "total" else int(row.base)
    name = f"{metric}.{row.group_id}.{row.from_period}..{row.to_period}"
    return Value(METRICS[metric].kind, value, base=base, low=low, high=high, name=name)


def shown(value: Value) -> Message:
    """A bare value as a sentence of its own."""
    return msg("monitoring.value", value=value)


def difference(metric: str, number: Any) -> Value:
    """A difference of two figures: points for percentages, else in the metric's kind."""
    kind = METRICS[metric].kind
    return Value("points" if kind == "percent" else kind, None if pd.isna(number) else float(number))


def step(metric: str, number: Any) -> Message:
    """A difference with its sign."""
    plus = METRICS[metric].kind != "percent" and number > 0  # points bear theirs
    return msg("monitoring.relative_up" if plus else "monitoring.value", value=difference(metric, number))


def deviation_words(row: Any) -> Message:
    """Points for percentages and for scores on a scale of their own (NPS, satisfaction), else the relative deviation in
    percent; a dash where there is none."""
    if pd.isna(row.deviation):
        return msg("monitoring.value", value=Value("points", None))
    if METRICS[row.metric].kind == "percent":
        return msg("monitoring.value", value=Value("points", float(row.deviation)))
    if METRICS[row.metric].estimate == "mean" and isfinite(METRICS[row.metric].most):
        score = Value("float", float(row.deviation))
        return msg("monitoring.score_up" if row.deviation >= 0 else "monitoring.score_down", value=score)
    if pd.isna(row.relative):
        return msg("monitoring.value", value=difference(row.metric, row.deviation))
    return msg(
        "monitoring.relative_up" if row.relative >= 0 else "monitoring.relative_down",
        value=Value("percent", float(row.relative)),
    )


def latest_words(row: Any) -> Message:
    """A target's latest month or week with its value."""
    if not row.latest_period:
        return msg("monitoring.not_yet")
    period = Value("week" if row.latest_span == "week" else "month", row.latest_period)
    return msg("monitoring.at", period=period, value=figure(row.metric, row.latest_value))


def level_words(row: Any) -> Message:
    """A target's level in the cycle, after the months that it rests on."""
    if pd.isna(row.value):
        return msg("monitoring.not_yet")
    return msg("monitoring.at", period=span_words(row), value=figure(row.metric, row.value))


def joined(parts: list[Message]) -> Message | None:
    """Sentences one after another; None without any."""
    if not parts:
        return None
    found = parts[0]
    for part in parts[1:]:
        found = msg("monitoring.and_then", first=found, second=part)
    return found
