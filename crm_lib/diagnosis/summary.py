"""The executive summary: what the client reads first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.pain_points import RULES, Diagnosis
from crm_lib.diagnosis.targets import target_finding
from crm_lib.diagnosis.words import difference, level, metric_label, span
from crm_lib.language import Finding, Message, Value, msg

HEADLINE = (
    "active_customers",
    "revenue",
    "repurchase_rate",
    "churn_rate",
    "nps",
    "complaint_first_response_rate",
    "profile_completeness",
    "campaign_response_rate",
    "average_order_value",
    "purchase_frequency",
)
MOST_FIGURES = 6


def summary(found: Diagnosis, aims: pd.DataFrame, most: int = 4) -> list[Finding]:
    """The first pain points (at most `most`; that there are none is said) and the targets as one finding."""
    items = found.findings(most) or [_none(found)]
    aimed = target_finding(aims)
    return [*items, aimed] if aimed else items


def _none(found: Diagnosis) -> Finding:
    return Finding(no_pains(found), None, msg("diagnosis.summary.none_action"), "low")


def no_pains(found: Diagnosis) -> Message:
    """That no rule found a pain point, and how many could judge."""
    judged = sum(check.state in ("found", "clear") for check in found.checks)
    id = "diagnosis.summary.none" if judged else "diagnosis.summary.none_judged"
    return msg(id, n=Value("int", judged), all=Value("int", len(RULES)))


def headline(measured: Measured, aims: pd.DataFrame) -> list[dict[str, Any]]:
    """label, value, change, change_label, status of at most MOST_FIGURES figures that are measured.

    The status is that against the target for all customers where there is one; without one, only 'watch' where the
    trend is worse.
    """
    found = []
    for name in HEADLINE:
        row = measured.trend(name)
        if row is not None and row["enough"] and not pd.isna(row["value"]):
            found.append(_figure(row, aims[(aims["metric"] == name) & (aims["group_id"] == "all")]))
    return found[:MOST_FIGURES]


def _figure(row: pd.Series, aims: pd.DataFrame) -> dict[str, Any]:
    figure: dict[str, Any] = {"label": metric_label(row["metric"]), "value": level(row)}
    if row["compared"]:
        figure |= {"change": difference(row), "change_label": _against(row)}
    if len(aims):
        return figure | {"status": "good" if aims["verdict"].eq("met").all() else "bad"}
    return figure | {"status": "watch" if row["trend"] == "worse" else ""}


def _against(row: pd.Series) -> Message:
    return msg(f"diagnosis.against.{row['compared']}", now=span(row), then=span(row, "before_"))


def situation(measured: Measured) -> Message:
    """One paragraph on the size of the business at baseline."""
    people = measured.customers
    buyers = int((people["purchases_year"] > 0).sum())
    return msg(
        "diagnosis.text.situation",
        baseline=Value("date", measured.baseline),
        customers=Value("int", len(people)),
        buyers=Value("int", buyers),
        revenue=Value("money_short", measured.revenue_year),
        months=Value("int", len(measured.months)),
    )
