"""Titles of charts and tables: each states what the data show, also where they show the opposite or nothing."""

from __future__ import annotations

import math

import pandas as pd

from crm_lib.language import Message, Value, msg, term
from crm_lib.layering.layers import Layers
from crm_lib.layering.moving import Growth
from crm_lib.layering.shares import measures, rows_by, top_share


def share(value: float, base: int | None = None, name: str = "") -> Value:
    return Value("percent", None if math.isnan(value) else value, base=base or None, name=name)


def _too_few(layers: Layers, subject: str) -> Message:
    """Title without a conclusion; `subject` is what the block shows."""
    return msg("layering.title.few", subject=msg(f"layering.table.{subject}"), n=len(layers.buyers))


def classes_title(layers: Layers, table: pd.DataFrame) -> Message:
    """`table` is `distribution` by operating_class."""
    if layers.few:
        return _too_few(layers, "classes")
    rows = rows_by(table, "operating_class")
    core = rows["core"]
    if math.isnan(core["revenue_share"]):
        counts = {name: int(row["customers"]) for name, row in rows.items()}
        return msg("layering.title.classes_plain", customers=sum(counts.values()), **counts)
    return msg(
        "layering.title.classes",
        customers=share(core["customer_share"], name="layering.core_share"),
        revenue=share(core["revenue_share"], name="layering.core_revenue_share"),
    )


def pareto_title(layers: Layers) -> Message:
    if layers.few:
        return _too_few(layers, "concentration")
    known = measures(layers)
    if "revenue" not in known:
        return msg("layering.title.pareto_none")
    top = Value("percent", layers.settings.top_share)
    revenue = share(top_share(layers), len(layers.buyers), "layering.top_share.revenue")
    if "margin" not in known:
        return msg("layering.title.pareto", top=top, revenue=revenue)
    margin = share(top_share(layers, "margin"), len(layers.buyers), "layering.top_share.margin")
    return msg("layering.title.pareto_margin", top=top, revenue=revenue, margin=margin)


def grid_title(layers: Layers, grid: pd.DataFrame) -> Message:
    """`grid` is `rfm_grid`: what a customer with the best score in recency and frequency brings, against all buyers."""
    if layers.few:
        return _too_few(layers, "grid")
    best = grid[(grid["r_score"] == layers.settings.scores) & (grid["f_score"] == layers.settings.scores)]
    total = grid["revenue"].sum()
    if best.empty or total <= 0:
        return msg(
            "layering.title.grid_none" if best.empty else "layering.title.grid_plain", scores=layers.settings.scores
        )
    return msg(
        "layering.title.grid",
        scores=layers.settings.scores,
        n=int(best["customers"].sum()),
        mean=Value("money", best["revenue"].sum() / best["customers"].sum()),
        all=Value("money", total / grid["customers"].sum()),
    )


def segments_title(layers: Layers, table: pd.DataFrame) -> Message:
    """`table` is `distribution` by segment."""
    if layers.few:
        return _too_few(layers, "segments")
    if table["revenue_share"].isna().all():
        return msg("layering.title.segments_none")
    best = table.iloc[table["revenue_share"].argmax()]
    return msg(
        "layering.title.segments",
        segment=term(f"segment.{best['segment']}"),
        customers=share(best["customer_share"]),
        revenue=share(best["revenue_share"]),
    )


def quadrants_title(layers: Layers, table: pd.DataFrame) -> Message:
    """Of the customers in the picture. `table` is `distribution` by quadrant."""
    if layers.few:
        return _too_few(layers, "quadrants")
    placed = layers.buyers.loc[layers.buyers["potential"].notna(), "quadrant"].value_counts()
    maintain, revenue = int(placed.get("maintain", 0)), table.iloc[0]["revenue_share"]
    if math.isnan(revenue):
        return msg("layering.title.quadrants_plain", maintain=maintain)
    return msg(
        "layering.title.quadrants",
        buyers=int(placed.sum()),
        maintain=maintain,
        revenue=share(revenue),
        nurture=int(placed.get("nurture", 0)),
    )


def movement_title(table: pd.DataFrame, before: Layers) -> Message:
    """Which of rises and falls are more, where that is beyond chance. `table` is `directions`."""
    counts = {name: int(row["customers"]) for name, row in rows_by(table, "direction").items()}
    known = counts["up"] + counts["same"] + counts["down"]
    if known < before.smallest_base:
        return msg(
            "layering.title.movement_few" if known else "layering.title.movement_none", since=before.as_of, n=known
        )
    kind = balance(counts["up"], counts["down"])
    return msg(f"layering.title.movement_{kind}", since=before.as_of, up=counts["up"], down=counts["down"])


def balance(up: int, down: int) -> str:
    """Which of rises and falls are more: 'up' or 'down' beyond chance, 'alike' within it, 'even'."""
    difference = up - down
    told = abs(difference) - 1 > 1.96 * (up + down) ** 0.5  # sign test with a continuity correction
    return "even" if not difference else "alike" if not told else "up" if difference > 0 else "down"


def growth_title(grown: Growth, layers: Layers) -> Message:
    n, by = len(grown.customers), Value("percent", layers.settings.re_evaluate_growth)
    if grown.compared < layers.smallest_base:
        return msg("layering.title.growth_few", n=grown.compared, by=by)
    return msg("layering.title.growth" if n else "layering.title.growth_none", n=n, by=by)


def pareto_marks(layers: Layers) -> list[tuple[str, float, Message]]:
    """(axis, place, label): the top share on the curve of revenue."""
    if layers.few or "revenue" not in measures(layers):
        return []
    top = layers.settings.top_share
    return [("x", top, msg("layering.mark.top", top=Value("percent", top), share=share(top_share(layers))))]


def quadrant_marks(layers: Layers) -> list[tuple[str, float, Message]]:
    """(axis, place, label): both cuts as shares of buyers below them."""
    buyers = layers.buyers
    placed = buyers[buyers["potential"].notna()]
    if placed.empty:
        return []
    return [
        ("x", float(1 - placed["high_potential"].mean()), msg("layering.mark.potential_cut")),
        ("y", float(1 - placed["high_value"].mean()), msg("layering.mark.value_cut")),
    ]
