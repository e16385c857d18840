"""The layering standard in words: every rule as a row that a client can check."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg, term
from crm_lib.layering.layers import MARGIN_KNOWN, QUADRANTS, Layers
from crm_lib.layering.potential import PARTS
from crm_lib.layering.segments import SEGMENTS, lowest_high_score, segment_rules

OPTIONAL = ("tickets", "surveys", "interactions", "campaign_members")  # tables that the layers can do without


ENGAGEMENT = ("interactions", "campaign_members")
WEAK_CUT = 1.5  # times the share that was set: so many equal values that the index hardly tells customers apart


def axis_word(layers: Layers) -> Message:
    return msg(f"layering.axis.{layers.axis}")


def _cuts(layers: Layers) -> dict[str, Value | Message]:
    settings, buyers = layers.settings, layers.buyers
    base = len(buyers) or None
    reached = {name: float(buyers[name].mean()) if len(buyers) else None for name in ("high_value", "high_potential")}
    return {
        "axis": axis_word(layers),
        "window": Value("days", settings.window_days),
        "dormant_days": Value("days", settings.dormant_days),
        "value_cut": Value("money", layers.value_cut, name="layering.value_cut"),
        "potential_cut": Value("ratio", layers.potential_cut, name="layering.potential_cut"),
        "top": Value("percent", settings.top_share),
        "potential_top": Value("percent", settings.potential_share),
        "value_reached": Value("percent", reached["high_value"], base=base),
        "potential_reached": Value("percent", reached["high_potential"], base=base),
        "buyers": Value("int", len(buyers)),
    }


def window_words(layers: Layers) -> Message:
    """The window, from the first to the last day, and from when there are data."""
    late = layers.history_start is not None and layers.history_start > layers.window_start
    return msg(
        "layering.window.short" if late else "layering.window.full",
        days=Value("days", layers.settings.window_days),
        since=layers.window_start,
        until=layers.as_of,
        history=layers.history_start,
        known=Value("days", layers.history_days),
    )


def axis_words(layers: Layers) -> Message:
    """Which measure is the value axis, and why."""
    known, needed = Value("percent", layers.margin_known), Value("percent", MARGIN_KNOWN)
    everything = layers.axis == "margin" and round(layers.margin_known, 3) >= 1
    return msg(
        "layering.axis_reason.all" if everything else f"layering.axis_reason.{layers.axis}", known=known, needed=needed
    )


def cut_words(layers: Layers) -> Message:
    """The two cuts of the quadrant and the share of buyers that each one really gives."""
    return msg("layering.cuts" if len(layers.buyers) else "layering.cuts.none", **_cuts(layers))


def class_rules(layers: Layers) -> pd.DataFrame:
    """One row a class in the order in which the rules are asked: step, operating_class, rule, customers, meaning."""
    counts = layers.customers["operating_class"].value_counts()
    order = ("dormant", *(name for name in OPERATING_CLASSES if name != "dormant"))
    rule = {"dormant": "dormant.covered"} if layers.says_cover else {}
    rows = [
        (
            i,
            name,
            msg(f"layering.rule.{rule.get(name, name)}", **_cuts(layers)),
            int(counts.get(name, 0)),
            msg(f"layering.care.{name}"),
        )
        for i, name in enumerate(order, 1)
    ]
    return pd.DataFrame(rows, columns=["step", "operating_class", "rule", "customers", "care"])


def quadrant_rules(layers: Layers) -> pd.DataFrame:
    """One row a quadrant: quadrant, value_level, potential_level, customers, care."""
    counts = layers.customers["quadrant"].value_counts()
    levels = [("high", "high"), ("high", "low"), ("low", "high"), ("low", "low")]
    rows = [
        (name, *level, int(counts.get(name, 0)), msg(f"quadrant.{name}.care"))
        for name, level in zip(QUADRANTS, levels, strict=True)
    ]
    return pd.DataFrame(rows, columns=["quadrant", "value_level", "potential_level", "customers", "care"])


def potential_parts(layers: Layers) -> pd.DataFrame:
    """One row a part of the index: part, meaning, customers for whom it is known, used."""
    rows = [
        (
            part,
            _meaning(layers, part),
            int(layers.customers[part].notna().sum()),
            part in layers.parts,
        )
        for part in _parts_of(layers)
    ]
    return pd.DataFrame(rows, columns=["part", "meaning", "customers", "used"])


def _meaning(layers: Layers, part: str) -> Message:
    if part == "spend" and layers.spend_lacking:
        return msg("layering.part.spend.lacking", reasons=Value("list", list(layers.spend_lacking)))
    days = {"recent": Value("days", layers.recent_days), "half": Value("days", layers.half_days)}
    return msg(f"layering.part.{part}.text", **days, axis=axis_word(layers), day=layers.as_of)


def _parts_of(layers: Layers) -> list[str]:
    """All parts; predicted spend only where it was asked for."""
    return [part for part in PARTS if part != "spend" or part in layers.parts or layers.spend_lacking]


def potential_words(layers: Layers) -> Message:
    """Which parts the index rests on, and which have no data."""
    forecast = "_forecast" if "spend" in layers.parts else ""
    used = Value("list", [term(f"layering.part.{part}") for part in layers.parts])
    absent = Value("list", [term(f"layering.part.{part}") for part in _parts_of(layers) if part not in layers.parts])
    if not layers.parts:
        return msg("layering.potential.none")
    return msg(f"layering.potential.{'some' if absent.value else 'all'}{forecast}", used=used, absent=absent)


def potential_warning(layers: Layers) -> Message | None:
    """That the potential index hardly tells the customers apart, where far more reach the cut than was set."""
    buyers, share = layers.buyers, layers.settings.potential_share
    reached = float(buyers["high_potential"].mean()) if len(buyers) else 0.0
    if layers.few or reached <= WEAK_CUT * share:
        return None
    return msg(
        "layering.potential.weak", share=Value("percent", share), reached=Value("percent", reached, base=len(buyers))
    )


def segment_words(layers: Layers) -> Message:
    """When a score is high, how the eight segments follow from it, and from how many days on a customer counts as late."""
    scores = layers.settings.scores
    rule = msg(
        "layering.segment_rule",
        scores=scores,
        high=lowest_high_score(scores),
        low=lowest_high_score(scores) - 1,
        combinations=scores**3,
    )
    low = layers.buyers.loc[layers.buyers["r_score"] < lowest_high_score(scores), "recency_days"]
    if low.empty:
        return rule
    return msg("layering.segment_rule.relative", rule=rule, days=Value("days", int(low.min())))


def segment_rules_in_words(layers: Layers) -> pd.DataFrame:
    """One row a segment: segment, rule of R, F and M ('4-5'), care."""
    rules = segment_rules(layers.settings.scores)
    table = pd.DataFrame({"segment": list(SEGMENTS.values())})
    for part in "rfm":
        table[part] = [_range(low, high) for low, high in zip(rules[f"{part}_from"], rules[f"{part}_to"], strict=True)]
    return table.assign(care=pd.Series([msg(f"segment.{name}.care") for name in table["segment"]], dtype=object))


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def score_words(layers: Layers) -> Message:
    """How values become scores."""
    cut = layers.settings.cut
    id = "layering.score_rule" if cut == "quantile" else f"layering.score_rule.{cut}"
    rule = msg(id, scores=layers.settings.scores)
    return msg("layering.score_rule.covered", rule=rule, until=layers.as_of) if layers.says_cover else rule


def recency_title(layers: Layers) -> Message:
    """What the scores in recency count from."""
    return msg("layering.table.cut_r.covered" if layers.says_cover else "layering.table.cut_r")


def weights_words(layers: Layers) -> Message:
    settings = layers.settings
    weights = (settings.r_weight, settings.f_weight, settings.m_weight)
    r, f, m = (Value("ratio", weight) for weight in weights)
    return msg("layering.weights.equal" if len(set(weights)) == 1 else "layering.weights.set", r=r, f=f, m=m)


def attributed_words(layers: Layers) -> Message:
    """Which revenue the tables by class hold, and which they cannot."""
    customers = layers.revenue - layers.revenue_without
    parts = {"revenue": customers, "total": layers.revenue, "rest": layers.revenue_without}
    money = {name: Value("money", amount) for name, amount in parts.items()}
    return msg(
        "layering.attributed.all"
        if not layers.orders_without and not layers.revenue_without
        else "layering.attributed",
        **money,
    )


def refunds_words(layers: Layers) -> Message | None:
    """What refunds alone make of the revenue of customers who bought nothing in the window; None where nothing."""
    buyers, everybody = float(layers.buyers["monetary"].sum()), float(layers.customers["monetary"].sum())
    if not round(everybody - buyers):
        return None
    money = {"refunds": everybody - buyers, "revenue": everybody, "buyers": buyers}
    return msg("layering.refunds_only", **{name: Value("money", amount) for name, amount in money.items()})


def movement_words(now: Layers, before: Layers) -> list[Message]:
    """How the earlier classes were found, and what a short history does to them."""
    if before.history_start is None:
        return [msg("layering.movement.none", before=before.as_of)]
    words = [
        msg(
            "layering.movement.how",
            before=before.as_of,
            cut_before=Value("money", before.value_cut),
            cut_now=Value("money", now.value_cut),
            history=before.history_start,
            known=Value("days", before.history_days),
        )
    ]
    if ("spend" in now.parts) != ("spend" in before.parts):
        only = now if "spend" in now.parts else before
        words.append(msg("layering.movement.spend_differs", day=only.as_of))
    dormant_days = now.settings.dormant_days
    if before.history_days < dormant_days:
        words.append(msg("layering.movement.short", before=before.as_of, dormant_days=Value("days", dormant_days)))
    return words


def basis(engine: Engine, layers: Layers) -> list[Message]:
    """On what the layers rest: window, revenue, and what is missing or too little."""
    words = [window_words(layers), attributed_words(layers), *([refunds] if (refunds := refunds_words(layers)) else [])]
    few = msg("layering.few", n=len(layers.buyers), needed=layers.smallest_base) if layers.few else None
    lacking = [name for name in OPTIONAL if not engine.has(name)]
    if set(ENGAGEMENT) <= set(lacking):
        lacking = [*(name for name in lacking if name not in ENGAGEMENT), "engagement"]
    absent = [msg(f"layering.missing.{name}") for name in lacking]
    return [*words, *([few] if few else []), *absent, *([] if layers.margin_known else [msg("layering.missing.cost")])]
