"""Which items go together beyond chance: support, confidence, lift, and a test of each pair, by layer.

Lift compares with independence, which nobody's purchases are; the test compares with chance for items as popular, and
baskets or customers with as many of them, as observed (chance.py). Of many tests some look sure by chance: q controls
the rate of false discoveries (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.layering.products.chance import pairs_by_chance
from crm_lib.layering.products.counts import Counts
from crm_lib.metrics.association import ACCEPTED, false_discovery, two_sided
from crm_lib.metrics.intervals import Floats

EXPECTED = 5.0  # units with both that have to be expected for the test (Cochran 1954)
EVERYONE = "all"
GROUPS = (EVERYONE, *OPERATING_CLASSES)


def basket_rules(counts: Counts) -> pd.DataFrame:
    """Rules of items in one basket, the most certain first.

    Columns: bought, offer, units (baskets with `bought`), both, support, confidence, lift, against_chance, p, q.
    """
    table = pair_table(counts.items, counts.baskets, np.diag(counts.baskets), float(counts.all_baskets))
    table = _tested(table, np.diag(counts.baskets), counts.basket_sizes)
    table["q"] = _of_pairs(table, [])
    order = ["q", "against_chance", "bought", "offer"]
    return table.sort_values(order, ascending=[True, False, True, True], ignore_index=True).drop(columns=_PLACES)


def pair_table(items: tuple[str, ...], both: Floats, single: Floats, n: float) -> pd.DataFrame:
    """Every ordered pair of items that occurs together: bought, offer, units (with `bought`), both, support,

    confidence, lift (Agrawal, Imielinski and Swami 1993; Brin et al. 1997). `both[i, j]`: units with both of `n`.
    """
    one, other = np.nonzero((both > 0) & ~np.eye(len(items), dtype=bool))
    names = np.array(items, dtype=object)
    found = pd.DataFrame({"bought": names[one], "offer": names[other], "units": single[one], "both": both[one, other]})
    confidence = found["both"] / found["units"]
    found = found.assign(
        support=found["both"] / n, confidence=confidence, lift=confidence / (single[other] / n), one=one, other=other
    )
    return found.astype({"units": "int64", "both": "int64"})


def customer_rules(counts: Counts) -> pd.DataFrame:
    """Rules of items that customers bought in the window, in GROUPS of customers; the most certain first.

    Columns: operating_class ('all': everyone), bought, offer, units (customers who bought `bought`), both, support,
    confidence, lift, against_chance, p, q, earlier (bought `bought` on an earlier day than `offer`), later (the other
    way round), mean_days (from `bought` to `offer`), open_customers (bought `bought`, not `offer`), gain (of them, those
    by whom the buyers of `bought` exceed chance: it orders offers, it does not forecast).
    """
    table = pd.concat([_rules_of(counts, name) for name in GROUPS], ignore_index=True)
    table["q"] = _of_pairs(table, ["operating_class"])
    table["gain"] = table["open_customers"] * table["confidence"] * (1 - 1 / table["against_chance"])
    order = ["q", "against_chance", "operating_class", "bought", "offer"]
    table = table.sort_values(order, ascending=[True, False, True, True, True], ignore_index=True)
    return table.drop(columns=_PLACES)


def _rules_of(counts: Counts, group: str) -> pd.DataFrame:
    chosen = slice(None) if group == EVERYONE else [OPERATING_CLASSES.index(group)]
    both, first, days = (part[chosen].sum(axis=0) for part in (counts.customers, counts.first, counts.first_days))
    table = pair_table(counts.items, both, np.diag(both), max(float(counts.buyers[chosen].sum()), 1.0))
    table = _tested(table, np.diag(both), counts.sizes[chosen].sum(axis=0))
    at = (table["one"].to_numpy(), table["other"].to_numpy())
    earlier, later = first[at], first.T[at]
    return table.assign(
        operating_class=group,
        earlier=earlier.astype("int64"),
        later=later.astype("int64"),
        mean_days=np.where(earlier > 0, days[at] / np.maximum(earlier, 1), np.nan),
        open_customers=table["units"] - table["both"],
    )


_PLACES = ["one", "other"]


def _tested(table: pd.DataFrame, totals: Floats, sizes: Floats) -> pd.DataFrame:
    """The pairs with against_chance (both over what chance gives) and p; NaN where chance gives fewer than EXPECTED."""
    expected, variance = pairs_by_chance(totals, sizes)
    at = (table["one"].to_numpy(), table["other"].to_numpy())
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (table["both"] - expected[at]) / np.sqrt(variance[at])
        ratio = table["both"] / expected[at]
    enough = (expected[at] >= EXPECTED) & (variance[at] > 0)
    return table.assign(against_chance=ratio.where(expected[at] > 0), p=np.where(enough, two_sided(z), np.nan))


def _of_pairs(table: pd.DataFrame, keys: list[str]) -> pd.Series:
    """q of each rule; a pair is one test, whichever item comes first."""
    once = table["one"] < table["other"]
    q = pd.Series(false_discovery(table["p"].where(once)), index=table.index)
    return q.groupby([*(table[key] for key in keys), table[_PLACES].min(axis=1), table[_PLACES].max(axis=1)]).transform(
        "max"
    )


def certain(table: pd.DataFrame) -> pd.DataFrame:
    """The rules that go together beyond chance: q below ACCEPTED and more often than chance gives."""
    return table[(table["q"] < ACCEPTED) & (table["against_chance"] > 1)].reset_index(drop=True)
