"""For each layer, whom to offer what next: bought A, not yet B."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.layering.products.counts import Counts
from crm_lib.layering.products.rules import EVERYONE, certain


def offers(counts: Counts, rules: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """One row a class: operating_class, rests_on, bought, offer, open_customers, confidence, lift, against_chance, q,

    both, units, mean_days, buyers. `rules` is `customer_rules`. 'layer': the rule sure within the class that applies
    to most extra buyers (gain); 'everyone': one sure among all customers, counted in the class; 'popular': no rule, the
    item with most customers of the class (`bought` None: whoever lacks it); 'none': fewer than `smallest_base` buyers.
    """
    sure = certain(rules)
    rows = [_offer(counts, sure, rules, name, smallest_base) for name in OPERATING_CLASSES]
    columns = [
        "operating_class",
        "rests_on",
        "bought",
        "offer",
        "open_customers",
        "confidence",
        "lift",
        "against_chance",
    ]
    columns += ["q", "both", "units", "mean_days", "buyers"]
    return pd.DataFrame(rows).reindex(columns=columns)


def _offer(counts: Counts, sure: pd.DataFrame, rules: pd.DataFrame, name: str, smallest_base: int) -> dict[str, Any]:
    place = OPERATING_CLASSES.index(name)
    buyers = int(counts.buyers[place])
    found: dict[str, Any] = {"operating_class": name, "buyers": buyers, "open_customers": 0}
    if buyers < smallest_base:
        return found | {"rests_on": "none", "bought": None, "offer": None}
    for rests_on, group in (("layer", name), ("everyone", EVERYONE)):
        chosen = sure[sure["operating_class"] == group]
        if group == EVERYONE:
            chosen = _counted_in(chosen, rules, name)
        chosen = chosen[(chosen["open_customers"] > 0)]
        if len(chosen):
            best = chosen.sort_values(["gain", "bought", "offer"], ascending=[False, True, True]).iloc[0]
            return {
                **{str(key): part for key, part in best.items()},
                **found,
                "rests_on": rests_on,
                "open_customers": int(best["open_customers"]),
            }
    having = np.diag(counts.customers[place])
    best_item = int(np.argmax(having))
    return found | {
        "rests_on": "popular",
        "bought": None,
        "offer": counts.items[best_item],
        "open_customers": buyers - int(having[best_item]),
        "confidence": float(having[best_item]) / buyers,
    }


def _counted_in(sure: pd.DataFrame, rules: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rules sure among all customers, with the class's own open customers, and gain from these."""
    own = rules.loc[rules["operating_class"] == name, ["bought", "offer", "open_customers"]]
    found = sure.drop(columns="open_customers").merge(own, on=["bought", "offer"])
    return found.assign(gain=found["open_customers"] * found["confidence"] * (1 - 1 / found["against_chance"]))
