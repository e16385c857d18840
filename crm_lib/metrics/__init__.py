"""The metrics every phase shares: one definition, one SQL file, any period, any group."""

from crm_lib.metrics.definitions import METRICS, Metric, definition, label
from crm_lib.metrics.measure import COLUMNS, as_value, known_day, kpis, register_periods
from crm_lib.metrics.periods import months, weeks, window
from crm_lib.metrics.pool import pooled

__all__ = [
    "COLUMNS",
    "METRICS",
    "Metric",
    "as_value",
    "definition",
    "known_day",
    "kpis",
    "label",
    "months",
    "pooled",
    "register_periods",
    "weeks",
    "window",
]
