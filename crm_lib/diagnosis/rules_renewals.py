"""Rules on renewals: members of one store, channel, owner, category or brand renew less than before, whatever the whole does; those
of one store, channel or owner renew less than the others with the same plan."""

from __future__ import annotations

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import Check, PainPoint, few, limit
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.owners_gone import gone_of, handed_over, last_contacts, look_after
from crm_lib.diagnosis.renewals import (
    BEFORE_MONTHS,
    ERROR,
    LEAST_FALL,
    THINGS,
    Renewals,
    fallen,
    nested,
    paid_on,
    since,
    standing,
)
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import part_label, responsible, sentences
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.pool import MONTHS


def renewal_falls(measured: Measured) -> Check:
    """Renewals of the terms that came due lately, of each store, channel, owner, category and brand beside all others."""
    said = limit("renewal_falls", fall=Value("percent", LEAST_FALL), error=Value("percent", ERROR))
    judged = _compared(measured, "renewal_falls", said)
    if isinstance(judged, Check):
        return judged
    found, table = judged
    if table.empty:
        return few("renewal_falls", said, len(found.terms), measured.smallest_base)
    figure = msg("diagnosis.check.parts", n=Value("int", len(table)), fell=Value("int", int(table["fell"].sum())))
    if not table["fell"].any():
        return Check("renewal_falls", "clear", figure, said)
    return Check("renewal_falls", "found", figure, said, _pain(measured, found, table))


def renewal_falls_apart(measured: Measured) -> Check:
    """The same of all others once what `renewal_falls` tells is left out: another event, of another dimension perhaps."""
    rule = "renewal_falls_apart"
    said = limit(rule, fall=Value("percent", LEAST_FALL), error=Value("percent", ERROR))
    judged = _compared(measured, rule, said)
    if isinstance(judged, Check):
        return judged
    found, table = measured.renewals_apart or (judged[0], judged[1].iloc[:0])
    figure = msg("diagnosis.check.parts", n=Value("int", len(table)), fell=Value("int", int(table["fell"].sum())))
    if not table["fell"].any():
        return Check(rule, "clear", figure, said)
    return Check(rule, "found", figure, said, _pain(measured, found, table, rule))


def _compared(measured: Measured, rule: str, said: Message) -> tuple[Renewals, pd.DataFrame] | Check:
    """`clearest_renewals`, or why the rule cannot be asked."""
    if not metrics.says_cover(measured.engine):
        return Check(rule, "absent", msg("renewals.check.no_terms"), said)
    return measured.clearest_renewals or Check(rule, "few", msg("renewals.check.few_months"), said)


def not_renewed(measured: Measured, rule: str = "renewal_falls") -> pd.DataFrame:
    """[customer_id, amount] of the customers whom the finding counts, and what their terms that ended came to."""
    judged = measured.clearest_renewals if rule == "renewal_falls" else measured.renewals_apart
    if judged is None or not judged[1]["fell"].any():
        return pd.DataFrame({"customer_id": pd.Series(dtype="str"), "amount": pd.Series(dtype="float64")})
    found, table = judged
    dimension, rows = fallen(table)
    return _ended(found, dimension, list(rows["part"])).groupby("customer_id", as_index=False)[["amount"]].sum()


def _pain(measured: Measured, found: Renewals, table: pd.DataFrame, rule: str = "renewal_falls") -> PainPoint:
    dimension, rows = fallen(table)
    parts = list(rows["part"])
    began = since(found, dimension, parts)
    before, now = (_rate(rows, when) for when in ("before", "now"))
    usual = rows["renewed_before"] / rows["due_before"]
    once = (rows["due_now"] * usual - rows["renewed_now"]) * rows["amount"]
    lost = float((once * paid_on(usual, rows["times_a_year"])).sum())
    a_month = lost / found.width
    gone = gone_of(measured, dimension, parts)
    left = last_contacts(measured, gone)
    return PainPoint(
        rule=rule,
        headline=msg(
            f"diagnosis.finding.{rule}",
            who=_who(measured, dimension, parts),
            since=msg("event.since", month=Value("month", began)) if began else _lately(found.width),
            before=Value("percent", before.value, name=before.name),
            now=Value("percent", now.value, name=now.name),
        ),
        evidence=sentences(_evidence(measured, found, dimension, rows), *left),
        action=handed_over(measured, list(gone["owner"]), "owner_left", rule)
        if left
        else _action(measured, dimension, rule),
        basis=msg(
            "renewals.basis",
            lost=Value("money", a_month),
            terms=Value("float", lost / float(once.sum())),
            months=measured.year_months,
        ),
        customers=int(_ended(found, dimension, parts)["customer_id"].nunique()),
        revenue=a_month * measured.year_months,
        worse=True,
        since=began,
        event=(dimension, tuple(parts)),
        within=nested(found, dimension, parts),
        gone=tuple(left),
        gone_action=look_after(measured, list(gone["owner"])),
    )


def renewal_low(measured: Measured) -> Check:
    """Renewals of the latest year of each store, channel and owner beside the others with the same categories and lengths;
    not of those that have fallen, which `renewal_falls` tells."""
    said = limit("renewal_low", less=Value("percent", LEAST_FALL), error=Value("percent", ERROR))
    judged = _compared(measured, "renewal_low", said)
    if isinstance(judged, Check):
        return judged
    found, falls = judged
    table = standing(found, measured.smallest_base)
    if table.empty:
        return few("renewal_low", said, len(found.terms), measured.smallest_base)
    known = set(falls.loc[falls["fell"].astype(bool), ["dimension", "part"]].itertuples(index=False, name=None))
    low = table[table["low"].astype(bool)]
    low = low[[pair not in known for pair in low[["dimension", "part"]].itertuples(index=False, name=None)]]
    figure = msg("renewals.check.low", n=Value("int", len(table)), low=Value("int", len(low)))
    if low.empty:
        return Check("renewal_low", "clear", figure, said)
    return Check("renewal_low", "found", figure, said, _low_pain(measured, found, low))


