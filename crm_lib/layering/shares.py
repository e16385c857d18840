"""How customers, revenue and margin spread over classes, segments and quadrants, and how concentrated they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.layering.layers import QUADRANTS, Layers
from crm_lib.layering.segments import SEGMENTS, segment_rules

ONE_CURVE = 0.02  # points of cumulative share; closer curves are drawn as one
CELLS = (5, 20)  # fewest and most bands of a side of the quadrants' picture
IN_A_CELL = 4  # customers that one of its cells holds in the mean, where there are enough
GROUPINGS: dict[str, tuple[str, ...]] = {
    "operating_class": OPERATING_CLASSES,
    "quadrant": QUADRANTS,
    "segment": tuple(SEGMENTS.values()),
}


def distribution(layers: Layers, by: str) -> pd.DataFrame:
    """One row a group of `by` (a key of GROUPINGS), also where it has no customers.

    Columns: the group, customers, prospects (those of them who never bought; NaN where nobody is), customer_share, orders, revenue, revenue_share, margin, margin_share (of the margin
    that is known; NaN without), median_recency_days, median_frequency, median_monetary. Revenue and margin are the
    window's; shares of a total that is not positive are NaN.
    """
    frame, order = layers.customers, pd.Index(GROUPINGS[by], name=by)
    groups = frame.assign(recency_days=frame["recency_days"].astype("float64")).groupby(by)
    table = pd.DataFrame(
        {
            "customers": groups.size(),
            "prospects": groups["last_on"].agg(lambda days: int(days.isna().sum())),
            "orders": groups["frequency"].sum(),
            "revenue": groups["monetary"].sum(),
            "margin": groups["margin"].sum(min_count=1),
        }
    ).reindex(order)
    filled = table[["customers", "orders", "revenue"]].fillna(0)
    table[["customers", "orders"]] = filled[["customers", "orders"]].astype("int64")
    table["revenue"] = filled["revenue"].astype("float64")
    table["prospects"] = table["prospects"].fillna(0).astype("float64") if frame["last_on"].isna().any() else np.nan
    for name, share in (("customers", "customer_share"), ("revenue", "revenue_share"), ("margin", "margin_share")):
        total = table[name].sum()
        table[share] = table[name] / total if total > 0 else np.nan
    medians = groups[["recency_days", "frequency", "monetary"]].median().add_prefix("median_")
    return table.join(medians.reindex(order)).reset_index()


def rows_by(table: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Rows of a table as dicts by the values of a column."""
    return {str(row[key]): {str(name): value for name, value in row.items()} for row in table.to_dict("records")}


def shares_long(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """`distribution` as rows of (measure, group, share), for a stacked chart; measures without a total are left out."""
    measures = [name for name in ("customer_share", "revenue_share", "margin_share") if table[name].notna().any()]
    parts = [table[[by]].assign(measure=name.removesuffix("_share"), share=table[name]) for name in measures]
    empty = pd.DataFrame({by: [], "measure": [], "share": []})
    return pd.concat(parts, ignore_index=True)[["measure", by, "share"]] if parts else empty


def segment_table(layers: Layers) -> pd.DataFrame:
    """`distribution` by segment with the score ranges of each segment's rule."""
    rules = segment_rules(layers.settings.scores)
    return distribution(layers, "segment").merge(rules, on="segment", validate="one_to_one")


def rfm_grid(layers: Layers) -> pd.DataFrame:
    """One row an (r_score, f_score) that occurs among buyers: customers, revenue, mean_monetary; best R first."""
    groups = layers.buyers.groupby(["r_score", "f_score"])["monetary"]
    grid = pd.DataFrame({"customers": groups.size(), "revenue": groups.sum(), "mean_monetary": groups.mean()})
    return grid.reset_index().sort_values(["r_score", "f_score"], ascending=[False, True], ignore_index=True)


def top_share(layers: Layers, measure: str = "monetary") -> float:
    """Share of the buyers' `measure` that the top settings.top_share of them make; NaN without a positive total."""
    return _share_of_top(_descending(layers, measure), layers.settings.top_share)


def pareto(layers: Layers) -> pd.DataFrame:
    """Cumulative share of revenue (and of margin where known) by cumulative share of buyers, in whole percents.

    Columns: measure ('revenue', 'margin'), customer_share, value_share. Margin is left out where nobody could tell its
    curve from that of revenue (ONE_CURVE).
    """
    curves = [_curve(name, _descending(layers, column)) for name, column in measures(layers).items()]
    if len(curves) > 1 and (curves[0]["value_share"] - curves[1]["value_share"]).abs().max() < ONE_CURVE:
        curves = curves[:1]
    return pd.concat([pd.DataFrame(columns=["measure", "customer_share", "value_share"]), *curves], ignore_index=True)


def measures(layers: Layers) -> dict[str, str]:
    """Measures with a positive total among the buyers: name -> column."""
    columns = {"revenue": "monetary", "margin": "margin"}
    return {name: column for name, column in columns.items() if layers.buyers[column].sum() > 0}


def gini(layers: Layers, measure: str = "monetary") -> float:
    """Gini coefficient of the buyers' measure: 0 all equal, towards 1 one has all; NaN without a positive total.

    Mean absolute difference over twice the mean (Gini 1912), by the rank formula.
    """
    ascending = _descending(layers, measure)[::-1]
    n, total = len(ascending), ascending.sum()
    if total <= 0:
        return math.nan
    return float(2 * (np.arange(1, n + 1) * ascending).sum() / (n * total) - (n + 1) / n)


def share_of_buyers_for(layers: Layers, part: float) -> float:
    """The smallest share of the buyers, by descending revenue, who make `part` of all revenue; NaN without any."""
    descending = _descending(layers, "monetary")
    if descending.sum() <= 0:
        return math.nan
    reached = np.cumsum(descending) >= part * descending.sum() * (1 - 1e-12)
    return float((np.argmax(reached) + 1) / len(descending))


def _descending(layers: Layers, measure: str) -> np.ndarray:
    return np.sort(layers.buyers[measure].fillna(0.0).to_numpy("float64"))[::-1]


def _share_of_top(descending: np.ndarray, share: float) -> float:
    total = descending.sum()
    if total <= 0:
        return math.nan
    return float(descending[: math.ceil(round(share * len(descending), 9))].sum() / total)


def _curve(name: str, descending: np.ndarray) -> pd.DataFrame:
    steps = [step / 100 for step in range(101)]
    shares = [_share_of_top(descending, step) for step in steps]
    return pd.DataFrame({"measure": name, "customer_share": steps, "value_share": shares})


def quadrant_density(layers: Layers) -> pd.DataFrame:
    """Customers by equal bands of value rank and potential rank: no row is a customer.

    Columns: quadrant (a cell that a cut goes through has several rows), potential_rank, value_rank (middle of the cell, 0..1),
    customers, revenue. Only customers with a purchase in the window and a potential have a place on both axes.
    """
    frame = layers.buyers[layers.buyers["potential"].notna()]
    bands = int(np.clip(math.sqrt(len(frame) / IN_A_CELL), *CELLS))
    middles = {
        f"{name}_rank": (np.ceil(frame[name].rank(pct=True) * bands).clip(1, bands) - 0.5) / bands
        for name in ("potential", "value")
    }
    ranked = frame[["quadrant", "monetary"]].assign(**middles)
    table = ranked.groupby([*middles, "quadrant"], as_index=False).agg(
        customers=("monetary", "size"), revenue=("monetary", "sum")
    )
    return table.sort_values([*middles, "quadrant"], ignore_index=True)[
        ["quadrant", "potential_rank", "value_rank", "customers", "revenue"]
    ]
