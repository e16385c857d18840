"""The metrics every phase shares: one definition, one SQL file, any period, any group."""

from crm_lib.metrics.asked_stores import asked_stores
from crm_lib.metrics.cover import capped_by_cover, covered_until, says_cover, silent_days, silent_since
from crm_lib.metrics.definitions import METRICS, Metric, definition, label
from crm_lib.metrics.measure import (
    COLUMNS,
    as_value,
    delivered,
    delivered_fields,
    first_day,
    known_day,
    kpis,
    measurable,
    register_periods,
    whole_days,
)
from crm_lib.metrics.periods import months, weeks, window
from crm_lib.metrics.pool import pooled
from crm_lib.metrics.purchase_days import first_due
from crm_lib.metrics.targets import (
    STANDINGS,
    cycle_ends,
    cycle_periods,
    expected,
    light,
    months_words,
    span_words,
    standings,
)

__all__ = [
    "COLUMNS",
    "METRICS",
    "STANDINGS",
    "Metric",
    "as_value",
    "asked_stores",
    "capped_by_cover",
    "covered_until",
    "cycle_ends",
    "cycle_periods",
    "definition",
    "delivered",
    "delivered_fields",
    "expected",
    "first_day",
    "first_due",
    "known_day",
    "kpis",
    "label",
    "light",
    "measurable",
    "months",
    "months_words",
    "pooled",
    "register_periods",
    "says_cover",
    "silent_days",
    "silent_since",
    "span_words",
    "standings",
    "weeks",
    "whole_days",
    "window",
]
