"""The executive summary: what the client reads first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.diagnosis.billing import A_MONTH, by_term
from crm_lib.diagnosis.events import grouped
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.pain_points import Diagnosis
from crm_lib.diagnosis.target_findings import target_finding, undemanding
from crm_lib.diagnosis.window import short_window
from crm_lib.diagnosis.words import difference, level, metric_label, sentences, signed_bare, span
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.metrics import says_cover
from crm_lib.presets import terms_may_run

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
MOST_FINDINGS = 5
MOST_GAINS = 3
SEVERITIES = ("high", "medium", "low")


def summary(measured: Measured, found: Diagnosis, aims: pd.DataFrame, most: int = 4) -> list[Finding]:
    """The first events of the pain points (at most `most`; that there are none is said), a window too short, the targets, those that ask for less than
    the baseline, and where there is room what became better."""
    asked = (_no_history(measured), short_window(measured), target_finding(aims), undemanding(aims))
    aimed = [finding for finding in asked if finding]
    items = [
        *(grouped(found.points, measured.engagement)[: min(most, MOST_FINDINGS - len(aimed))] or [_none(found)]),
        *aimed,
    ]
    gains = progress(measured) if len(items) < MOST_FINDINGS else None
    said = [*items, gains] if gains else items
    return sorted(said, key=lambda finding: SEVERITIES.index(finding.severity))


def _no_history(measured: Measured) -> Finding | None:
    """That repurchase and churn cannot be measured yet, where there are orders."""
    rows = [measured.trend(name) for name in ("repurchase_rate", "churn_rate")]
    unknown = [metric_label(row["metric"]) for row in rows if row is not None and pd.isna(row["value"])]
    if not unknown or not len(measured.months):
        return None
    return Finding(
        msg("diagnosis.summary.no_history", metrics=Value("list", unknown), months=len(measured.months)),
        msg("diagnosis.summary.no_history_why"),
        msg("diagnosis.summary.no_history_action"),
        "medium",
    )


def progress(measured: Measured) -> Finding | None:
    """What is proven to be better than in the months compared with, the first MOST_GAINS of HEADLINE."""
    rows = [row for name in HEADLINE if (row := measured.trend(name)) is not None and row["trend"] == "better"]
    if not rows:
        return None
    gains = [
        msg("diagnosis.summary.gain", metric=metric_label(row["metric"]), change=signed_bare(difference(row)))
        for row in rows[:MOST_GAINS]
    ]
    details = [
        msg(
            "diagnosis.summary.gain_detail",
            metric=metric_label(row["metric"]),
            before=level(row, "before_"),
            before_span=span(row, "before_"),
            value=level(row),
            span=span(row),
        )
        for row in rows[:MOST_GAINS]
    ]
    return Finding(
        msg("diagnosis.summary.progress", n=Value("int", len(rows)), gains=Value("list", gains)),
        sentences(*details),
        msg("diagnosis.summary.progress_action"),
        "low",
    )


def _none(found: Diagnosis) -> Finding:
    return Finding(no_pains(found), None, msg("diagnosis.summary.none_action"), "low")


def no_pains(found: Diagnosis) -> Message:
    """That no rule found a pain point, and how many could judge."""
    judged = sum(check.state in ("found", "clear") for check in found.checks)
    id = "diagnosis.summary.none" if judged else "diagnosis.summary.none_judged"
    return msg(id, n=Value("int", judged), all=Value("int", len(found.checks)))


def headline(measured: Measured, aims: pd.DataFrame) -> list[dict[str, Any]]:
    """label, value, change, change_label, status of at most MOST_FIGURES figures that are measured.

    The status is that of the target for all customers where there is one, as the table of targets has it; without one,
    only 'watch' where the trend is worse.
    """
    found = []
    for name in HEADLINE:
        row = measured.trend(name)
        if row is not None and row["enough"] and not pd.isna(row["value"]) and not _unknown_profile(name, row):
            found.append(_figure(measured, row, aims[(aims["metric"] == name) & (aims["group_id"] == "all")]))
    return found[:MOST_FIGURES]


def _figure(measured: Measured, row: pd.Series, aims: pd.DataFrame) -> dict[str, Any]:
    figure: dict[str, Any] = {"label": _label(measured, row["metric"]), "value": level(row)}
    if row["compared"]:
        figure |= {"change": difference(row), "change_label": _against(row)}
    if len(aims):
        return figure | {"status": _worst(aims)}
    return figure | {"status": "watch" if row["trend"] == "worse" else ""}


def _worst(aims: pd.DataFrame) -> str:
    """The gravest status of a metric's targets; none where a target asks for less than there is, or cannot be judged."""
    open_ones = aims[aims["verdict"] != "below"]
    found = open_ones["status"].tolist()
    return next((status for status in ("bad", "watch") if status in found), "good" if set(found) == {"good"} else "")


def _label(measured: Measured, metric: str) -> Message:
    """The metric; of churn where terms are paid ahead and not in the data, that a term still running is not seen; of
    means a month where billing is by the term, that empty months count."""
    label, window = metric_label(metric), measured.definitions.churn_window_days
    told = metric == "active_customers" and says_cover(measured.engine)  # a covered month is not empty
    if metric in A_MONTH and not told and by_term(measured):
        return msg("billing.label", metric=label)
    unseen = terms_may_run(measured.engagement.client.industry, window) and not says_cover(measured.engine)
    if metric != "churn_rate" or not unseen:
        return label
    return msg("diagnosis.headline.term_may_run", metric=label, window=Value("days", window))


def _unknown_profile(name: str, row: pd.Series) -> bool:
    """Not one required field was delivered: that is a gap in the data, no figure of the business."""
    return name == "profile_completeness" and row["value"] == 0


def _against(row: pd.Series) -> Message:
    then = span(row, "before_")
    said = msg(f"diagnosis.against.{row['compared']}", then=then)
    return msg("diagnosis.against.unproven", compared=said) if row["trend"] == "flat" else said


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
        months=Value("int", min(measured.shown, len(measured.months))),
    )
