"""Rules on visits: holders who stay away before their term ends and do not renew; appointments that nobody comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis import absences as away
from crm_lib.diagnosis import missed as appointments
from crm_lib.diagnosis.checks import Check, PainPoint, few, limit
from crm_lib.diagnosis.measured import YEAR, Measured
from crm_lib.diagnosis.missed import ALL, Missed, missed
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import part_label, responsible, sentences
from crm_lib.engagement import Engagement
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.last_seen import first_visit
from crm_lib.metrics.pool import MONTHS


def absent_holders(measured: Measured) -> Check:
    """Renewals of holders who had stayed away before the end of their term, beside those who had come."""
    steps = Value("list", [Value("int", days) for days in away.STEPS_DAYS])
    less = Value("percent", away.LEAST_LESS)
    own = measured.engagement
    error = Value("percent", away.ERROR)
    said = msg(
        f"diagnosis.limit.{own.in_trade('diagnosis.limit', 'absent_holders')}absent_holders",
        steps=steps,
        less=less,
        error=error,
    )
    if not metrics.says_cover(measured.engine):
        return Check("absent_holders", "absent", msg("renewals.check.no_terms"), said)
    if first_visit(measured.engine) is None:
        return Check(
            "absent_holders",
            "absent",
            _check(own, "visits.check.no_customers"),
            said,
        )
    found = away.absences(measured)
    if found is None:
        return Check("absent_holders", "few", msg("renewals.check.few_months"), said)
    if found.steps.empty:
        return few("absent_holders", said, int(found.terms["away_days"].notna().sum()), measured.smallest_base)
    told = found.told
    figure = _check(
        own,
        "visits.check.absent",
        **_rates(found.clearest if told is None else told),
    )
    if told is None:
        return Check("absent_holders", "clear", figure, said, detail=found)
    return Check("absent_holders", "found", figure, said, _absent_pain(measured, found, told), detail=found)


def away_holders(measured: Measured, check: Check) -> pd.DataFrame:
    """The customers whom the finding counts; none without one."""
    told = check.detail.told if isinstance(check.detail, away.Absences) else None
    return measured.customers.iloc[:0] if told is None else away.away_now(measured, int(told["days"]))


def _absent(own: Engagement, id: str, **args: Value | int) -> Message:
    """The sentence in the words of the client's trade: whoever uses software does not come to a store."""
    rest = id.removeprefix("visits.absent.")
    trade = own.in_trade("visits", f"absent.{rest}")
    return msg(f"visits.{trade}absent.{rest}", **args)


def _check(own: Engagement, id: str, **args: Value) -> Message:
    rest = id.removeprefix("visits.check.")
    trade = own.in_trade("visits", f"check.{rest}")
    return msg(f"visits.{trade}check.{rest}", **args)


def _rates(row: pd.Series) -> dict[str, Value]:
    values = {
        who: rate(float(row[f"{who}_renewed"]), float(row[who]), f"renewals.{who}.{row['days']}")
        for who in ("away", "came")
    }
    bare = {f"{who}_bare": Value("percent", value.value, name=value.name) for who, value in values.items()}
    return {**values, **bare, "days": Value("days", int(row["days"]))}


