"""What the layers say: findings with their evidence and what to do, and the headline figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.layers import Layers
from crm_lib.layering.moving import Growth, directions
from crm_lib.layering.rules import axis_word
from crm_lib.layering.shares import distribution, gini, measures, rows_by, share_of_buyers_for, top_share
from crm_lib.layering.titles import share

_SEVERITY = {"high": 0, "medium": 1, "low": 2}
FALL_HIGH = 0.05  # share of customers who fell less the share who rose
UNATTRIBUTED_HIGH, UNATTRIBUTED_MEDIUM = 0.2, 0.05  # of orders without a customer


def summary(findings: Sequence[Finding | None]) -> list[Finding]:
    """The findings there are, the gravest first, those of equal severity in the order given."""
    found = [finding for finding in findings if finding is not None]
    return sorted(found, key=lambda finding: _SEVERITY[finding.severity])


def concentration(layers: Layers) -> Finding:
    """How much of revenue the top share of buyers makes, and the core class with it."""
    buyers = layers.buyers
    if layers.few:
        return Finding(
            msg("layering.finding.few", n=len(buyers), since=layers.window_start, until=layers.as_of),
            msg("layering.finding.few.evidence", needed=layers.smallest_base),
            msg("layering.finding.few.action"),
            "high",
        )
    if "revenue" not in measures(layers):
        return Finding(
            msg("layering.finding.no_revenue", since=layers.window_start, until=layers.as_of),
            action=msg("layering.finding.no_revenue.action"),
            severity="high",
        )
    table = rows_by(distribution(layers, "operating_class"), "operating_class")
    core = table["core"]
    measured = top_share(layers)
    return Finding(
        msg(
            "layering.finding.concentration",
            top=Value("percent", layers.settings.top_share),
            share=Value("percent", measured, base=len(buyers), name="layering.top_share.revenue"),
            days=Value("days", layers.settings.window_days),
            until=layers.as_of,
        ),
        msg(
            "layering.finding.concentration.evidence",
            gini=Value("ratio", gini(layers), name="layering.gini"),
            core=int(core["customers"]),
            core_share=share(core["customer_share"]),
            core_revenue=Value("money", core["revenue"]),
            core_revenue_share=share(core["revenue_share"], name="layering.core_revenue_share"),
            axis=axis_word(layers),
            cut=Value("money", layers.value_cut, name="layering.value_cut"),
        ),
        _first_the_core(table),
        "high" if measured >= 0.5 else "medium",
    )


def _first_the_core(table: dict[str, dict[str, Any]]) -> Message:
    """What to do with the core, with what one of them brings against the others."""
    n = int(table["core"]["customers"])
    others = [row for name, row in table.items() if name != "core"]
    revenue, customers = (sum(row[name] for row in others) for name in ("revenue", "customers"))
    if not n or revenue <= 0:
        return msg("layering.finding.concentration.action_plain", core=n)
    ratio = (table["core"]["revenue"] / n) / (revenue / customers)
    return msg("layering.finding.concentration.action", core=n, ratio=Value("float", ratio))


def concentration_words(layers: Layers) -> Message:
    """How few buyers make half and four fifths of revenue."""
    if layers.few:
        return msg("layering.few", n=len(layers.buyers), needed=layers.smallest_base)
    if "revenue" not in measures(layers):
        return msg("layering.title.pareto_none")
    half, most = (Value("percent", share_of_buyers_for(layers, part)) for part in (0.5, 0.8))
    return msg("layering.concentration", half=half, most=most, gini=Value("ratio", gini(layers), name="layering.gini"))


def dormancy(layers: Layers) -> Finding | None:
    """The dormant, what they brought in the window, and how many of them are worth a call."""
    frame = layers.customers
    dormant = frame[frame["operating_class"] == "dormant"]
    if dormant.empty:
        return None
    valuable = dormant[dormant["high_value"]]
    size = len(dormant) / len(frame)
    return Finding(
        msg(
            "layering.finding.dormant",
            n=len(dormant),
            share=Value("percent", size, base=len(frame), name="layering.dormant_share"),
            days=Value("days", layers.settings.dormant_days),
            until=layers.as_of,
        ),
        msg(
            "layering.finding.dormant.evidence",
            revenue=Value("money", dormant["monetary"].sum()),
            window=Value("days", layers.settings.window_days),
            valuable=len(valuable),
            valuable_revenue=Value("money", valuable["monetary"].sum()),
            never=int(dormant["last_on"].isna().sum()),
        ),
        msg(
            "layering.finding.dormant.action" if len(valuable) else "layering.finding.dormant.action_none",
            valuable=len(valuable),
        ),
        "high" if size >= 0.3 else "medium" if size >= 0.1 else "low",
    )


def movement(moved: pd.DataFrame, falls: pd.DataFrame, before: Layers, now: Layers) -> Finding:
    """Who fell and who rose since the earlier day, the revenue at stake, and who fell more than others.

    `moved` is `moves`, `falls` is `falls_by_channel`.
    """
    table = rows_by(directions(moved), "direction")
    known = sum(int(table[name]["customers"]) for name in ("up", "same", "down"))
    if known < now.smallest_base:
        id = "layering.finding.movement_few" if known else "layering.finding.movement_none"
        return Finding(msg(id, since=before.as_of, n=known), severity="low")
    down, up = table["down"], table["up"]
    lost = moved[(moved["before"] == "core") & (moved["direction"] == "down")]
    days = Value("days", (now.as_of - before.as_of).days)
    size = down["customers"] / known
    return Finding(
        msg(
            "layering.finding.movement",
            since=before.as_of,
            down=int(down["customers"]),
            up=int(up["customers"]),
            share=Value("percent", size, base=known, name="layering.down_share"),
        ),
        msg(
            "layering.finding.movement.evidence",
            days=days,
            spend_before=Value("money", down["spend_before"]),
            spend_since=Value("money", down["spend_since"]),
            silent=int(((moved["direction"] == "down") & (moved["after"] == "dormant")).sum()),
            cause=cause_words(falls, now.smallest_base),
            lost=len(lost),
            stake=Value("money", lost["revenue_then"].sum(), name="layering.revenue_at_stake"),
            window=Value("days", now.settings.window_days),
        ),
        msg(
            "layering.finding.movement.action" if len(lost) else "layering.finding.movement.action_none", lost=len(lost)
        ),
        "high" if size - up["customers"] / known >= FALL_HIGH else "medium",
    )


def _stands_out(falls: pd.DataFrame, smallest_base: int) -> dict[str, Any] | None:
    """The channel whose customers fell most, if beyond chance: its interval lies above the share of all others."""
    for row in falls[falls["known"] >= smallest_base].to_dict("records"):
        others = falls["known"].sum() - row["known"]
        rest = (falls["fell"].sum() - row["fell"]) / others if others else math.nan
        if row["low"] > rest:
            return {
                "channel": row["channel"],
                "share": _share_of(row),
                "rest": Value("percent", rest, base=int(others)),
            }
    return None


def _share_of(row: dict[Any, Any]) -> Value:
    return Value("percent", row["share"], int(row["known"]), row["low"], row["high"], "layering.fall_share")


def cause_words(falls: pd.DataFrame, smallest_base: int) -> Message:
    """Through which channel those joined who fell more than others, if any beyond chance."""
    if len(falls[falls["known"] >= smallest_base]) < 2:
        return msg("layering.cause.unknown")
    found = _stands_out(falls, smallest_base)
    return msg("layering.cause.channel", **found) if found else msg("layering.cause.none")


def falls_title(falls: pd.DataFrame, smallest_base: int) -> Message:
    """`falls` is `falls_by_channel`."""
    found = _stands_out(falls, smallest_base)
    return msg("layering.title.falls", **found) if found else msg("layering.title.falls_none")


def core_words(moved: pd.DataFrame) -> Message:
    """Who came into core and who left it, and what both spent before and since."""
    into = moved[(moved["after"] == "core") & (moved["before"] != "core")]
    out = moved[(moved["before"] == "core") & (moved["after"] != "core")]
    sums = {
        f"{name}_{span}": Value("money", frame[f"spend_{span}"].sum())
        for name, frame in (("in", into), ("out", out))
        for span in ("before", "since")
    }
    return msg("layering.core_flow", into=len(into), out=len(out), **sums)


def unattributed(layers: Layers) -> Finding | None:
    """Orders of the window without a customer."""
    if not layers.orders_without:
        return None
    size = layers.orders_without / layers.orders
    high = size >= UNATTRIBUTED_HIGH
    part = layers.revenue_without / layers.revenue if layers.revenue > 0 else math.nan
    return Finding(
        msg(
            "layering.finding.unattributed",
            share=Value("percent", size, base=layers.orders, name="layering.orders_without_share"),
            revenue=Value("money", layers.revenue_without),
            since=max(layers.window_start, layers.history_start or layers.window_start),
            until=layers.as_of,
        ),
        msg("layering.finding.unattributed.evidence", n=layers.orders_without, part=share(part)),
        msg("layering.finding.unattributed.action"),
        "high" if high else "medium" if size >= UNATTRIBUTED_MEDIUM else "low",
    )


def growing(grown: Growth, layers: Layers) -> Finding | None:
    """Customers whose spend is up so much that their class needs another look."""
    count = len(grown.customers)
    if not count or grown.compared < layers.smallest_base:
        return None
    below = grown.customers[grown.customers["operating_class"] != "core"]
    return Finding(
        msg(
            "layering.finding.growing",
            n=count,
            by=Value("percent", layers.settings.re_evaluate_growth),
            comparison=comparison_words(grown),
        ),
        msg(
            "layering.finding.growing.evidence",
            share=Value("percent", count / grown.compared, base=grown.compared),
            spend_before=Value("money", grown.customers["spend_before"].sum()),
            spend_since=Value("money", grown.customers["spend_since"].sum()),
            fell=grown.fell,
        ),
        msg("layering.finding.growing.action", below=len(below)),
        "low",
    )


def comparison_words(grown: Growth) -> Message:
    """What the growth compares with what."""
    return msg(
        f"layering.comparison.{grown.kind}",
        days=Value("days", grown.days),
        since=grown.since,
        before_since=grown.before_since,
        before_until=grown.before_until,
    )


def comparison_note(grown: Growth) -> Message:
    return msg("layering.comparison", comparison=comparison_words(grown))


def headline(layers: Layers, before: Layers, moved: pd.DataFrame) -> list[tuple[Message, Value]]:
    """(label, value) of the figures on top of the report."""
    table = rows_by(distribution(layers, "operating_class"), "operating_class")
    base = len(layers.customers)
    figures: list[tuple[Message, Value]] = [
        (msg("layering.figure.customers"), Value("int", base, name="layering.customers")),
        (msg("layering.figure.core"), Value("int", int(table["core"]["customers"]), name="layering.core")),
        (
            msg("layering.figure.core_revenue_share"),
            share(table["core"]["revenue_share"], name="layering.core_revenue_share"),
        ),
        (
            msg("layering.figure.top_share", top=Value("percent", layers.settings.top_share)),
            share(top_share(layers), len(layers.buyers), "layering.top_share.revenue"),
        ),
        (
            msg("layering.figure.dormant_share"),
            share(table["dormant"]["customer_share"], base, "layering.dormant_share"),
        ),
    ]
    fallen = int((moved["direction"] == "down").sum())
    return [*figures, (msg("layering.figure.fallen", since=before.as_of), Value("int", fallen, name="layering.fallen"))]
