"""How many baskets, and how many customers of each layer, hold each pair of items: counted in SQL, kept as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.engine import Engine
from crm_lib.layering.layers import Layers
from crm_lib.metrics.carriage import goods_only
from crm_lib.metrics.intervals import Floats

LEVELS = ("category", "brand", "product")
KNOWN = 0.5  # share of revenue whose item has to be known
MOST_ITEMS = 40  # by customers; the pairs grow with the square
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Counts:
    """Counts of pairs of `items`, the ones with the most customers first.

    baskets[i, j]: baskets with both (with the item on the diagonal) of `all_baskets`; basket_sizes[d]: baskets with d of
    the items. The others have the class (of OPERATING_CLASSES) as first axis. customers: who bought both; sizes: who
    bought d of the items; first: who bought i on an earlier day than j, first_days: the days between, added up; buyers:
    customers with a purchase, whatever they bought.
    `known`: share of revenue whose item is known; `sold`: items sold, of which those beyond the cap are left out.
    """

    level: str
    items: tuple[str, ...]
    sold: int
    known: float
    all_baskets: int
    baskets: Floats
    basket_sizes: Floats
    sizes: Floats
    customers: Floats
    first: Floats
    first_days: Floats
    buyers: Floats


def count(engine: Engine, layers: Layers, most_items: int = MOST_ITEMS) -> Counts | None:
    """Counts at the first of LEVELS that has two items or more and is known for half of revenue; None without any."""
    for level in LEVELS if engine.has("order_lines") else ():
        table = _items(engine, layers, level)
        known = table["item"].notna()
        share = table.loc[known, "revenue"].sum() / table["revenue"].sum() if len(table) else 0.0
        if known.sum() >= 2 and share >= KNOWN:
            return _count(engine, layers, level, table[known], float(share), most_items)
    return None


def _items(engine: Engine, layers: Layers, level: str) -> pd.DataFrame:
    derive_sold_items(engine, layers, level)
    return goods_only(engine.run(_FOLDER / "items.sql"), "item")


def derive_sold_items(engine: Engine, layers: Layers, level: str) -> None:
    """Make table sold_items (customer_id, order_id, item, first_on, last_on, amount) of the window readable."""
    span = {"as_of": layers.as_of, "window_start": layers.window_start}
    engine.derive("sold_items", _FOLDER / "sold_items.sql", level=level, **span)


def _count(engine: Engine, layers: Layers, level: str, table: pd.DataFrame, share: float, most_items: int) -> Counts:
    ranked = table.sort_values(["customers", "baskets", "item"], ascending=[False, False, True])
    items = tuple(ranked["item"].head(most_items))
    choose(engine, items)
    engine.register("layered", layers.buyers[["customer_id", "operating_class"]])
    found = {
        name: engine.run(_FOLDER / f"{name}.sql")
        for name in ("all_baskets", "basket_pairs", "basket_sizes", "customer_pairs", "customer_sizes")
    }
    pairs, people, size = found["basket_pairs"], found["customer_pairs"], len(items)
    baskets = np.zeros((size, size))
    baskets[pairs["one"], pairs["other"]] = baskets[pairs["other"], pairs["one"]] = pairs["baskets"]
    basket_sizes, sizes = np.zeros(size + 1), np.zeros((len(OPERATING_CLASSES), size + 1))
    basket_sizes[found["basket_sizes"]["size"]] = found["basket_sizes"]["baskets"]
    by_size = found["customer_sizes"]
    sizes[_places(by_size["operating_class"]), by_size["size"]] = by_size["customers"]
    return Counts(
        level,
        items,
        len(table),
        share,
        int(found["all_baskets"]["baskets"].iloc[0]),
        baskets,
        basket_sizes,
        sizes,
        **{name: _arrays(people, size, one, other) for name, (one, other) in _SIDES.items()},
        buyers=np.bincount(_places(layers.buyers["operating_class"]), minlength=len(OPERATING_CLASSES)).astype(float),
    )


_SIDES = {
    "customers": ("customers", "customers"),
    "first": ("one_first", "other_first"),
    "first_days": ("one_first_days", "other_first_days"),
}


def choose(engine: Engine, items: tuple[str, ...]) -> None:
    """Make the items readable as table chosen_items (item, place)."""
    engine.register("chosen_items", pd.DataFrame({"item": list(items), "place": np.arange(len(items))}))


def _places(classes: pd.Series) -> np.ndarray:
    return pd.Categorical(classes, list(OPERATING_CLASSES)).codes.astype("int64")


def _arrays(people: pd.DataFrame, size: int, one: str, other: str) -> Floats:
    found = np.zeros((len(OPERATING_CLASSES), size, size))
    at = _places(people["operating_class"])
    found[at, people["other"].to_numpy(), people["one"].to_numpy()] = people[other]
    found[at, people["one"].to_numpy(), people["other"].to_numpy()] = people[one]
    return found
