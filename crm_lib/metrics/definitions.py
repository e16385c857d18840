"""The metrics: what each is called, which SQL file gives it, and how its interval is made."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Kind, Message, Value, msg, term
from crm_lib.metrics.cover import says_cover

Estimate = Literal["proportion", "mean", "total", "ratio"]
Better = Literal["up", "down"]
Counted = Literal["events", "customers", "stock"]


@dataclass(frozen=True)
class Metric:
    """`query` is the SQL file's stem; `numerator`, `denominator`, `squares`, `base` name its columns.

    `needs` are the tables that must have data. Only proportions and means, and
    ratios with `squares` of numerator and denominator, have an interval. `counted`: periods of 'events' may be
    added up; the same 'customers' come again in the next period; a 'stock' stands as it is at the period's end.
    """

    name: str
    kind: Kind
    better: Better
    needs: tuple[str, ...]
    estimate: Estimate
    query: str
    numerator: str
    denominator: str = ""
    squares: tuple[str, ...] = ()
    base: str = ""
    counted: Counted = "events"
    least: float = -inf  # no value can be below, so no interval is
    most: float = inf


_ORDERS, _TICKETS, _SURVEYS = ("orders",), ("tickets",), ("surveys",)

# What looks at the end of cover where payments say it -> the query that then stands in for the metric's own.
BY_COVER = {
    "active_customers": "active_covered",
    "repurchase_rate": "repurchase_covered",
    "churn_rate": "churn_covered",
}
METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("active_customers", "int", "up", _ORDERS, "total", "repurchase", "purchasers", counted="customers"),
        Metric("new_customers", "int", "up", _ORDERS, "total", "new_customers", "new_customers"),
        Metric("orders", "int", "up", _ORDERS, "total", "orders", "purchases"),
        Metric("revenue", "money", "up", _ORDERS, "total", "orders", "net", base="entries"),
        Metric(
            "average_order_value",
            "price",
            "up",
            _ORDERS,
            "mean",
            "orders",
            "gross",
            "purchases",
            ("gross_squares",),
            least=0,
        ),
        Metric(
            "purchase_frequency",
            "ratio",
            "up",
            _ORDERS,
            "mean",
            "buyers",
            "active_purchases",
            "active",
            ("active_purchases_squares",),
            counted="customers",
            least=0,
        ),
        Metric(
            "items_per_order",
            "ratio",
            "up",
            _ORDERS,
            "mean",
            "items",
            "items",
            "counted_orders",
            ("items_squares",),
            least=0,
        ),
        Metric(
            "revenue_per_customer",
            "price",
            "up",
            _ORDERS,
            "mean",
            "buyers",
            "active_net",
            "active",
            ("active_net_squares",),
            counted="customers",
        ),
        Metric(
            "repurchase_rate",
            "percent",
            "up",
            _ORDERS,
            "proportion",
            "repurchase",
            "repurchasers",
            "purchasers",
            counted="customers",
        ),
        Metric(
            "churn_rate",
            "percent",
            "down",
            _ORDERS,
            "proportion",
            "churn",
            "churned",
            "active_before",
            counted="customers",
        ),
        Metric(
            "refund_rate",
            "percent",
            "down",
            _ORDERS,
            "ratio",
            "orders",
            "refunded",
            "gross",
            ("refunded_squares", "gross_squares"),
            base="purchases",
        ),
        Metric(
            "campaign_response_rate",
            "percent",
            "up",
            ("campaign_members",),
            "proportion",
            "campaigns",
            "responses",
            "sent",
        ),
        Metric("complaints", "int", "down", _TICKETS, "total", "complaints", "complaints"),
        Metric(
            "complaint_first_response_rate",
            "percent",
            "up",
            _TICKETS,
            "proportion",
            "complaints",
            "answered_in_time",
            "answerable",
        ),
        Metric(
            "complaint_close_rate", "percent", "up", _TICKETS, "proportion", "complaints", "closed_in_time", "closable"
        ),
        Metric(
            "complaint_close_hours",
            "hours",
            "down",
            _TICKETS,
            "mean",
            "closings",
            "hours",
            "closed",
            ("hours_squares",),
            least=0,
        ),
        Metric(
            "csat",
            "ratio",
            "up",
            _SURVEYS,
            "mean",
            "surveys",
            "csat",
            "csat_answers",
            ("csat_squares",),
            least=1,
            most=5,
        ),
        Metric(
            "nps",
            "float",
            "up",
            _SURVEYS,
            "mean",
            "surveys",
            "nps",
            "nps_answers",
            ("nps_squares",),
            least=-100,
            most=100,
        ),
        Metric(
            "profile_completeness",
            "percent",
            "up",
            ("customers",),
            "ratio",
            "profile",
            "filled",
            "fields",
            base="customers",
            counted="stock",
        ),
        Metric(
            "contact_response_rate",
            "percent",
            "up",
            ("interactions",),
            "proportion",
            "contacts",
            "answered",
            "contacts",
        ),
        Metric(
            "need_conversion_rate", "percent", "up", ("interactions",), "proportion", "contacts", "converted", "needs"
        ),
    )
}


def label(name: str) -> Message:
    """The metric's name in words."""
    return msg(f"metric.{name}")


def definition(name: str, definitions: Definitions, engine: Engine | None = None) -> Message:
    """The metric's definition (口径) with the engagement's settings in it; `engine` tells whether payments say until when
    they pay."""
    covered = ".covered" if name in BY_COVER and engine is not None and says_cover(engine) else ""
    return msg(
        f"metric.{name}.definition{covered}",
        active_window=Value("days", definitions.active_window_days),
        churn_window=Value("days", definitions.churn_window_days),
        repurchase_window=Value("days", definitions.repurchase_window_days),
        response_window=Value("days", definitions.response_window_days),
        first_response=Value("minutes", definitions.complaint_response_minutes),
        closing=Value("hours", definitions.complaint_close_hours),
        fields=Value("list", [term(f"column.customers.{field}") for field in definitions.complete_fields]),
    )