def _low_pain(measured: Measured, found: Renewals, low: pd.DataFrame) -> PainPoint:
    dimension = str(low["dimension"].iloc[0])
    rows = low[low["dimension"] == dimension]
    parts, months = list(rows["part"]), found.months[-BEFORE_MONTHS:]
    due, renewed, expected = (float(rows[name].sum()) for name in ("due", "renewed", "expected"))
    terms = found.terms[found.terms[dimension].isin(parts) & found.terms["month"].isin(months)]
    short = float(rows["short"].sum())
    first = rows.iloc[0]
    more = len(parts) > 1
    at_length = rate(float(first["length_renewed"]), float(first["length_due"]), "renewals.low.length")
    said = msg(
        "renewals.low.evidence",
        span=_span(months),
        n=Value("int", round(due)),
        lacking=Value("int", round(expected - renewed)),
        left=Value("percent", float((rows["left"] * rows["due"]).sum() / due)),
    )
    part = part_label(measured.engagement, dimension, str(first["part"]))
    of_length = msg(
        "renewals.low.length_of" if more else "renewals.low.length",
        part=part,
        days=Value("days", round(float(first["length_days"]))),
        own=at_length,
        others=Value("percent", float(first["length_expected"] / first["length_due"])),
    )
    return PainPoint(
        rule="renewal_low",
        headline=msg(
            "diagnosis.finding.renewal_low",
            who=_who(measured, dimension, parts),
            own=rate(renewed, due, "renewals.low"),
            others=Value("percent", expected / due, name="renewals.low.others"),
        ),
        evidence=sentences(_listed(measured, dimension, parts) if more else None, said, of_length),
        action=action(measured, "renewal_low"),
        basis=msg("renewals.low.basis", span=_span(months), short=Value("money", short)),
        customers=int(terms.loc[terms["renewed"].eq(0), "customer_id"].nunique()),
        revenue=max(short, 0.0) * 12 / len(months),
        worse=False,
        since="",
        event=(dimension, tuple(parts)),
        within=nested(found, dimension, parts),
    )


def _listed(measured: Measured, dimension: str, parts: list[str]) -> Message:
    named = Value("list", [part_label(measured.engagement, dimension, part) for part in parts])
    return msg("renewals.low.parts", parts=named)


def _action(measured: Measured, dimension: str, rule: str) -> Message:
    """A plan, category or brand has no place to go to: its price and contents are looked at."""
    if dimension not in THINGS:
        return action(measured, rule)
    name = "brand" if dimension == "brand" else "category"
    who = responsible(measured.engagement, rule)
    return msg("diagnosis.sentences", first=msg(f"renewals.action.{name}"), rest=who)


def _lately(width: int) -> Message:
    return msg("event.lately") if width == MONTHS else msg("event.lately_months", n=width)


def _ended(found: Renewals, dimension: str, parts: list[str]) -> pd.DataFrame:
    """The terms of these parts that came due in the last MONTHS and were not renewed."""
    terms = found.of(dimension)
    late = terms["month"].isin(found.months[-MONTHS:])
    return terms[terms[dimension].isin(parts) & late & terms["renewed"].eq(0)]


def _rate(rows: pd.DataFrame, when: str, who: str = "") -> Value:
    renewed, due = (float(rows[f"{who}{what}_{when}"].sum()) for what in ("renewed", "due"))
    return rate(renewed, due, f"renewals.{who or 'parts_'}{when}")


def _who(measured: Measured, dimension: str, parts: list[str]) -> Message:
    if len(parts) > 1:
        return msg(f"event.several.{dimension}", n=len(parts))
    return msg(f"event.one.{dimension}", part=part_label(measured.engagement, dimension, parts[0]))


def _evidence(measured: Measured, found: Renewals, dimension: str, rows: pd.DataFrame) -> Message | None:
    first = rows.iloc[0]
    rest = {
        when: rate(
            float(first[f"renewed_{when}"] + first[f"rest_renewed_{when}"] - rows[f"renewed_{when}"].sum()),
            float(first[f"due_{when}"] + first[f"rest_due_{when}"] - rows[f"due_{when}"].sum()),
            f"renewals.rest_{when}",
        )
        for when in ("before", "now")
    }
    whole = measured.trend("repurchase_rate")
    return sentences(
        msg(
            "renewals.evidence",
            parts=Value("list", [part_label(measured.engagement, dimension, part) for part in rows["part"]]),
            before=_rate(rows, "before"),
            now=_rate(rows, "now"),
            rest_before=Value("percent", rest["before"].value, name="renewals.rest_before"),
            rest_now=Value("percent", rest["now"].value, rest["now"].base, name="renewals.rest_now"),
            window=Value("days", found.window_days),
        ),
        msg(
            "diagnosis.part.span",
            before=_span(found.months[: -found.width]),
            now=_span(found.months[-found.width :]),
        ),
        msg("renewals.whole_hides") if whole is not None and whole["trend"] != "worse" else None,
    )


def _span(months: list[pd.Period]) -> Message:
    return msg("diagnosis.span", first=Value("month", str(months[0])), last=Value("month", str(months[-1])))
