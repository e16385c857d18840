"""The revenue that moved between the classes of two days, and what to say of it."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.language import Message, Value, msg, term
from crm_lib.layering.layers import Layers

_RANK = {name: i for i, name in enumerate(OPERATING_CLASSES)}


def revenue_flow(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `matrix` that carry revenue of customers known on the earlier day: before, after, revenue_then, customers,

    share (of the revenue of `before`).
    """
    known = table[(table["before"] != "new") & (table["revenue_then"] > 0)]
    totals = known.groupby("before")["revenue_then"].transform("sum")
    flow = known.assign(share=known["revenue_then"] / totals)
    return flow[["before", "after", "revenue_then", "customers", "share"]].reset_index(drop=True)


def top_flows(flow: pd.DataFrame, downward: bool) -> pd.DataFrame:
    """The flows into a lower (or higher) class, the greatest revenue first. `flow` is `revenue_flow`."""
    after, before = (flow[name].map(_RANK).astype("float64") for name in ("after", "before"))
    step = after - before
    chosen = flow[step > 0] if downward else flow[step < 0]
    return chosen.sort_values(["revenue_then", "before", "after"], ascending=[False, True, True], ignore_index=True)


def flow_title(flow: pd.DataFrame, before: Layers) -> Message:
    """How much of the earlier revenue stands lower now, and the greatest flow down and up."""
    down, up, total = top_flows(flow, True), top_flows(flow, False), flow["revenue_then"].sum()
    if not len(down) and not len(up):
        return msg("value.title.flow_none", since=before.as_of)
    if not len(down):
        return msg("value.title.flow_up", since=before.as_of, **_named(up, "up"))
    lost = {"share": Value("percent", down["revenue_then"].sum() / total), **_named(down, "down")}
    if not len(up):
        return msg("value.title.flow_down", since=before.as_of, **lost)
    return msg("value.title.flow", since=before.as_of, **lost, **_named(up, "up"))


def _named(flows: pd.DataFrame, name: str) -> dict[str, Value | Message]:
    first = flows.iloc[0]
    ends = {"from": term(f"class.{first['before']}"), "to": term(f"class.{first['after']}")}
    money = Value("money_short", float(first["revenue_then"]))
    return {**{f"{name}_{end}": word for end, word in ends.items()}, f"{name}_money": money}
