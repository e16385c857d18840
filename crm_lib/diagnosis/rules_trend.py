"""Rules on a metric's trend: it is worse than in the months it is compared with, proven by the interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, absent, limit, not_judged
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.reasons import all_named, best, event, parts_words, reasons, why
from crm_lib.diagnosis.since import since_words
from crm_lib.diagnosis.unmeasured import unmeasured
from crm_lib.diagnosis.words import difference, dimension_label, level, responsible, sentences, signed, span
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, says_cover
from crm_lib.presets import PAID_AHEAD

DAYS_A_MONTH = 365 / 12
ON_SILENCE = ("churn_rise", "active_fall", "repurchase_fall", "key_leaving")


@dataclass(frozen=True)
class Affected:
    """Customers and a year's revenue that a finding touches, and how they were counted."""

    customers: int | None
    revenue: float | None
    basis: Message


def by_trend(
    measured: Measured,
    rule: str,
    metric: str,
    affected: Callable[[Measured, pd.Series], Affected],
    said: Message | None = None,
) -> Check:
    """Check of a rule that holds when the metric's trend is 'worse'; `said`: the rule in words, where it is not the usual."""
    row = measured.trend(metric)
    said = said or limit("total" if METRICS[metric].estimate == "total" else "trend")
    if row is None:
        return absent(rule, said, METRICS[metric].needs[0], measured.engine, measured.smallest_base)
    if pd.isna(row["value"]):
        return Check(rule, "absent", unmeasured(measured, metric), said)
    if row["trend"] == "unknown":
        return not_judged(measured, rule, said, row)
    figure = msg(
        "diagnosis.check.trend", value=level(row), before=level(row, "before_"), change=signed(difference(row))
    )
    if row["trend"] != "worse":
        return Check(rule, "clear", figure, said)
    found = reasons(measured, metric)
    counted = affected(measured, row)
    pain = PainPoint(
        rule=rule,
        headline=headline(rule, row),
        evidence=evidence(measured, row, why(measured, metric, found)),
        action=action(measured, rule, found),
        basis=counted.basis,
        customers=counted.customers,
        revenue=counted.revenue,
        worse=True,
        since=row["since"],
        event=event(found),
        named=all_named(found),
    )
    return Check(rule, "found", figure, said, pain, found)


def headline(rule: str, row: pd.Series) -> Message:
    """What moved, from where to where, in which months."""
    args: dict[str, Value | Message] = {
        "before": level(row, "before_"),
        "before_span": span(row, "before_"),
        "value": level(row),
        "span": span(row),
    }
    return msg(f"diagnosis.finding.{rule}", **args)


def evidence(
    measured: Measured, row: pd.Series, reason: Message | None = None, *more: Message | None
) -> Message | None:
    """By how much, since when, why, and what to be careful about."""
    total = METRICS[row["metric"]].estimate == "total"
    by = msg("diagnosis.evidence.share" if total else "diagnosis.evidence.difference", change=signed(difference(row)))
    season = msg("diagnosis.evidence.season") if row["compared"] == "months" else None
    return sentences(levels(row), by, since_words(measured.definitions, row), reason, *more, season)


def levels(row: pd.Series) -> Message:
    """Both levels with their months; the later one with its interval and base."""
    return msg(
        "event.levels",
        value=level(row),
        span=span(row),
        before=level(row, "before_"),
        before_span=span(row, "before_"),
    )


def action(measured: Measured, rule: str, found: pd.DataFrame | None = None, more: Message | None = None) -> Message:
    """What to do, where to start, who."""
    industry = measured.engagement.client.industry
    trade = measured.engagement.in_trade("diagnosis.action", rule)
    usual = msg(f"diagnosis.action.{trade}{rule}")
    unseen = industry in PAID_AHEAD and rule in ON_SILENCE and not says_cover(measured.engine)
    paid = msg("diagnosis.action.valid_term") if unseen else None
    said = sentences(paid, usual, more, where_to_start(measured, found), responsible(measured.engagement, rule))
    assert said is not None
    return said


