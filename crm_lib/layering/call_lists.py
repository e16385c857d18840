"""How the lists of customers to contact overlap, which stand in different findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from crm_lib.language import Message, Value, msg
from crm_lib.layering.layers import Layers

WORTH_SAYING = 5  # customers on two lists and more


def fallen_core(moved: pd.DataFrame) -> pd.Series:
    """Of `moves`: who fell out of the core."""
    return moved.loc[(moved["before"] == "core") & (moved["direction"] == "down"), "customer_id"]


def dormant_buyers(layers: Layers) -> pd.Series:
    frame = layers.customers
    return frame.loc[(frame["operating_class"] == "dormant") & frame["last_on"].notna(), "customer_id"]


def valuable_dormant(layers: Layers) -> pd.Series:
    """Dormant customers who bought and are of high value."""
    frame = layers.customers
    return frame.loc[frame["high_value"] & frame["customer_id"].isin(dormant_buyers(layers)), "customer_id"]


def overlap_of_lists(lists: Mapping[str, pd.Series], refused: Collection[str] = ()) -> Message | None:
    """`lists`: customers by the name of their list (layering.list.<name>), of whom those who `refused` are left out. None
    where hardly any customer stands in two.

    A list of more than half of all whom they name is an order of everybody, no choice, and left out.
    """
    lists = {name: ids[~ids.isin(list(refused))] for name, ids in lists.items()}
    named = len({id for ids in lists.values() for id in ids})
    filled = {name: ids for name, ids in lists.items() if 0 < len(ids) <= named / 2}
    if len(filled) < 2:
        return None
    times = pd.concat([ids.drop_duplicates() for ids in filled.values()], ignore_index=True).value_counts()
    several = int((times > 1).sum())
    if several < WORTH_SAYING:
        return None
    told = [msg("layering.list", list=msg(f"layering.list.{name}"), n=len(ids)) for name, ids in filled.items()]
    return msg(
        "layering.lists",
        lists=Value("list", [Value("message", one) for one in told]),
        customers=len(times),
        several=several,
    )
