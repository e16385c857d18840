"""The groups of a cycle, as they were fixed at baseline, and how each was picked."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from crm_lib.engagement import Engagement

Picked = Literal["low", "high", "neither"]
PICKED: tuple[Picked, ...] = ("low", "high", "neither")


def fixed_groups(layers: pd.DataFrame | None, scope_members: pd.DataFrame | None) -> pd.DataFrame:
    """[group_id, customer_id] of the handoffs `layers` and `scope_members`; either may be missing."""
    parts = [pd.DataFrame({"group_id": pd.Series(dtype="str"), "customer_id": pd.Series(dtype="str")})]
    if layers is not None:
        parts.append(
            pd.DataFrame({"group_id": "class:" + layers["operating_class"], "customer_id": layers["customer_id"]})
        )
    if scope_members is not None:
        members = scope_members[["group_id", "customer_id"]]
        parts.append(members[members["group_id"].str.startswith("scope:")])
    frame = pd.concat(parts, ignore_index=True).drop_duplicates()
    return frame.sort_values(["group_id", "customer_id"], ignore_index=True)


def picked(engagement: Engagement, group_id: str) -> Picked:
    """Whether a group was picked for buying little or long ago (it rises by itself), or much (it falls by itself)."""
    kind, _, id = group_id.partition(":")
    if kind == "class":
        return "high" if id in ("core", "potential") else "low"
    for rule in engagement.scope:
        if kind == "scope" and rule.id == id:
            if rule.measure == "recency_days":
                return "low" if rule.at_least else "neither"
            if rule.measure in ("spend", "orders", "nps"):
                return "high" if rule.at_most is None else "low"
    return "neither"