def _absent_pain(measured: Measured, found: away.Absences, row: pd.Series) -> PainPoint:
    days = int(row["days"])
    began = away.since(found, days)
    terms = away.judged(found.terms, days)
    last_year = terms[terms["away"] & (terms["due_on"] > terms["due_on"].max() - pd.Timedelta(days=YEAR))]
    price = float(terms.loc[terms["away"], "amount"].mean())
    short = float(row["came_renewed"] / row["came"] - row["away_renewed"] / row["away"]) * len(last_year)
    now = away.away_now(measured, days)
    rates = _rates(row)
    own = measured.engagement
    return PainPoint(
        rule="absent_holders",
        headline=msg(f"diagnosis.finding.{own.in_trade('diagnosis.finding', 'absent_holders')}absent_holders", **rates),
        evidence=sentences(
            _absent(
                own,
                "visits.absent.evidence",
                **rates,
                window=Value("days", found.renewals.window_days),
                share=rate(float(row["away"]), float(row["away"] + row["came"]), f"visits.away.{days}"),
                first=Value("month", str(found.renewals.months[0])),
                last=Value("month", str(found.renewals.months[-1])),
            ),
            _absent(own, "visits.absent.since", month=Value("month", began))
            if began
            else _absent(own, "visits.absent.always"),
            _never(own, found),
            _absent(own, "visits.absent.cause"),
        ),
        action=_call(measured, days, len(now)),
        basis=_absent(
            own,
            "visits.absent.basis",
            n=Value("int", len(last_year)),
            short=Value("int", round(short)),
            price=Value("price", price),
            days=Value("days", days),
        ),
        customers=len(now),
        revenue=short * price,
        worse=bool(began),
        since=began,
    )


def _never(own: Engagement, found: away.Absences) -> Message | None:
    """Terms of holders without any visit on record, which are in neither group; None without one."""
    none = found.terms[found.terms["away_days"].isna()]
    if none.empty:
        return None
    renewed = rate(float(none["renewed"].sum()), float(len(none)), "renewals.never_seen")
    return _absent(own, "visits.absent.never", value=renewed)


def _call(measured: Measured, days: int, n: int) -> Message:
    own = measured.engagement
    trade = own.in_trade("diagnosis.action", "absent_holders")
    usual = msg(f"diagnosis.action.{trade}absent_holders", days=Value("days", days))
    begin = _absent(own, "visits.absent.now", n=Value("int", n), days=Value("days", days)) if n else None
    said = sentences(usual, begin, responsible(measured.engagement, "absent_holders"))
    assert said is not None
    return said


def missed_rise(measured: Measured) -> Check:
    """Share of appointments that nobody came to: of all, and of each store, channel and staff member beside all others."""
    said = limit(
        "missed_rise", rise=Value("percent", appointments.LEAST_RISE), error=Value("percent", appointments.ERROR)
    )
    if not _says_missed(measured):
        return Check("missed_rise", "absent", msg("visits.check.no_missed"), said)
    found = missed(measured)
    if found is None:
        return Check("missed_rise", "few", msg("visits.check.few_missed", least=measured.smallest_base), said)
    whole = found.whole
    rose = found.parts[found.parts["rose"].astype(bool)]
    figure = msg(
        "visits.check.missed",
        before=_share(whole.to_dict(), "before", ALL),
        now=_share(whole.to_dict(), "now", ALL),
        n=Value("int", len(found.parts)),
        rose=Value("int", len(rose)),
    )
    if rose.empty and not whole["rose"]:
        return Check("missed_rise", "clear", figure, said, detail=found)
    dimension = str(rose["dimension"].iloc[0]) if len(rose) else ALL  # the clearest rise
    rows = rose[rose["dimension"].eq(dimension)] if len(rose) else found.table.iloc[:1]
    return Check("missed_rise", "found", figure, said, _missed_pain(measured, found, dimension, rows), detail=found)


def _says_missed(measured: Measured) -> bool:
    query = "SELECT COUNT(*) AS n FROM visits WHERE status = 'missed'"
    return bool(measured.engine.fact(query)["n"].iloc[0])


def _share(row: Mapping[Any, float], when: str, name: str, who: str = "") -> Value:
    return rate(row[f"{who}missed_{when}"], row[f"{who}due_{when}"], f"visits.missed.{name}.{when}")


