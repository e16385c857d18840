"""Items that stand together in many baskets, three and more as well: FP-growth (Han, Pei and Yin 2000) by mlxtend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.layering.layers import Layers
from crm_lib.layering.products.chance import sets_by_chance
from crm_lib.layering.products.counts import Counts, choose, derive_sold_items
from crm_lib.layering.products.rules import EXPECTED
from crm_lib.metrics.association import ACCEPTED, false_discovery, two_sided

MOST_ROWS = 500_000  # pairs of basket and item that are read; of more, the newest
LONGEST = 4  # items of a set
RAREST = 0.005  # share of the baskets
_SQL = Path(__file__).with_name("baskets.sql")


def bundles(engine: Engine, layers: Layers, counts: Counts, smallest_base: int) -> pd.DataFrame:
    """Sets of three items and more that are in one basket more often than by chance (chance.py), the surest first.

    Columns: items (list), baskets, support, lift (against independence of all its items), against_chance, p, q,
    all_baskets. Tested: the sets in at least `smallest_base` baskets and RAREST of them.
    """
    columns = ["items", "baskets", "support", "lift", "against_chance", "p", "q", "all_baskets"]
    nothing = pd.DataFrame({name: [] for name in columns})
    frame = filled(engine, layers, counts) if counts.basket_sizes[3:].sum() else pd.DataFrame()
    if frame.empty:
        return nothing
    hot = one_hot(frame, counts.items)
    found = itemsets(hot, max(RAREST, smallest_base / len(hot)))
    found = found[found["itemsets"].map(len) >= 3]
    if found.empty:
        return nothing
    table = pd.DataFrame({"items": [sorted(s) for s in found["itemsets"]], "support": found["support"].to_numpy()})
    table["baskets"] = (table["support"] * len(hot)).round().astype("int64")
    table["all_baskets"] = len(hot)
    members = np.array([[item in chosen for item in counts.items] for chosen in found["itemsets"]])
    table["lift"] = table["support"] / np.where(members, hot.to_numpy().mean(axis=0), 1.0).prod(axis=1)
    table = _tested(table, hot.to_numpy(), members)
    table = table[(table["q"] < ACCEPTED) & (table["against_chance"] > 1)]
    order = table.assign(names=table["items"].map(tuple)).sort_values(
        ["q", "against_chance", "names"], ascending=[True, False, True], ignore_index=True
    )
    return order[columns]


def _tested(table: pd.DataFrame, hot: np.ndarray, members: np.ndarray) -> pd.DataFrame:
    sizes = np.bincount(hot.sum(axis=1), minlength=hot.shape[1] + 1).astype(float)
    expected, variance = sets_by_chance(hot.sum(axis=0).astype(float), sizes, members)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (table["baskets"].to_numpy("float64") - expected) / np.sqrt(variance)
        ratio = table["baskets"].to_numpy("float64") / np.where(expected > 0, expected, np.nan)
    p = np.where((expected >= EXPECTED) & (variance > 0), two_sided(z), np.nan)
    return table.assign(against_chance=ratio, p=p, q=false_discovery(p))


def filled(engine: Engine, layers: Layers, counts: Counts) -> pd.DataFrame:
    """order_id, place of the newest baskets; the last one is left out where it may have been cut."""
    derive_sold_items(engine, layers, counts.level)
    choose(engine, counts.items)
    frame = engine.run(_SQL, most=MOST_ROWS)
    return frame[frame["order_id"] != frame["order_id"].iloc[-1]] if len(frame) == MOST_ROWS else frame


def one_hot(frame: pd.DataFrame, items: tuple[str, ...]) -> pd.DataFrame:
    """One row a basket, one column an item: whether it is in."""
    basket, orders = pd.factorize(frame["order_id"])
    found = np.zeros((len(orders), len(items)), dtype=bool)
    found[basket, frame["place"].to_numpy()] = True
    return pd.DataFrame(found, columns=list(items))


def itemsets(baskets: pd.DataFrame, least_support: float) -> pd.DataFrame:
    """Every set of at most LONGEST items in at least that share of the rows: support, itemsets (frozenset of columns)."""
    from mlxtend.frequent_patterns import fpgrowth

    return fpgrowth(baskets, min_support=min(least_support, 1.0), use_colnames=True, max_len=LONGEST)
