"""Rules on complaints: more of them, answered or closed late; and which reason, place or owner they come from."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.change_point import change_point
from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.complaint_parts import part_rises
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.reasons import ALL_OF_IT, all_named, complaint_reasons, event, why_complaints
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.slow_tickets import late_tickets, most_late
from crm_lib.diagnosis.words import level, part_label, responsible, sentences, signed, span, ticket_label
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import intervals, pooled
from crm_lib.metrics.decompose import stands_out, totals

MOST_BLANK = 0.5  # of the latest complaints without a reason, from which on the largest reason is none to act on
HALF = 0.5  # of the latest complaints that one reason has to hold to be told without having grown beyond the others
ERROR = 0.05  # chance that any part is named though the shares stayed as they were
IN_TIME = 0.90  # of complaints answered, and closed, within the time promised
TICKET_DIMENSIONS = ("reason", "store", "channel", "team", "owner")
PLACES = ("store", "channel", "team")


def complaints_rise(measured: Measured) -> Check:
    """Complaints per order against the months compared with."""
    said = limit("complaints_rise")
    row = measured.trend("complaints")
    if row is None:
        return absent("complaints_rise", said, "tickets", measured.engine, measured.smallest_base)
    now, before = (_per_order(measured, row, prefix) for prefix in ("", "before_"))
    if not row["compared"] or now["complaints"] < measured.smallest_base or not now["orders"] or not before["orders"]:
        return few("complaints_rise", said, now["complaints"], measured.smallest_base)
    value, earlier = now["rate"], before["rate"]
    change = value.value - earlier.value
    low = change - np.hypot(value.value - value.low, earlier.high - earlier.value)
    high = change + np.hypot(value.high - value.value, earlier.value - earlier.low)
    moved = Value("points", change, None, float(low), float(high), "complaints.per_order.change")
    figure = msg("diagnosis.check.trend", value=value, before=earlier, change=signed(moved))
    if low <= 0:
        pain = _part_pain(measured)
        return Check("complaints_rise", "found" if pain else "clear", figure, said, pain)
    cells = measured.complaint_cells
    parts = _complaint_parts(cells, row, now["orders"], before["orders"], measured.smallest_base)
    whose = complaint_reasons(measured)
    cause, place, root = _complaint_reason(measured, cells, parts, row)
    told = [cause, place or why_complaints(measured, whose)]
    since = msg("diagnosis.evidence.since", month=Value("month", row["since"])) if row["since"] else None
    people = measured.customers[measured.customers["complaints_recent"] > 0]
    pain = PainPoint(
        rule="complaints_rise",
        headline=msg(
            "diagnosis.finding.complaints_rise",
            value=value,
            span=span(row),
            before=earlier,
            before_span=span(row, "before_"),
            count=level(row),
            count_before=level(row, "before_"),
        ),
        evidence=sentences(
            since,
            *(told if any(told) else [msg("diagnosis.why.none")]),
        ),
        action=_rise_action(measured, cells, row, root),
        basis=msg("diagnosis.basis.complaints_rise"),
        customers=len(people),
        revenue=float(people["revenue_year"].sum()),
        worse=True,
        since=row["since"],
        event=event(whose),
        named=all_named(whose),
        cause=cause and sentences(since, cause),
        root=root,
    )
    return Check("complaints_rise", "found", figure, said, pain, parts)


def _part_pain(measured: Measured) -> PainPoint | None:
    """Where not all complaints rose: those of one reason, place or owner that did, and where they arose."""
    cells, kpis = measured.complaint_cells, measured.kpis
    orders = kpis[kpis["metric"].eq("orders")].set_index("period")["numerator"].reindex(measured.months["period"])
    rises = part_rises(cells, orders.fillna(0.0), TICKET_DIMENSIONS)
    if rises.empty:
        return None
    of = {name: i for i, name in enumerate(TICKET_DIMENSIONS)}
    first = rises.loc[rises["dimension"].map(of).sort_values(kind="stable").index[0]]
    dimension, part, width = str(first["dimension"]), str(first["part"]), int(first["months"])
    periods = list(orders.index)
    mine = cells[cells[dimension].eq(part)]
    place = _place(mine[mine["period"].isin(periods[-width:])], dimension)
    root, since = _root(measured, first, place), _first_month(mine, orders)
    people = _complained(measured, dimension, part, measured.months["starts_on"].iloc[-width])
    also = [one for one in rises.to_dict("records") if one["dimension"] not in (dimension, place and place[0])]
    others = [_also(measured, one) for one in also if one["dimension"] in PLACES]
    places = {(place[0], (place[1],))} if place else set()
    return PainPoint(
        rule="complaints_rise",
        headline=msg(
            "diagnosis.finding.complaints_part",
            dimension=ticket_label(dimension),
            part=part_label(measured.engagement, dimension, part),
            now=_months(periods[-width:]),
            earlier=_months(periods[:-width]),
            before=_mean(float(first["n_before"] / first["months_before"])),
            after=_mean(float(first["n"] / width)),
            rest_before=_mean(float(first["rest_before"] / first["months_before"])),
            rest=_mean(float(first["rest"] / width)),
        ),
        evidence=sentences(
            msg("diagnosis.evidence.since", month=Value("month", since)) if since else None,
            _place_words(measured, place),
            msg("diagnosis.why.complaints_also", parts=Value("list", others)) if others else None,
            msg("diagnosis.why.complaints_whole"),
        ),
        action=sentences(
            msg("diagnosis.action.complaints_root", root=root), responsible(measured.engagement, "complaints_rise")
        )
        or action(measured, "complaints_rise"),
        basis=msg("diagnosis.basis.complaints_part"),
        customers=len(people),
        revenue=float(people["revenue_year"].sum()),
        worse=True,
        since=since,
        named=tuple(places | ({(dimension, (part,))} if dimension in PLACES else set())),
        root=root,
    )


def _months(periods: list[str]) -> Message:
    return msg("diagnosis.span", first=Value("month", periods[0]), last=Value("month", periods[-1]))


def _first_month(mine: pd.DataFrame, orders: pd.Series) -> str:
    """First month of the higher level of these complaints per order; '' without a clear one."""
    monthly = mine.groupby("period")["complaints"].sum().reindex(orders.index).fillna(0.0)
    rates = (monthly / orders.where(orders > 0)).to_numpy(float)
    change = change_point(orders.index.to_numpy(object), rates, orders.to_numpy(float))
    return change.period if change and change.after > change.before else ""


def _complained(measured: Measured, dimension: str, part: str, since: date) -> pd.DataFrame:
    """Rows of `customers` of those who complained so since that day."""
    query = (
        "SELECT DISTINCT customer_id FROM tickets WHERE kind = 'complaint' AND customer_id IS NOT NULL"  # nosec B608
        f" AND {dimension} = $part AND CAST(opened_at AS DATE) >= $since"
    )
    found = measured.engine.sql(query, part=part, since=since)
    return measured.customers[measured.customers["customer_id"].isin(found["customer_id"])]


def _also(measured: Measured, row: dict[Hashable, Any]) -> Message:
    return msg(
        "diagnosis.root",
        dimension=ticket_label(str(row["dimension"])),
        part=part_label(measured.engagement, str(row["dimension"]), str(row["part"])),
    )


def _rise_action(measured: Measured, cells: pd.DataFrame, row: pd.Series, root: Message | None) -> Message:
    """To remove the cause found, by its name and place, or to record causes first where most complaints state none."""
    latest = cells[cells["period"].between(row["from_period"], row["to_period"])]
    blank, total = float(latest.loc[latest["reason"].eq(""), "complaints"].sum()), float(latest["complaints"].sum())
    if blank < MOST_BLANK * total:
        if root is None:
            return action(measured, "complaints_rise")
        settle = msg("diagnosis.action.complaints_root", root=root)
        return sentences(settle, responsible(measured.engagement, "complaints_rise")) or settle
    share = Value("percent", blank / total, base=int(total), name="complaints.without_reason")
    record = msg(
        "diagnosis.action.record_reasons", n=Value("int", int(blank)), all=Value("int", int(total)), share=share
    )
    return sentences(record, responsible(measured.engagement, "complaints_rise")) or record


def _per_order(measured: Measured, row: pd.Series, prefix: str) -> dict:
    """Complaints, orders and complaints per order over the months of a pooled level."""
    inside = measured.kpis["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"])
    sums = measured.kpis[inside].groupby("metric")["numerator"].sum()
    complaints, orders = float(sums.get("complaints", 0.0)), float(sums.get("orders", 0.0))
    name = f"complaints.per_order.{row[f'{prefix}from_period']}"
    return {"complaints": complaints, "orders": orders, "rate": rate(min(complaints, orders), orders, name)}


def _complaint_reason(
    measured: Measured, cells: pd.DataFrame, parts: pd.DataFrame, row: pd.Series
) -> tuple[Message | None, Message | None, Message | None]:
    """The reason (else the place) that makes up most of the rise, where it is at home, and both in a few words."""
    named = parts[parts["named"]]
    places = {d: i for i, d in enumerate(TICKET_DIMENSIONS)}
    order = named.assign(order=named["dimension"].map(places))
    order = order.sort_values(["order", "contribution_share", "part"], ascending=[True, False, True])
    first = order.iloc[0] if len(order) else _largest_reason(measured, parts)
    if first is None:
        return None, None, None
    dimension = str(first["dimension"])
    inside = cells["period"].between(row["from_period"], row["to_period"]) & cells[dimension].eq(first["part"])
    said = _share_of_rise(measured, first, row) if len(order) else _largest_words(measured, parts, first, row)
    place = _place(cells[inside], dimension)
    return said, _place_words(measured, place), _root(measured, first, place)


def _share_of_rise(measured: Measured, first: pd.Series, row: pd.Series) -> Message:
    return msg(
        "diagnosis.why.complaints_more" if first["contribution_share"] > ALL_OF_IT else "diagnosis.why.complaints",
        dimension=ticket_label(first["dimension"]),
        part=part_label(measured.engagement, first["dimension"], first["part"]),
        contribution=Value("percent", float(first["contribution_share"])),
        total=Value("int", round(first["n"])),
        **_a_month(first, row),
    )


def _a_month(first: pd.Series, row: pd.Series) -> dict[str, Value]:
    before, after = first["n_before"] / max(row["before_months"], 1), first["n"] / max(row["months"], 1)
    return {"before": _mean(float(before)), "after": _mean(float(after))}


def _mean(n: float) -> Value:
    return Value("float" if n else "int", n)


def _largest_reason(measured: Measured, parts: pd.DataFrame) -> pd.Series | None:
    """The reason of at least half of the latest complaints, where it grew with the others and not beyond them."""
    own = parts[parts["dimension"].eq("reason") & parts["part"].ne("")]
    own = own[(own["n"] >= max(measured.smallest_base, HALF * parts.loc[parts["dimension"].eq("reason"), "n"].sum()))]
    own = own[own["value"] > own["value_before"]].sort_values(["n", "part"], ascending=[False, True])
    return None if own.empty else own.iloc[0]


def _largest_words(measured: Measured, parts: pd.DataFrame, first: pd.Series, row: pd.Series) -> Message:
    return msg(
        "diagnosis.why.complaints_largest",
        dimension=ticket_label("reason"),
        part=part_label(measured.engagement, "reason", first["part"]),
        n=Value("int", round(first["n"])),
        total=Value("int", round(parts.loc[parts["dimension"].eq("reason"), "n"].sum())),
        **_a_month(first, row),
    )


def _place(cells: pd.DataFrame, besides: str) -> tuple[str, str, int, int] | None:
    """The store, or else the channel or team, that holds most of these complaints (at least half), how many of how many."""
    total = int(cells["complaints"].sum())
    for dimension in (d for d in PLACES if d != besides):
        counts = cells[cells[dimension].ne("")].groupby(dimension)["complaints"].sum()
        counts = counts.sort_index().sort_values(ascending=False, kind="stable")
        if len(counts) and counts.iloc[0] >= HALF * total:
            return dimension, str(counts.index[0]), int(counts.iloc[0]), total
    return None


def _place_words(measured: Measured, place: tuple[str, str, int, int] | None) -> Message | None:
    if place is None:
        return None
    dimension, part, n, total = place
    return msg(
        "diagnosis.why.place_all" if n == total else "diagnosis.why.place",
        dimension=ticket_label(dimension),
        part=part_label(measured.engagement, dimension, part),
        n=Value("int", n),
        total=Value("int", total),
    )


def _root(measured: Measured, first: pd.Series, place: tuple[str, str, int, int] | None) -> Message:
    """'reason “late” (store “west”)'."""
    said = {
        "dimension": ticket_label(first["dimension"]),
        "part": part_label(measured.engagement, first["dimension"], first["part"]),
    }
    if place is None:
        return msg("diagnosis.root", **said)
    at = {"place": ticket_label(place[0]), "at": part_label(measured.engagement, place[0], place[1])}
    return msg("diagnosis.root_at", **said, **at)


def response_slow(measured: Measured) -> Check:
    return _slow(
        measured, "response_slow", "complaint_first_response_rate", "late_recent", ("answerable", "answered_in_time")
    )


def closing_slow(measured: Measured) -> Check:
    return _slow(measured, "closing_slow", "complaint_close_rate", "slow_recent", ("closable", "closed_in_time"))


def _slow(measured: Measured, rule: str, metric: str, column: str, counts: tuple[str, str]) -> Check:
    """Too few complaints within the time promised (the whole interval below IN_TIME), or fewer than before."""
    definitions = measured.definitions
    promised = (
        Value("minutes", definitions.complaint_response_minutes)
        if rule == "response_slow"
        else Value("hours", definitions.complaint_close_hours)
    )
    said = limit(rule, share=Value("percent", IN_TIME), promised=promised)
    row = measured.trend(metric)
    if row is None:
        return absent(rule, said, "tickets", measured.engine, measured.smallest_base)
    if row["base"] < measured.smallest_base:
        return few(rule, said, row["base"], measured.smallest_base)
    value = level(row)
    figure = msg("diagnosis.check.value", value=value)
    if row["high"] >= IN_TIME and row["trend"] != "worse":
        return Check(rule, "clear", figure, said)
    people = measured.customers[measured.customers[column] > 0]
    pain = PainPoint(
        rule=rule,
        headline=_headline(measured, rule, row, promised),
        evidence=sentences(
            _worse(row),
            _hours(measured, row) if rule == "closing_slow" else None,
            _late_part(measured, row, counts),
            _newest(measured, row),
            *(late_tickets(measured) if rule == "closing_slow" else []),
        ),
        action=action(measured, rule),
        basis=msg(f"diagnosis.basis.{rule}"),
        customers=len(people),
        revenue=float(people["revenue_year"].sum()),
        worse=row["trend"] == "worse",
        since=row["since"] if row["trend"] == "worse" else "",
    )
    return Check(rule, "found", figure, said, pain)


def _worse(row: pd.Series) -> Message | None:
    """What it was in the months compared with, and since when it is lower, where that is proven."""
    if row["trend"] != "worse":
        return None
    earlier = msg("diagnosis.evidence.in_time_before", before=level(row, "before_"), span=span(row, "before_"))
    return sentences(
        earlier, msg("diagnosis.evidence.since", month=Value("month", row["since"])) if row["since"] else None
    )


def _headline(measured: Measured, rule: str, row: pd.Series, promised: Value) -> Message:
    """Where tickets give days only, a limit of hours is read as whole days."""
    given: dict[str, Value | Message] = {"value": level(row), "span": span(row), "promised": promised}
    if rule == "closing_slow" and metrics.whole_days(measured.engine, "closed_at"):
        days = measured.definitions.complaint_close_hours // 24
        return msg(
            "diagnosis.finding.closing_days" if days else "diagnosis.finding.closing_day", days=int(days), **given
        )
    return msg(f"diagnosis.finding.{rule}", **given)


def _hours(measured: Measured, row: pd.Series) -> Message | None:
    """Time to close as the figures of the quarter have it; where these are of other months, that of the complaints which
    the finding counts, as far as they are closed."""
    kpi = measured.trend("complaint_close_hours")
    whole_days = metrics.whole_days(measured.engine, "closed_at")
    if kpi is not None and kpi["enough"] and not whole_days and span(kpi) == span(row):
        return msg("diagnosis.evidence.closing_hours", hours=level(kpi), span=span(kpi))
    cells = measured.complaint_cells
    sums = cells.loc[
        cells["period"].between(row["from_period"], row["to_period"]), ["closed", "hours", "hours_squares"]
    ]
    closed, hours, squares = sums.sum()
    if not closed:
        return None
    low, high = (float(side[0]) for side in intervals.mean(*(np.array([x]) for x in (hours, squares, closed))))
    name = f"complaint_close_hours.opened.{row['from_period']}..{row['to_period']}"
    if whole_days:
        mean = Value("float", hours / closed / 24, int(closed), max(low, 0.0) / 24, high / 24, name)
        return msg("diagnosis.evidence.close_days", days=mean, span=span(row))
    return msg(
        "diagnosis.evidence.hours",
        hours=Value("hours", hours / closed, int(closed), max(low, 0.0), high, name),
        span=span(row),
    )


def _newest(measured: Measured, row: pd.Series) -> Message | None:
    """That later months than the finding's have too few to be judged, where there are any."""
    own = measured.kpis[measured.kpis["metric"].eq(row["metric"])]
    later = pooled(own[own["period"] > row["to_period"]])
    if later.empty:
        return None
    last = later.iloc[-1]
    least = Value("int", measured.smallest_base)
    return msg("diagnosis.evidence.newest_few", span=span(last), n=int(last["base"]), value=level(last), least=least)


