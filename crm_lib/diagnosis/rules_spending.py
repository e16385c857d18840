"""Rules on how revenue comes about: concentration, one-time buyers, discounts."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.measured import FOLDER, YEAR, Measured
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import parts_above, rate, worst_part
from crm_lib.diagnosis.words import dimension_label, part_label, responsible, sentences
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import intervals
from crm_lib.metrics.association import ACCEPTED

CONCENTRATED = 0.60  # of revenue with the top share of customers
ONE_TIME = 0.50  # of the year's new buyers who did not come again
FROM_THE_FIRST = ("join_channel", "customer_type", "city")  # known of a customer whether he comes again or not
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
    said = limit(kind, share=Value("percent", ONE_TIME), window=Value("days", window), error=Value("percent", ACCEPTED))
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
        pain = _one_time_parts(measured, firsts, value, kind, (since, until))
        if pain is None:
            return Check("one_time", "clear", figure, said)
        theirs = {name: pain.headline.args[name] for name in ("parts", "value")}
        return Check("one_time", "found", msg("diagnosis.check.one_time_part", whole=value, **theirs), said, pain)
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


def _one_time_parts(
    measured: Measured, firsts: pd.DataFrame, whole: Value, kind: str, span: tuple[date, date]
) -> PainPoint | None:
    """The parts of one dimension whose new buyers mostly stay away, though all new buyers together do not; the dimension
    with the most beyond the others' share."""
    struck = firsts["purchases"] == 1
    parts = parts_above(measured, firsts, struck, FROM_THE_FIRST)
    parts = parts[intervals.wilson(parts["sum"], parts["count"])[0] >= ONE_TIME]
    if parts.empty:
        return None
    beyond = (parts["sum"] - parts["count"] * struck.mean()).groupby(parts["dimension"]).sum()
    name = str(beyond.idxmax())
    parts = parts[parts["dimension"] == name].sort_values(["rate", "part"], ascending=[False, True])
    known = measured.dimensions
    inside = known[known["dimension"].eq(name) & known["part"].isin(parts["part"])]["customer_id"]
    mine = firsts["customer_id"].isin(inside)
    once = firsts[mine & struck]
    labels = [part_label(measured.engagement, name, part) for part in parts["part"]]
    each = [
        msg("diagnosis.one_time.part", part=label, value=rate(float(x), float(n), "one_time_buyers.part"))
        for label, x, n in zip(labels, parts["sum"], parts["count"], strict=True)
    ]
    rest = rate(float((struck & ~mine).sum()), float((~mine).sum()), "one_time_buyers.rest")
    return PainPoint(
        rule="one_time",
        headline=msg(
            f"diagnosis.finding.{kind}_part",
            dimension=dimension_label(name),
            parts=Value("list", labels),
            once=Value("int", len(once)),
            value=rate(len(once), int(mine.sum()), "one_time_buyers.parts"),
            first=Value("date", span[0]),
            last=Value("date", span[1]),
        ),
        evidence=sentences(
            msg("diagnosis.evidence.one_time_part", rest=rest, whole=whole),
            msg("diagnosis.evidence.one_time_each", parts=Value("list", each)) if len(each) > 1 else None,
        ),
        action=sentences(
            msg("diagnosis.action.one_time_source") if name == "join_channel" else None, action(measured, "one_time")
        )
        or action(measured, "one_time"),
        basis=msg("diagnosis.basis.one_time"),
        customers=len(once),
        revenue=float(once["revenue_year"].sum()),
        named=((name, tuple(parts["part"])),),
    )


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
