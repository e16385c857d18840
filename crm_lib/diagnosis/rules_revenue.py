"""Rule on revenue: it falls, and by which of its three factors."""

from __future__ import annotations

import math

import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, absent, limit, not_judged
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.rules_trend import action, evidence, headline
from crm_lib.diagnosis.silent_accounts import silent_words
from crm_lib.diagnosis.words import difference, level, responsible, sentences, signed
from crm_lib.frames import rows
from crm_lib.language import Kind, Message, Value, msg

FACTORS = ("customers", "orders_each", "revenue_each")


def revenue_fall(measured: Measured) -> Check:
    """Net revenue against the months compared with."""
    said = limit("total")
    row = measured.trend("revenue")
    if row is None:
        return absent("revenue_fall", said, "orders", measured.engine, measured.smallest_base)
    if row["trend"] == "unknown":
        return not_judged(measured, "revenue_fall", said, row)
    change = signed(difference(row))
    figure = msg("diagnosis.check.trend", value=level(row), before=level(row, "before_"), change=change)
    if row["trend"] != "worse":
        return Check("revenue_fall", "clear", figure, said)
    parts = factors(measured, row)
    pain = PainPoint(
        rule="revenue_fall",
        headline=headline("revenue_fall", row),
        evidence=evidence(measured, row, _by_factor(parts), silent_words(measured)),
        action=_action(measured, parts),
        basis=msg(
            "diagnosis.basis.revenue_fall", change=Value("money", -float(row["change"])), months=measured.year_months
        ),
        revenue=-float(row["change"]) * measured.year_months,
        worse=True,
        since=row["since"],
    )
    return Check("revenue_fall", "found", figure, said, pain)


def factors(measured: Measured, row: pd.Series) -> pd.DataFrame:
    """[factor, before, now, part] of FACTORS: active customers a month, orders each, net revenue an order.

    Revenue is their product; part = log change of the factor / log change of revenue, so that the parts add up to 1.
    Empty where a factor is not positive on both sides.
    """
    sums = {prefix: _sums(measured, row, prefix) for prefix in ("before_", "")}
    if min(value for side in sums.values() for value in side.values()) <= 0:
        return pd.DataFrame(columns=["factor", "before", "now", "part"])
    values = {
        prefix: (
            s["active_customers"] / row[f"{prefix}months"],
            s["orders"] / s["active_customers"],
            s["revenue"] / s["orders"],
        )
        for prefix, s in sums.items()
    }
    steps = [math.log(now / before) for before, now in zip(values["before_"], values[""], strict=True)]
    parts = [step / sum(steps) if sum(steps) else math.nan for step in steps]
    return pd.DataFrame({"factor": FACTORS, "before": values["before_"], "now": values[""], "part": parts})


def _sums(measured: Measured, row: pd.Series, prefix: str) -> dict[str, float]:
    inside = measured.kpis["period"].between(row[f"{prefix}from_period"], row[f"{prefix}to_period"])
    found = measured.kpis[inside].groupby("metric")["numerator"].sum()
    return {name: float(found.get(name, 0.0)) for name in ("active_customers", "orders", "revenue")}


def _action(measured: Measured, found: pd.DataFrame) -> Message:
    """What to do about the largest factor; about all where none can be told."""
    if found.empty or found["part"].isna().any():
        return action(measured, "revenue_fall")
    largest = found.sort_values(["part", "factor"], ascending=[False, True]).iloc[0]["factor"]
    said = msg(f"diagnosis.action.factor.{largest}")
    return sentences(said, responsible(measured.engagement, "revenue_fall")) or said


def _by_factor(found: pd.DataFrame) -> Message | None:
    """The factor that makes up most of the fall, and the others."""
    if found.empty or found["part"].isna().any():
        return None
    kinds: dict[str, Kind] = {"customers": "int", "orders_each": "ratio", "revenue_each": "price"}
    ordered = found.sort_values(["part", "factor"], ascending=[False, True])
    said = [
        msg(
            "diagnosis.why.factor",
            factor=msg(f"diagnosis.factor.{row.factor}"),
            part=Value("percent", float(row.part)),
            before=Value(kinds[row.factor], float(row.before)),
            now=Value(kinds[row.factor], float(row.now)),
        )
        for row in rows(ordered)
    ]
    return msg("diagnosis.why.factors", factors=Value("list", said))