def _late_part(measured: Measured, row: pd.Series, counts: tuple[str, str]) -> Message:
    """Where the late ones are: the value with the largest share of them, above all others together by more than the
    chance of picking among so many values."""
    cells = measured.complaint_cells
    cells = cells[cells["period"].between(row["from_period"], row["to_period"])]
    cells = cells.assign(late=cells[counts[0]] - cells[counts[1]], all=cells[counts[0]])
    overall = cells["late"].sum() / cells["all"].sum() if cells["all"].sum() else 0.0
    top, compared = most_late(cells, TICKET_DIMENSIONS, measured.smallest_base)
    if top is None:
        args = {"n": Value("int", int(cells["all"].sum())), "least": Value("int", measured.smallest_base)}
        return msg("diagnosis.why.late_none" if compared else "diagnosis.why.late_few", **args)
    _, dimension, part, late, n = top
    said = msg(
        "diagnosis.why.late",
        dimension=ticket_label(dimension),
        part=part_label(measured.engagement, dimension, part),
        value=rate(late, n, f"late.{dimension}"),
        overall=Value("percent", float(overall)),
    )
    return sentences(said, _late_before(measured, row, counts, dimension, part)) or said


def _late_before(
    measured: Measured, row: pd.Series, counts: tuple[str, str], dimension: str, part: str
) -> Message | None:
    """How often it was late in the months compared with, there and elsewhere: whether it was always so."""
    if row["trend"] != "worse":
        return None
    cells = measured.complaint_cells
    cells = cells[cells["period"].between(row["before_from_period"], row["before_to_period"])]
    there = cells[dimension].eq(part)
    mine, rest = (cells.loc[of, list(counts)].sum() for of in (there, ~there))
    if min(mine[counts[0]], rest[counts[0]]) < measured.smallest_base:
        return None
    own, others = (
        rate(one[counts[0]] - one[counts[1]], one[counts[0]], f"late.{name}")
        for one, name in ((mine, "part_before"), (rest, "rest_before"))
    )
    return msg("diagnosis.why.late_before", own=own, others=Value("percent", others.value), span=span(row, "before_"))


