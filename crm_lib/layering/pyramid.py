"""The value pyramid: VIP, high potential, ordinary; and how much of revenue the top share really makes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from crm_lib.language import Message, Value, msg, term
from crm_lib.layering.layers import Layers
from crm_lib.layering.shares import measures
from crm_lib.metrics.intervals import Floats

TIERS = ("vip", "high_potential", "ordinary")
RESAMPLES, SEED = 499, 20
SINGLE = 2000  # buyers from the top that are drawn one by one; of the others, as many groups of neighbours


def pyramid(layers: Layers) -> pd.DataFrame:
    """One row a tier of the buyers: tier, customers, customer_share, revenue, revenue_share, margin, margin_share,

    mean_revenue. VIP: value at the cut or above; high potential: of the others, potential at its cut or above. Shares
    of a total that is not positive are NaN. Whether a customer is dormant does not matter here.
    """
    buyers = layers.buyers
    tier = np.select([buyers["high_value"], buyers["high_potential"]], TIERS[:2], TIERS[2])
    groups = buyers.groupby(pd.Series(pd.Categorical(tier, list(TIERS), ordered=True), buyers.index), observed=False)
    table = pd.DataFrame(
        {
            "customers": groups.size(),
            "revenue": groups["monetary"].sum(),
            "margin": groups["margin"].sum(min_count=1).astype("float64"),
        }
    )
    table = table.rename_axis("tier").reset_index().astype({"tier": object})
    for name, share in (("customers", "customer_share"), ("revenue", "revenue_share"), ("margin", "margin_share")):
        total = table[name].sum()
        table[share] = table[name] / total if total > 0 else np.nan
    return table.assign(mean_revenue=table["revenue"] / table["customers"].where(table["customers"] > 0))


def top_shares(layers: Layers) -> pd.DataFrame:
    """Share of each measure that the top settings.top_share of the buyers by it make: measure, share, low, high, buyers.

    low, high: 95 % percentile bootstrap over the buyers (Efron 1979), RESAMPLES of a fixed seed.
    """
    top, rows = layers.settings.top_share, []
    for name, column in measures(layers).items():
        values = np.sort(layers.buyers[column].fillna(0.0).to_numpy("float64"))[::-1]
        rows.append((name, *_with_interval(values, top), len(values)))
    return pd.DataFrame(rows, columns=["measure", "share", "low", "high", "buyers"])


def _with_interval(descending: Floats, top: float) -> tuple[float, float, float]:
    observed = float(_top_share(descending, np.ones((1, len(descending))), top)[0])
    if len(descending) < 2:
        return observed, math.nan, math.nan
    means, sizes = _grouped(descending)
    drawn = np.random.default_rng(SEED).multinomial(len(descending), sizes / sizes.sum(), RESAMPLES)
    found = _top_share(means, drawn.astype("float64"), top)
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return observed, float(low), float(high)


def _grouped(descending: Floats) -> tuple[Floats, Floats]:
    """(mean, count) of the buyers, those beyond SINGLE in groups of neighbours: a million take no longer than a few."""
    if len(descending) <= 2 * SINGLE:
        return descending, np.ones(len(descending))
    parts = [*np.split(descending[:SINGLE], SINGLE), *np.array_split(descending[SINGLE:], SINGLE)]
    return np.array([part.mean() for part in parts]), np.array([float(len(part)) for part in parts])


def _top_share(descending: Floats, weights: Floats, top: float) -> Floats:
    """Of each row of weights: what the first ceil(top x all) units bring of all; NaN without a positive total."""
    taken = np.ceil(np.round(top * weights.sum(axis=1), 9))[:, None]
    before = np.cumsum(weights, axis=1) - weights
    inside = np.clip(taken - before, 0.0, weights)
    total = weights @ descending
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, inside @ descending / total, np.nan)


def pyramid_title(layers: Layers, table: pd.DataFrame) -> Message:
    """`table` is `pyramid`."""
    if layers.few:
        return msg("layering.title.few", subject=msg("value.table.pyramid"), n=len(layers.buyers))
    vip = table.iloc[0]
    if math.isnan(vip["revenue_share"]):
        return msg("layering.title.pareto_none")
    return msg(
        "value.title.pyramid",
        customers=Value("percent", vip["customer_share"], base=len(layers.buyers), name="layering.vip_share"),
        revenue=Value("percent", vip["revenue_share"], name="layering.vip_revenue_share"),
        ordinary=Value("percent", table.iloc[2]["customer_share"]),
        rest=Value("percent", table.iloc[2]["revenue_share"]),
    )


def top_share_words(layers: Layers, shares: pd.DataFrame) -> list[Message]:
    """The 20/80 share as measured, with its interval and how far from 80 % it is. `shares` is `top_shares`."""
    if layers.few:
        return []
    top = Value("percent", layers.settings.top_share)
    return [
        msg(
            f"value.top_share.{_against(row)}",
            top=top,
            measure=term(f"layering.axis.{row['measure']}"),
            share=Value("percent", row["share"], int(row["buyers"]), row["low"], row["high"]),
        )
        for row in shares.to_dict("records")
    ]


def _against(row: dict) -> str:
    """Whether four fifths lie above, below or within the interval."""
    return "less" if row["high"] < 0.8 else "more" if row["low"] > 0.8 else "about"
