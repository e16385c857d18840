"""What the layers say: findings with their evidence and what to do, and the headline figures."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.language import Finding, Message, Value, msg, term
from crm_lib.layering.layers import Layers
from crm_lib.layering.rules import axis_word
from crm_lib.layering.shares import distribution, gini, measures, rows_by, share_of_buyers_for, top_share
from crm_lib.layering.titles import share

_SEVERITY = {"high": 0, "medium": 1, "low": 2}
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
        "medium",
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


def dormancy(layers: Layers, refused: Collection[str] = ()) -> Finding | None:
    """The dormant of those who have bought, what they brought in the window, and how many are worth a call (without those who
    `refused`); who never bought is a prospect and told apart."""
    frame = layers.customers
    bought = frame["last_on"].notna()
    dormant = frame[(frame["operating_class"] == "dormant") & bought]
    if dormant.empty:
        return None
    valuable = dormant[dormant["high_value"]]
    revenue = float(dormant["monetary"].sum())
    size = len(dormant) / int(bought.sum())
    return Finding(
        msg(
            "layering.finding.dormant",
            n=len(dormant),
            share=Value("percent", size, base=int(bought.sum()), name="layering.dormant_share"),
            days=Value("days", layers.settings.dormant_days),
            until=layers.as_of,
        ),
        _without_never(
            msg(
                "layering.finding.dormant.evidence_none"
                if revenue <= 0
                else "layering.finding.dormant.evidence"
                if len(valuable)
                else "layering.finding.dormant.evidence_plain",
                revenue=Value("money", revenue),
                window=Value("days", layers.settings.window_days),
                valuable=len(valuable),
                valuable_revenue=Value("money", valuable["monetary"].sum()),
            ),
            layers,
        ),
        msg(
            "layering.finding.dormant.action" if len(valuable) else "layering.finding.dormant.action_none",
            valuable=int((~valuable["customer_id"].isin(list(refused))).sum()),
        ),
        "high" if size >= 0.3 else "medium" if size >= 0.1 else "low",
    )


def _without_never(told: Message, layers: Layers) -> Message:
    """What is told of those who bought, and that it leaves out who did not."""
    never = int(layers.customers["last_on"].isna().sum())
    if not never:
        return told
    args: dict[str, Message | int] = {"told": told, "never": never, "customers": len(layers.customers)}
    since = layers.history_start or layers.window_start
    dormant = layers.customers[layers.customers["operating_class"] == "dormant"]
    alone = dormant[dormant["last_on"].isna()]
    refunds = float(alone["monetary"].sum())
    if not round(refunds):
        return msg("layering.finding.dormant.never", since=since, **args)
    return msg(
        "layering.finding.dormant.never_refunds",
        since=since,
        dormant=len(alone),
        returned=int((alone["monetary"] != 0).sum()),
        refunds=Value("money", refunds),
        revenue=Value("money", float(dormant["monetary"].sum())),
        **args,
    )


def prospects_words(layers: Layers) -> Message | None:
    """Who never bought, and in which classes they stand; None where everybody did."""
    never = layers.customers[layers.customers["last_on"].isna()]
    if never.empty:
        return None
    counts = never["operating_class"].value_counts()
    return msg(
        "layering.prospects",
        n=len(never),
        share=Value("percent", len(never) / len(layers.customers), base=len(layers.customers)),
        since=layers.history_start or layers.window_start,
        classes=Value("list", [
            msg("layering.prospects.class", label=term(f"class.{name}"), n=int(counts[name]))
            for name in OPERATING_CLASSES if name in counts
        ]),
    )  # fmt: skip


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


def headline(layers: Layers, before: Layers, moved: pd.DataFrame) -> list[tuple[Message, Value]]:
    """(label, value) of the figures on top of the report."""
    table = rows_by(distribution(layers, "operating_class"), "operating_class")
    base, bought = len(layers.customers), layers.customers["last_on"].notna()
    dormant = int((bought & (layers.customers["operating_class"] == "dormant")).sum())
    top = top_share(layers)
    same = abs(top - table["core"]["revenue_share"]) < 0.0005  # the core are the top share: one figure, not two
    figures: list[tuple[Message, Value]] = [
        (msg("layering.figure.customers"), Value("int", base, name="layering.customers")),
        (msg("layering.figure.core"), Value("int", int(table["core"]["customers"]), name="layering.core")),
        (
            msg("layering.figure.core_revenue_share"),
            share(table["core"]["revenue_share"], name="layering.core_revenue_share"),
        ),
        *(
            ()
            if same
            else (
                (
                    msg("layering.figure.top_share", top=Value("percent", layers.settings.top_share)),
                    share(top, len(layers.buyers), "layering.top_share.revenue"),
                ),
            )
        ),
        (
            msg("layering.figure.dormant_share"),
            share(dormant / bought.sum() if bought.any() else math.nan, int(bought.sum()), "layering.dormant_share"),
        ),
    ]
    if prospects := int((~bought).sum()):
        figures.append((msg("layering.figure.prospects"), Value("int", prospects, name="layering.prospects")))
    if int((moved["direction"] != "new").sum()) < layers.smallest_base:
        return figures
    fallen = int((moved["direction"] == "down").sum())
    return [*figures, (msg("layering.figure.fallen", since=before.as_of), Value("int", fallen, name="layering.fallen"))]