def _complaint_parts(
    cells: pd.DataFrame, row: pd.Series, orders: float, orders_before: float, smallest_base: int
) -> pd.DataFrame:
    """Parts of the change of complaints per order, by each dimension of the tickets; they add up to the change."""
    found = []
    for dimension in TICKET_DIMENSIONS:
        now, before = (
            cells[cells["period"].between(row[f"{p}from_period"], row[f"{p}to_period"])]
            .groupby(dimension, sort=True)["complaints"]
            .sum()
            for p in ("", "before_")
        )
        both = pd.DataFrame({"n_before": before, "n": now}).fillna(0.0).rename_axis("part").reset_index()
        found.append(
            both.assign(
                dimension=dimension,
                several=len(both) > 1,
                **totals(both["n_before"].to_numpy() / orders_before, both["n"].to_numpy() / orders),
            )
        )
    parts = pd.concat(found, ignore_index=True)
    enough = (parts["n"] >= smallest_base) | _new_beyond_chance(parts)
    return parts.assign(named=stands_out(parts) & parts["several"] & enough)


def _new_beyond_chance(parts: pd.DataFrame) -> pd.Series:
    """Whether a part's share of its dimension's complaints rose by more than chance, few as they may be: one-sided exact
    test (Fisher 1935), Bonferroni over all parts."""
    from scipy.stats import hypergeom

    sums = parts.groupby("dimension")[["n_before", "n"]].transform("sum")
    both = parts["n_before"] + parts["n"]
    chance = hypergeom.sf(parts["n"] - 1, sums["n_before"] + sums["n"], both, sums["n"])
    return pd.Series(np.nan_to_num(chance, nan=1.0) * len(parts) <= ERROR, index=parts.index)
