"""Value at risk by a simple rule: core and potential customers who have been silent beyond their own rhythm."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.layers import Layers
from crm_lib.metrics import intervals, rhythm
from crm_lib.metrics.consent import refused
from crm_lib.metrics.cover import silent_days

CLASSES = ("core", "potential")
_SQL = Path(__file__).with_name("rhythm.sql")


def at_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` is `beyond_rhythm`. One row a class of CLASSES: operating_class, customers, judged (with a rhythm), beyond, to_call (of them, without who refused), share of the judged with

    low and high (Wilson), revenue (the window's, of the class), revenue_judged, revenue_at_risk (of those beyond),
    revenue_share (of the class's; NaN where that is not positive).
    """
    groups = frame.groupby("operating_class")
    risky = frame[frame["beyond"]].groupby("operating_class")["monetary"]
    table = pd.DataFrame(
        {
            "customers": groups.size(),
            "judged": groups["judged"].sum(),
            "beyond": groups["beyond"].sum(),
            "to_call": (frame["beyond"] & ~frame["refused"]).groupby(frame["operating_class"]).sum(),
            "revenue": groups["monetary"].sum(),
            "revenue_judged": frame[frame["judged"]].groupby("operating_class")["monetary"].sum(),
            "revenue_at_risk": risky.sum(),
        }
    ).reindex(pd.Index(CLASSES, name="operating_class"))
    table = table.fillna(0.0).reset_index()
    table = table.astype(dict.fromkeys(["customers", "judged", "beyond", "to_call"], "int64"))
    table["share"] = table["beyond"] / table["judged"].where(table["judged"] > 0)
    table["low"], table["high"] = intervals.wilson(table["beyond"], table["judged"])
    table["revenue_share"] = table["revenue_at_risk"] / table["revenue"].where(table["revenue"] > 0)
    return table


def beyond_rhythm(engine: Engine, layers: Layers) -> pd.DataFrame:
    """Customers of CLASSES: customer_id, operating_class, monetary, gap_days (own mean), silent_days
    (since the last purchase, or the end of cover if that is later), refused, judged, beyond."""
    chosen = layers.customers[layers.customers["operating_class"].isin(CLASSES)]
    frame = chosen[["customer_id", "operating_class", "monetary", "last_on", "covered_until"]].merge(
        engine.run(_SQL, as_of=layers.as_of), on="customer_id", how="left"
    )
    frame["silent_days"] = silent_days(frame["last_on"], frame["covered_until"], layers.as_of)
    frame["gap_days"] = frame["span_days"] / (frame["purchase_days"] - 1).where(frame["purchase_days"] > 1)
    frame["refused"] = frame["customer_id"].isin(list(refused(engine)))
    frame["judged"] = rhythm.has_rhythm(frame["purchase_days"])
    frame["beyond"] = rhythm.beyond_rhythm(frame["purchase_days"], frame["gap_days"], frame["silent_days"])
    return frame[
        ["customer_id", "operating_class", "monetary", "gap_days", "silent_days", "refused", "judged", "beyond"]
    ]


def _sums(table: pd.DataFrame) -> dict[str, float]:
    return {name: float(table[name].sum()) for name in ("customers", "judged", "beyond", "revenue", "revenue_at_risk")}


def at_risk_title(table: pd.DataFrame, smallest_base: int) -> Message:
    """`table` is `at_risk`."""
    sums = _sums(table)
    if sums["judged"] < smallest_base:
        return msg("value.title.at_risk_few", n=int(sums["judged"]), needed=smallest_base)
    return msg(
        "value.title.at_risk",
        n=int(sums["beyond"]),
        revenue=Value("money", sums["revenue_at_risk"], name="layering.revenue_at_risk"),
        share=_share(sums),
    )


def _share(sums: dict[str, float]) -> Value:
    return Value("percent", sums["revenue_at_risk"] / sums["revenue"] if sums["revenue"] > 0 else None)


def at_risk_note(layers: Layers) -> Message:
    days = {"window": Value("days", layers.settings.window_days), "shortest": Value("days", rhythm.SHORTEST_DAYS)}
    id = "value.note.at_risk.covered" if layers.says_cover else "value.note.at_risk"
    return msg(id, times=Value("float", rhythm.TIMES), purchases=rhythm.PURCHASE_DAYS, **days)


def at_risk_finding(table: pd.DataFrame, layers: Layers) -> Finding | None:
    """How much of the last year's revenue stands with good customers who have gone silent; None where too few count."""
    sums = _sums(table)
    if sums["judged"] < layers.smallest_base or not sums["beyond"]:
        return None
    low, high = intervals.wilson([sums["beyond"]], [sums["judged"]])
    core = table.iloc[0]
    return Finding(
        msg(
            "value.finding.at_risk",
            n=int(sums["beyond"]),
            revenue=Value("money", sums["revenue_at_risk"], name="layering.revenue_at_risk"),
            share=_share(sums),
            until=layers.as_of,
        ),
        msg(
            "value.finding.at_risk.evidence",
            part=Value("percent", sums["beyond"] / sums["judged"], int(sums["judged"]), low[0], high[0]),
            times=Value("float", rhythm.TIMES),
            shortest=Value("days", rhythm.SHORTEST_DAYS),
            core=int(core["beyond"]),
            core_revenue=Value("money", core["revenue_at_risk"]),
            unjudged=int(sums["customers"] - sums["judged"]),
            purchases=rhythm.PURCHASE_DAYS,
        ),
        msg("value.finding.at_risk.action", core=int(core["to_call"])),
        "high" if sums["revenue"] > 0 and sums["revenue_at_risk"] / sums["revenue"] >= 0.1 else "medium",
    )