def where_to_start(measured: Measured, found: pd.DataFrame | None) -> Message | None:
    """The named parts of a change; None without any."""
    top = best(found) if found is not None and len(found) else None
    if top is None:
        return None
    part = parts_words(measured, top)
    return msg("diagnosis.action.start", dimension=dimension_label(top["dimension"]), part=part)


def churn_rise(measured: Measured) -> Check:
    return by_trend(measured, "churn_rise", "churn_rate", _more_lost)


def repurchase_fall(measured: Measured) -> Check:
    return by_trend(measured, "repurchase_fall", "repurchase_rate", _fewer_returns)


def active_fall(measured: Measured) -> Check:
    return by_trend(measured, "active_fall", "active_customers", _fewer_active)


def new_fall(measured: Measured) -> Check:
    row, said = measured.trend("new_customers"), limit("new_fall")
    if row is None or not row["enough"] or row["trend"] != "unknown" or not row["compared"]:
        return by_trend(measured, "new_fall", "new_customers", _fewer_new, said)
    seen = msg("diagnosis.check.new_unknown", value=level(row), before=level(row, "before_"))
    return Check("new_fall", "few", seen, said)


def refunds_rise(measured: Measured) -> Check:
    return by_trend(measured, "refunds_rise", "refund_rate", _more_refunded)


def _more_lost(measured: Measured, row: pd.Series) -> Affected:
    """The change of the rate on its customers in each churn window of a year; each spends what a buyer spends a year. One
    customer may be lost several times, so that they are no number of customers."""
    windows = measured.year_months * DAYS_A_MONTH / measured.definitions.churn_window_days
    times = abs(row["change"]) * row["base"] * windows
    basis = msg(
        "diagnosis.basis.churn_rise",
        change=Value("points", float(row["change"])),
        n=Value("int", int(row["base"])),
        windows=Value("float", windows),
        times=Value("int", round(times)),
        spend=Value("money", measured.yearly_spend),
    )
    return Affected(None, times * measured.yearly_spend, basis)


def _fewer_returns(measured: Measured, row: pd.Series) -> Affected:
    """The change of the rate on a month's purchasers, by the months of a year; each return is worth an average order."""
    times = abs(row["change"]) * row["base"] * measured.year_months
    order = _level(measured, "average_order_value")
    basis = msg(
        "diagnosis.basis.repurchase_fall",
        change=Value("points", float(row["change"])),
        n=Value("int", int(row["base"])),
        months=measured.year_months,
        times=Value("int", round(times)),
        order=Value("price", order),
    )
    return Affected(None, times * order, basis)


def _fewer_active(measured: Measured, row: pd.Series) -> Affected:
    customers = round(-row["change"])
    monthly, months = _level(measured, "revenue_per_customer"), measured.year_months
    basis = msg("diagnosis.basis.active_fall", n=Value("int", customers), spend=Value("price", monthly), months=months)
    return Affected(customers, customers * monthly * months, basis)


def _fewer_new(measured: Measured, row: pd.Series) -> Affected:
    """Those who did not come, each with what a buyer spends a year."""
    a_month, months = -float(row["change"]), measured.year_months
    customers = round(a_month * months)
    basis = msg(
        "diagnosis.basis.new_fall",
        n=Value("float", a_month),
        months=months,
        spend=Value("money", measured.yearly_spend),
    )
    return Affected(customers, customers * measured.yearly_spend, basis)


def _more_refunded(measured: Measured, row: pd.Series) -> Affected:
    change = float(row["change"])
    sold = measured.revenue_year / (1 - float(row["value"])) if row["value"] < 1 else 0.0
    basis = msg("diagnosis.basis.refunds_rise", change=Value("points", change), sold=Value("money", sold))
    return Affected(None, change * sold, basis)


def _level(measured: Measured, metric: str) -> float:
    row = measured.trend(metric)
    return 0.0 if row is None or pd.isna(row["value"]) else float(row["value"])
