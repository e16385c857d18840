"""Rules on how revenue comes about: concentration, one-time buyers, discounts."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.measured import FOLDER, YEAR, Measured
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate, worst_part
from crm_lib.diagnosis.words import responsible, sentences
from crm_lib.language import Message, Value, msg

CONCENTRATED = 0.60  # of revenue with the top share of customers
ONE_TIME = 0.50  # of the year's new buyers who did not come again
DISCOUNT = 0.10  # of list value given away
REGULAR = 3  # purchases in the year
MOST = 0.5  # of the regular buyers on discounts, from which on the discount is the price


def concentrated(measured: Measured) -> Check:
    """The share of a year's revenue that the top customers bring."""
    share = measured.engagement.layering.top_share
    said = limit("concentrated", share=Value("percent", CONCENTRATED), top=Value("percent", share))
    buyers, key, part = measured.buyers, measured.key_customers, measured.key_share
    if len(buyers) < measured.smallest_base or part is None:
        return few("concentrated", said, len(buyers), measured.smallest_base)
    value = Value("percent", part, len(buyers), name="revenue.top_share")
    figure = msg("diagnosis.check.value", value=value)
    if part < CONCENTRATED:
        return Check("concentrated", "clear", figure, said)
    pain = PainPoint(
        rule="concentrated",
        headline=msg(
            "diagnosis.finding.concentrated", n=Value("int", len(key)), top=Value("percent", share), value=value
        ),
        evidence=msg(
            "diagnosis.evidence.concentrated",
            spend=Value("money", float(key["revenue_year"].mean())),
            mean=Value("money", float(buyers["revenue_year"].mean())),
        ),
        action=action(measured, "concentrated"),
        basis=msg("diagnosis.basis.concentrated"),
        customers=len(key),
        revenue=float(key["revenue_year"].sum()),
    )
    return Check("concentrated", "found", figure, said, pain)


def one_time(measured: Measured) -> Check:
    """Of the year's new buyers whose window for a second purchase has passed, those who bought on one day only.

    Where payments say until when, the window opens as the first term ends: while it runs nobody has to buy again.
    """
    window, terms = measured.definitions.repurchase_window_days, metrics.says_cover(measured.engine)
    kind = "one_time_terms" if terms else "one_time"
    said = limit(kind, share=Value("percent", ONE_TIME), window=Value("days", window))
    first = measured.first_day + timedelta(days=measured.definitions.active_window_days)
    year_ago, until = measured.baseline - timedelta(days=YEAR), measured.baseline - timedelta(days=window)
    since = year_ago if terms else max(year_ago, first)
    new = measured.customers[measured.customers["first_on"] >= pd.Timestamp(first)]
    due = metrics.first_due(measured.engine, new["customer_id"]) if terms else new["first_on"]
    firsts = new[due.between(pd.Timestamp(since), pd.Timestamp(until))]
    if len(firsts) < measured.smallest_base:
        return few("one_time", said, len(firsts), measured.smallest_base)
    once = firsts[firsts["purchases"] == 1]
    value = rate(len(once), len(firsts), "one_time_buyers")
    figure = msg("diagnosis.check.value", value=value)
    if (value.low or 0) < ONE_TIME:
        return Check("one_time", "clear", figure, said)
    pain = PainPoint(
        rule="one_time",
        headline=msg(
            f"diagnosis.finding.{kind}",
            once=Value("int", len(once)),
            value=value,
            first=Value("date", since),
            last=Value("date", until),
        ),
        evidence=worst_part(measured, firsts, firsts["purchases"] == 1, "one_time_buyers.part"),
        action=action(measured, "one_time"),
        basis=msg("diagnosis.basis.one_time"),
        customers=len(once),
        revenue=float(once["revenue_year"].sum()),
    )
    return Check("one_time", "found", figure, said, pain)


def discount_deep(measured: Measured) -> Check:
    """Discounts of the last year against the list value of the same purchases."""
    said = limit("discount_deep", share=Value("percent", DISCOUNT))
    if not measured.engine.has("orders"):
        return absent("discount_deep", said, "orders", measured.engine, measured.smallest_base)
    since = measured.baseline - timedelta(days=YEAR)
    row = measured.engine.run(FOLDER / "discounts.sql", year_ago=since).iloc[0]
    if row["purchases"] < measured.smallest_base:
        return few("discount_deep", said, row["purchases"], measured.smallest_base)
    depth = row["discount"] / (row["amount"] + row["discount"])
    value = Value("percent", float(depth), int(row["purchases"]), name="discount.depth")
    figure = msg("diagnosis.check.value", value=value)
    if depth < DISCOUNT:
        return Check("discount_deep", "clear", figure, said)
    people = measured.customers
    regular = people[people["purchases_year"] >= REGULAR]
    used = regular[regular["discounted_year"] >= 0.8 * regular["purchases_year"]]
    usual = len(used) >= MOST * len(regular)
    pain = PainPoint(
        rule="discount_deep",
        headline=msg(
            "diagnosis.finding.discount_deep", value=value, discount=Value("money_short", float(row["discount"]))
        ),
        evidence=sentences(
            msg(
                "diagnosis.evidence.discount_deep",
                share=rate(row["discounted"], row["purchases"], "discount.purchases"),
            ),
            _regular(len(used), len(regular)) if len(regular) else None,
        ),
        action=_usual_price(measured) if usual else action(measured, "discount_deep"),
        basis=msg("diagnosis.basis.discount_deep"),
        customers=len(used),
        given_away=float(row["discount"]),
    )
    return Check("discount_deep", "found", figure, said, pain)


def _regular(used: int, regular: int) -> Message:
    share = Value("percent", used / regular, regular, name="discount.regular")
    return msg("diagnosis.evidence.discount_regular", customers=used, regular=regular, share=share)


def _usual_price(measured: Measured) -> Message:
    """Where most regular buyers buy on discounts, nobody is to be moved off them one by one."""
    said = msg("diagnosis.action.discount_usual")
    return sentences(said, responsible(measured.engagement, "discount_deep")) or said
