"""Why a metric has no value in any month: the one cause that holds."""

from __future__ import annotations

from crm_lib import metrics
from crm_lib.diagnosis.measured import Measured
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS

MONTH = 31  # days within which a whole month begins
# metric -> table, column without which nothing of it can be counted, and the words for the column
FIELDS = {
    "items_per_order": ("orders", "items", "column.order_lines.quantity"),
    "complaint_first_response_rate": ("tickets", "first_response_at", "column.tickets.first_response_at"),
    "complaint_close_rate": ("tickets", "closed_at", "column.tickets.closed_at"),
    "complaint_close_hours": ("tickets", "closed_at", "column.tickets.closed_at"),
    "csat": ("surveys", "csat", "column.surveys.csat"),
    "nps": ("surveys", "nps", "column.surveys.nps"),
    "need_conversion_rate": ("interactions", "need", "column.interactions.need"),
}


def unmeasured(measured: Measured, metric: str) -> Message:
    """'"Refund rate" cannot be measured: ...', with the cause by number."""
    return msg("diagnosis.missing.value", metric=metrics.label(metric), cause=_cause(measured, metric))


def _cause(measured: Measured, metric: str) -> Message:
    engine, months = measured.engine, len(measured.months)
    if not months:
        return msg("diagnosis.cause.no_month", first=measured.first_day, last=measured.baseline)
    if metric == "refund_rate":
        return _no_refund(engine, measured)
    if metric.startswith("complaint") and not _count(engine, "tickets", "kind = 'complaint'"):
        return msg("diagnosis.cause.no_complaint", n=engine.count("tickets"))
    if metric == "complaint_first_response_rate" and metrics.whole_days(engine, "first_response_at"):
        return msg("diagnosis.cause.whole_days")
    if metric in FIELDS:
        table, column, words = FIELDS[metric]
        if not _count(engine, table, f"{column} IS NOT NULL"):
            return msg("diagnosis.cause.empty", field=msg(words), n=engine.count(table), table=msg(f"table.{table}"))
    if metric == "contact_response_rate" and not measured.calls_customers:
        return msg("diagnosis.cause.no_outbound", n=engine.count("interactions"))
    return _short(measured, metric) or msg("diagnosis.cause.none", n=months)


def _no_refund(engine: Engine, measured: Measured) -> Message:
    refunds, orders = _count(engine, "orders", "kind = 'refund'"), engine.count("orders")
    return (
        msg("diagnosis.cause.none", n=len(measured.months)) if refunds else msg("diagnosis.cause.no_refund", n=orders)
    )


def _short(measured: Measured, metric: str) -> Message | None:
    """The days of history and of windows that a month needs, where the data do not reach so far."""
    settings = measured.definitions
    needed = {
        "new_customers": settings.active_window_days + MONTH,
        "churn_rate": settings.active_window_days + settings.churn_window_days + MONTH,
        "repurchase_rate": settings.repurchase_window_days + MONTH,
        "campaign_response_rate": settings.response_window_days,
    }
    if metric not in needed:
        return None
    table = METRICS[metric].needs[0]
    first = metrics.first_day(measured.engine, table)
    reach = 0 if first is None else (measured.baseline - first).days + 1
    if not reach or reach > needed[metric]:
        return None
    days = {"needed": Value("days", needed[metric]), "reach": Value("days", reach)}
    return msg("diagnosis.cause.short", table=msg(f"table.{table}"), **days)


def _count(engine: Engine, table: str, condition: str) -> int:
    return int(engine.fact(f"SELECT COUNT(*) AS n FROM {table} WHERE {condition}")["n"].iloc[0])