def _missed_pain(measured: Measured, found: Missed, dimension: str, rows: pd.DataFrame) -> PainPoint:
    parts = list(rows["part"]) if dimension != ALL else []
    began = appointments.since(found, dimension, parts)
    width = int(rows["months"].max())
    first = began or found.months[-width]
    counts = appointments.split(found, dimension, parts, first)
    earlier, later = ([month for month in found.months if (month >= first) is now] for now in (False, True))
    before, now = (_share(counts, when, "parts" if parts else ALL) for when in ("before", "now"))
    extra = (counts["missed_now"] - counts["due_now"] * counts["missed_before"] / counts["due_before"]) / len(later)
    people = _who_missed(measured, found, dimension, parts)
    named = part_words(measured.engagement, dimension, parts) if parts else msg("visits.named.all")
    return PainPoint(
        rule="missed_rise",
        headline=msg(
            "diagnosis.finding.missed_rise",
            who=_who(measured, dimension, parts),
            since=msg("event.since", month=Value("month", began)) if began else msg("visits.lately", n=width),
            before=Value("percent", before.value, name=before.name),
            now=Value("percent", now.value, name=now.name),
        ),
        evidence=sentences(
            msg("visits.missed.evidence", who=named, before=before, now=now),
            _rest(counts) if parts else None,
            msg("visits.missed.extra", n=Value("float", extra)),
            _cancelled(counts),
            msg("diagnosis.part.span", before=_span(earlier), now=_span(later)),
            None if parts else msg("visits.missed.season"),
        ),
        action=action(measured, "missed_rise"),
        basis=msg("visits.missed.basis"),
        customers=len(people),
        worse=True,
        since=began,
        event=(dimension, tuple(parts)) if parts else ("", ()),
        within=appointments.nested(found, dimension, parts) if parts else (),
    )


def _who_missed(measured: Measured, found: Missed, dimension: str, parts: list[str]) -> pd.DataFrame:
    """Customers who missed an appointment of these parts in the latest months."""
    query = (
        "SELECT DISTINCT v.customer_id AS customer_id, v.store AS store, v.channel AS channel, v.owner AS owner "
        "FROM visits AS v INNER JOIN period_days AS p ON p.day = CAST(v.visited_at AS DATE) "
        "WHERE v.status = 'missed' AND v.customer_id IS NOT NULL AND p.period >= $first ORDER BY 1, 2, 3, 4"
    )
    metrics.register_periods(measured.engine, measured.months)
    people = measured.engine.sql(query, first=found.months[-MONTHS])
    mine = people if dimension == ALL else people[people[dimension].isin(parts)]
    return mine[["customer_id"]].drop_duplicates()


def _who(measured: Measured, dimension: str, parts: list[str]) -> Message:
    if not parts:
        return msg("visits.who.all")
    if len(parts) > 1:
        return msg(f"visits.who.several.{dimension}", n=len(parts))
    return msg(f"visits.who.{dimension}", part=part_label(measured.engagement, dimension, parts[0]))


def part_words(engagement: Engagement, dimension: str, parts: list[str]) -> Message:
    return msg("visits.named", parts=Value("list", [part_label(engagement, dimension, part) for part in parts]))


def _rest(counts: Mapping[str, float]) -> Message:
    before, now = (_share(counts, when, "rest", "rest_") for when in ("before", "now"))
    return msg("visits.missed.rest", before=Value("percent", before.value, name=before.name), now=now)


def _cancelled(counts: Mapping[str, float]) -> Message | None:
    """Appointments given back beforehand, of all agreed on; None where none was."""
    shares = {}
    for when in ("before", "now"):
        cancelled, due = counts[f"cancelled_{when}"], counts[f"due_{when}"]
        share = rate(cancelled, cancelled + due, f"visits.cancelled.{when}")
        shares[when] = Value("percent", share.value, name=share.name)
    if not counts["cancelled_before"] + counts["cancelled_now"]:
        return None
    return msg("visits.missed.cancelled", **shares)


def _span(months: list[str]) -> Message:
    return msg("diagnosis.span", first=Value("month", months[0]), last=Value("month", months[-1]))
