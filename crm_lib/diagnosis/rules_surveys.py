"""Rules on surveys: NPS and satisfaction low or falling."""

from __future__ import annotations

import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.reasons import all_named, event, reasons, why
from crm_lib.diagnosis.rules_trend import action, evidence, headline
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import level, sentences, span
from crm_lib.language import Value, msg

NPS = 30.0
CSAT = 4.0


def nps_low(measured: Measured) -> Check:
    return _survey(measured, "nps_low", "nps", NPS, ("detractors", "nps_answers"))


def csat_low(measured: Measured) -> Check:
    return _survey(measured, "csat_low", "csat", CSAT, ("low_csat", "csat_answers"))


def _survey(measured: Measured, rule: str, metric: str, least: float, counts: tuple[str, str]) -> Check:
    """A score whose whole interval lies below `least`, or that fell."""
    row = measured.trend(metric)
    said = limit(rule, least=Value("float", least))
    if row is None:
        return absent(rule, said, "surveys", measured.engine, measured.smallest_base)
    if row["base"] < measured.smallest_base:
        return few(rule, said, row["base"], measured.smallest_base)
    figure = msg("diagnosis.check.value", value=level(row))
    fell = row["trend"] == "worse"
    if row["high"] >= least and not fell:
        return Check(rule, "clear", figure, said)
    unhappy, before = (_share(measured, row, prefix, counts) for prefix in ("", "before_"))
    found = reasons(measured, metric) if fell else pd.DataFrame()
    change = max(unhappy.value - (before.value or 0), 0.0) if fell and before.base else None
    buyers = int((measured.customers["purchases_year"] > 0).sum())
    customers = None if change is None else round(change * buyers)
    low_only = msg(f"diagnosis.finding.{rule}.level", value=level(row), span=span(row), least=Value("float", least))
    pain = PainPoint(
        rule=rule,
        headline=headline(rule, row) if fell else low_only,
        evidence=sentences(
            msg(f"diagnosis.evidence.{rule}", share=unhappy),
            evidence(measured, row, why(measured, metric, found)) if fell else None,
        ),
        action=action(measured, rule, found),
        basis=msg("diagnosis.basis.survey_none")
        if change is None
        else msg(f"diagnosis.basis.{rule}", change=Value("points", change), n=Value("int", buyers)),
        customers=customers,
        revenue=None if customers is None else customers * measured.yearly_spend,
        worse=fell,
        since=row["since"] if fell else "",
        event=event(found) if fell else ("", ()),
        named=all_named(found),
    )
    return Check(rule, "found", figure, said, pain, found)


def _share(measured: Measured, row: pd.Series, prefix: str, counts: tuple[str, str]) -> Value:
    """Detractors, or low scores, among the answers of a pooled level."""
    answers = measured.survey_shares
    answers = answers[answers["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"])]
    if answers.empty or not row[f"{prefix}from_period"]:
        return Value("percent", None, 0)
    sums = answers[list(counts)].sum()
    return rate(sums[counts[0]], sums[counts[1]], f"{counts[0]}.{prefix}share")
